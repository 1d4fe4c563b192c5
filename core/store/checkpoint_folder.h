// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headroom {

struct CheckpointFile {
  std::int64_t step = 0;  ///< optimiser steps done
  std::string path;
  bool operator==(const CheckpointFile&) const = default;
};

/// RUN.h5.checkpoints/: step-00000400.safetensors ... and final.safetensors. Knows names and which files are whole; the
/// tensors are the trainer's.
class CheckpointFolder {
 public:
  explicit CheckpointFolder(const std::string& runPath) : m_path(runPath + ".checkpoints") {}

  [[nodiscard]] const std::string& path() const { return m_path; }
  [[nodiscard]] std::string stepPath(std::int64_t step) const;
  [[nodiscard]] std::string finalPath() const { return m_path + "/final.safetensors"; }
  /// Makes the folder when it is missing. Throws Error(Io).
  void create() const;
  /// The step files by increasing step, whole or not; empty when there is no folder.
  [[nodiscard]] std::vector<CheckpointFile> list() const;
  /// The newest step file whose header and length agree.
  [[nodiscard]] std::optional<CheckpointFile> newestValid() const;
  /// final.safetensors is there and whole.
  [[nodiscard]] bool hasFinal() const;
  /// Removes all but the `keep` newest whole step files, damaged older ones and what killed writers left half-written.
  void prune(int keep = 2) const;
  /// Removes the final file and the step files after `step`: the part of a run that is taken back.
  void removeAfter(std::int64_t step) const;
  /// Removes every file that a run keeps here, then the folder if nothing else is in it.
  void clear() const;
  /// Some checkpoint of a run is here.
  [[nodiscard]] bool holdsAny() const;

 private:
  std::string m_path;
};

}  // namespace headroom
