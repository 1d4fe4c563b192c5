// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/model/fixtures.h"

namespace headroom::test {

/// A copy of a model folder whose weights are of `type`, in `shards` files.
inline std::string storedAs(const TemporaryFolder& scratch, const std::string& model, torch::ScalarType type,
                            int shards = 1) {
  namespace fs = std::filesystem;
  const fs::path to = scratch.file("model-" + std::string(torch::toString(type)) + "-" + std::to_string(shards));
  fs::create_directory(to);
  for (const fs::directory_entry& entry : fs::directory_iterator(model)) {
    const std::string name = entry.path().filename().string();
    const bool weights = name.ends_with(".bin") || name.starts_with("model") || name.starts_with("expected");
    if (!weights && entry.is_regular_file()) fs::copy_file(entry.path(), to / name);
  }
  const auto source = openWeights(model);
  std::vector<std::vector<TensorToWrite>> files(static_cast<size_t>(shards));
  nlohmann::json index;
  for (const auto& [name, info] : source->tensors()) {
    const size_t file = index["weight_map"].size() % files.size();
    index["weight_map"][name] = "model-" + std::to_string(file) + ".safetensors";
    files[file].push_back(tensorToWrite(name, readTensor(*source, name).to(type)));
  }
  if (shards == 1) {
    writeSafetensors((to / "model.safetensors").string(), std::move(files.front()));
    return to.string();
  }
  for (size_t i = 0; i < files.size(); ++i)
    writeSafetensors((to / ("model-" + std::to_string(i) + ".safetensors")).string(), std::move(files[i]));
  writeFileAtomically((to / "model.safetensors.index.json").string(), index.dump());
  return to.string();
}

}  // namespace headroom::test
