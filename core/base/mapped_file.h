// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/files.h"

namespace headroom {

/// A file's bytes without a copy of them: pages are read when they are touched, and the system may take them back. What
/// is written to them stays in this process. Where somebody cuts the file short while it is mapped, the process goes
/// on: what is gone reads as zeros, and requireMappedFilesIntact() says so. Safe from several threads.
class MappedFile {
 public:
  /// nullptr where the file cannot be mapped (an odd file system, too many at once): read it instead.
  [[nodiscard]] static std::shared_ptr<const MappedFile> map(const InputFile& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// The whole file, as long as it was when it was opened; begins at a page.
  [[nodiscard]] std::span<std::byte> bytes() const { return m_bytes; }
  /// Gives the memory of a part back until it is touched again. What was written to that part is lost.
  void release(std::span<const std::byte> part) const;
  /// Throws Error(BadFile) naming the file when it was changed or cut short since it was mapped.
  void requireIntact() const;

 private:
  MappedFile(std::span<std::byte> bytes, std::size_t slot) : m_bytes(bytes), m_slot(slot) {}

  std::span<std::byte> m_bytes;
  std::size_t m_slot;
};

/// requireIntact() for every file that is mapped: else numbers that came of it are worth nothing.
void requireMappedFilesIntact();

}  // namespace headroom
