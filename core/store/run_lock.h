// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// Held while a run file is written: an exclusive flock on RUN.h5.lock, which names process and host. The system drops
/// it when the process ends, however it ends. The file disappears with the lock.
class RunLock {
 public:
  /// Throws Error(Busy, "... run file is open in process PID on HOST ...") when another holder has it, Error(Io) when
  /// the lock file cannot be made.
  explicit RunLock(const std::string& runPath);
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;

  [[nodiscard]] static std::string pathFor(const std::string& runPath) { return runPath + ".lock"; }
  /// True while a living process, this one included, holds the run's lock.
  [[nodiscard]] static bool isHeld(const std::string& runPath);

 private:
  std::string m_path;
  int m_descriptor = -1;
};

}  // namespace headroom
