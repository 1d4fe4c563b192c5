// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace headroom {

struct ImageDatasetRequest {
  std::string path = {};         ///< an IDX file of images, a CIFAR binary, or a folder of PNG and JPEG files
  int channels = 0;              ///< of the model: 1 or 3; 0 = as in the files
  int height = 0, width = 0;     ///< of the model: images of another size are resized; 0 = as in the files
  std::int64_t maxExamples = 0;  ///< a fixed random choice of that many, in the file's order; 0 = all
  std::vector<std::string> labelNames = {};  ///< of the model, by class; empty = unknown
  bool mayRename = true;                     ///< false for a dev set: its labels must be the train set's
  /// Its preprocessor_config.json says how images get the model's size; empty = bilinear, without a cut.
  std::string modelFolder = {};
};

/// Labelled images as Dataset::images. IDX and CIFAR files may be gzip'd. Throws Error when the files are damaged, the
/// images are of mixed sizes, or a label is none of the model's.
[[nodiscard]] Dataset openImages(const ImageDatasetRequest& request, const JobContext& context = {});

}  // namespace headroom
