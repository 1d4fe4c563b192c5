// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/copy_run.h"

#include <filesystem>
#include <set>
#include <vector>

#include "core/base/copy_file.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/run_schema.h"

namespace headroom {

namespace fs = std::filesystem;

void copyRunFiles(const std::string& from, const std::string& to) {
  std::error_code ignored;
  if (fs::equivalent(from, to, ignored)) return;
  const CheckpointFolder source(from), target(to);
  std::vector<std::string> weights;
  if (source.hasFinal()) weights.push_back(source.finalPath());
  if (const auto newest = source.newestValid()) weights.push_back(newest->path);
  if (!weights.empty()) target.create();
  std::set<std::string> copied;
  for (const std::string& path : weights) {
    const std::string own = target.path() + "/" + fs::path(path).filename().string();
    copyFile(path, own);
    copied.insert(own);
  }
  copyFile(from, to);
  const std::string progress = sweepProgressPath(from), ownProgress = sweepProgressPath(to);
  fs::remove(ownProgress, ignored);
  if (fs::exists(progress, ignored)) copyFile(progress, ownProgress);
  for (const CheckpointFile& other : target.list())
    if (!copied.contains(other.path)) fs::remove(other.path, ignored);
  if (!copied.contains(target.finalPath())) fs::remove(target.finalPath(), ignored);
}

}  // namespace headroom
