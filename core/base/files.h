// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace headroom {

/// A regular file opened for reading at given places, by pread. Throws Error(Io) when it cannot be opened or read,
/// Error(BadFile) when it ends too early.
class InputFile {
 public:
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;

  [[nodiscard]] const std::string& path() const { return m_path; }
  [[nodiscard]] std::int64_t size() const { return m_size; }
  [[nodiscard]] int descriptor() const { return m_descriptor; }
  /// Fills `out` from `offset`; safe from several threads.
  void readAt(std::int64_t offset, std::span<std::byte> out) const;

 private:
  std::string m_path;
  std::int64_t m_size = 0;
  int m_descriptor = -1;
};

/// Throws Error(BadFile): "PATH: problem".
[[noreturn]] void refuseFile(const std::string& path, const std::string& problem);

/// The whole file as text. Throws Error(BadFile) when it is larger than `maxBytes`.
[[nodiscard]] std::string readTextFile(const std::string& path, std::int64_t maxBytes = std::int64_t{1} << 30);

/// A file that appears under its name only when it is complete: written beside it (or what it links to), synced,
/// renamed by commit(), else gone. Devices and pipes are written in place. Throws Error(Io) with the system's reason.
class AtomicFile {
 public:
  explicit AtomicFile(const std::string& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  void commit();

 private:
  std::string m_path;
  std::string m_temporary;
  int m_descriptor = -1;
};

void writeFileAtomically(const std::string& path, std::string_view text);
/// Makes a rename or a new file in `folder` survive a power cut.
void syncFolder(const std::string& folder);
/// Error(Io) "PATH: ACTION: the system's reason" from errno.
[[noreturn]] void failWithErrno(const std::string& path, const std::string& action);

/// SHA-256 of what was fed to it.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text.data(), text.size()))); }
  /// 64 hexadecimal digits; call once.
  [[nodiscard]] std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> m_context;
};

[[nodiscard]] std::string sha256OfFile(const std::string& path);

}  // namespace headroom
