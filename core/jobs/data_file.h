// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/checkpoint/model_config.h"
#include "core/data/dataset.h"
#include "core/jobs/requests.h"
#include "core/text/tokenizer.h"

namespace headroom {

/// What is asked of one file; the labels of a dev file are the train file's.
struct DataFileRequest {
  std::string path;
  std::int64_t maxExamples = 0;
  std::vector<std::string> labels;
  bool mayRename = true;
};

/// Reads a file as what the model's task asks for; no tokenizer for images.
[[nodiscard]] Dataset openDataFile(const DataFileRequest& file, const OpenDataRequest& request,
                                   const ModelConfig& config, const Tokenizer* tokenizer, const JobContext& context);

}  // namespace headroom
