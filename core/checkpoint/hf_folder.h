// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"

namespace headroom {

/// Writes a Hugging Face model folder that appears under its name only when complete: everything goes into a hidden
/// sibling folder first, so the model can be reopened from stagingPath() and compared before commit(). Without commit()
/// nothing is left behind.
class HfFolderWriter {
 public:
  /// Throws Error when `path` exists and is not an empty folder, unless `overwrite` and it holds a model and no
  /// subfolders; Error(Io) when the parent cannot be written to.
  explicit HfFolderWriter(const std::string& path, bool overwrite = false);
  ~HfFolderWriter();
  HfFolderWriter(const HfFolderWriter&) = delete;
  HfFolderWriter& operator=(const HfFolderWriter&) = delete;

  [[nodiscard]] const std::string& stagingPath() const { return m_staging; }
  void writeConfig(const std::string& json);
  /// model.safetensors.
  void writeWeights(std::vector<TensorToWrite> tensors);
  void writeFile(const std::string& name, const std::string& text);
  /// Runs what writes into stagingPath() by other means; its Errors name the folder that was asked for.
  void write(const std::function<void()>& writer);
  /// Copies the tokenizer's and other small files that are there (vocab.txt, tokenizer*.json, special_tokens_map.json,
  /// ...).
  void copySideFiles(const std::string& fromFolder);
  /// Syncs, then gives the folder its final name.
  void commit();

 private:
  std::string m_path;
  std::string m_staging;
  bool m_overwrite = false;
};

}  // namespace headroom
