// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"

namespace headroom {

namespace {

std::string hostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this computer";
}

/// "process PID on HOST" out of the lock file; what the holder wrote may be missing or anything.
std::string holderOf(int descriptor) {
  std::array<char, 300> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size() - 1, 0);
  const std::string_view line(text.data(), got > 0 ? static_cast<size_t>(got) : 0);
  const size_t space = line.find(' ');
  const size_t end = line.find('\n');
  if (space == std::string_view::npos || end == std::string_view::npos || end < space) return "another process";
  std::string holder =
      "process " + std::string(line.substr(0, space)) + " on " + std::string(line.substr(space + 1, end - space - 1));
  for (char& c : holder)
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  return holder;
}

/// flock, patient for a moment: RunLock::isHeld takes the lock for an instant to find out.
bool lockExclusively(int descriptor) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  errno = EWOULDBLOCK;
  return false;
}

/// A former holder removes the file when it lets go; a lock on a removed file protects nothing.
bool stillNamed(int descriptor, const std::string& path) {
  struct stat mine {};
  struct stat named {};
  return ::fstat(descriptor, &mine) == 0 && ::stat(path.c_str(), &named) == 0 && mine.st_ino == named.st_ino &&
         mine.st_dev == named.st_dev;
}

}  // namespace

RunLock::RunLock(const std::string& runPath) : m_path(pathFor(runPath)) {
  while (m_descriptor < 0) {
    const int descriptor = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) failWithErrno(runPath, "write its lock file");
    if (!lockExclusively(descriptor)) {
      const int reason = errno;
      const std::string holder = holderOf(descriptor);
      ::close(descriptor);
      errno = reason;
      if (reason != EWOULDBLOCK) failWithErrno(runPath, "lock");
      throw Error(ErrorKind::Busy, runPath + ": run file is open in " + holder + "; close it there first");
    }
    if (stillNamed(descriptor, m_path))
      m_descriptor = descriptor;
    else
      ::close(descriptor);
  }
  const std::string text = std::to_string(::getpid()) + " " + hostName() + "\n";
  // Only said for people: a disk too full for a line must not keep a run from being closed and recovered.
  if (::ftruncate(m_descriptor, 0) == 0) [[maybe_unused]]
    const ssize_t put = ::pwrite(m_descriptor, text.data(), text.size(), 0);
}

RunLock::~RunLock() {
  if (m_descriptor < 0) return;
  ::unlink(m_path.c_str());
  ::close(m_descriptor);
}

RunLock::RunLock(RunLock&& other) noexcept
    : m_path(std::move(other.m_path)), m_descriptor(std::exchange(other.m_descriptor, -1)) {}

bool RunLock::isHeld(const std::string& runPath) {
  const int descriptor = ::open(pathFor(runPath).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool held = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return held;
}

}  // namespace headroom
