// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/job_context.h"
#include "core/data/image_block.h"

namespace headroom {

/// Pictures of a folder with the classes that its subfolders or its labels.tsv name.
struct PictureFolder {
  ImageBlock images;
  std::vector<std::string> paths;
  std::vector<std::string> labels;  ///< one a picture
};

/// Reads every PNG and JPEG file of FOLDER/CLASS/, or those that FOLDER/labels.tsv lists (file, TAB, class; a first
/// line whose file does not exist names the columns), in the order of their names. `channels`: 1 or 3, 0 = 3 unless all
/// are grey. Throws Error when pictures differ in size, one is damaged, or there are none.
[[nodiscard]] PictureFolder readImageFolder(const std::string& folder, int channels, const JobContext& context = {});

}  // namespace headroom
