// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace headroom {

namespace fs = std::filesystem;

namespace {

constexpr int kMostLinks = 40;  // as Linux itself

/// Absent where there is nothing yet.
std::optional<mode_t> kindOf(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? std::optional(status.st_mode) : std::nullopt;
}

/// The file that a link points to, even if not there yet: renaming over the link would only replace the link.
std::string behindLinks(fs::path path) {
  std::error_code code;
  for (int links = 0; fs::is_symlink(fs::symlink_status(path, code)); ++links) {
    if (links == kMostLinks) {
      errno = ELOOP;
      failWithErrno(path.string(), "write");
    }
    path = path.parent_path() / fs::read_symlink(path, code);
  }
  return path.string();
}

/// Devices and pipes: without waiting for a pipe's reader.
int openInPlace(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor >= 0) ::fcntl(descriptor, F_SETFL, 0);
  return descriptor;
}

}  // namespace

void failWithErrno(const std::string& path, const std::string& action) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  throw Error(ErrorKind::Io, path + ": cannot " + action + ": " + std::strerror(errno) + (full ? "; make room" : ""));
}

// Without O_NONBLOCK a pipe would be waited for before it can be refused.
InputFile::InputFile(const std::string& path)
    : m_path(path), m_descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (m_descriptor < 0) failWithErrno(path, "open");
  struct stat status {};
  const bool known = ::fstat(m_descriptor, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    ::close(m_descriptor);
    throw Error(ErrorKind::BadFile, path + ": found no regular file (but a folder, pipe or device), expected one");
  }
  m_size = status.st_size;
}

InputFile::~InputFile() {
  if (m_descriptor >= 0) ::close(m_descriptor);
}

InputFile::InputFile(InputFile&& other) noexcept
    : m_path(std::move(other.m_path)), m_size(other.m_size), m_descriptor(std::exchange(other.m_descriptor, -1)) {}

void InputFile::readAt(std::int64_t offset, std::span<std::byte> out) const {
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(m_descriptor, out.data() + done, out.size() - done,
                                static_cast<off_t>(offset + static_cast<std::int64_t>(done)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) failWithErrno(m_path, "read");
    if (got == 0)
      throw Error(ErrorKind::BadFile, m_path + ": ends at byte " +
                                          std::to_string(offset + static_cast<std::int64_t>(done)) + ", expected " +
                                          std::to_string(offset + static_cast<std::int64_t>(out.size())) +
                                          "; the file was cut short, copy it again");
    done += static_cast<size_t>(got);
  }
}

void refuseFile(const std::string& path, const std::string& problem) {
  throw Error(ErrorKind::BadFile, path + ": " + problem);
}

std::string readTextFile(const std::string& path, std::int64_t maxBytes) {
  const InputFile file(path);
  if (file.size() > maxBytes)
    throw Error(ErrorKind::BadFile, path + ": found " + std::to_string(file.size()) + " bytes, expected at most " +
                                        std::to_string(maxBytes));
  std::string text(static_cast<size_t>(file.size()), '\0');
  file.readAt(0, std::as_writable_bytes(std::span(text.data(), text.size())));
  return text;
}

AtomicFile::AtomicFile(const std::string& path) : m_path(path) {
  if (const auto kind = kindOf(path); kind && !S_ISREG(*kind)) {
    m_descriptor = openInPlace(path);
  } else {
    m_path = behindLinks(path);
    m_temporary = m_path + ".part-" + std::to_string(::getpid());
    m_descriptor = ::open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  }
  if (m_descriptor < 0) failWithErrno(path, "write");
}

AtomicFile::~AtomicFile() {
  if (m_descriptor < 0) return;
  ::close(m_descriptor);
  if (!m_temporary.empty()) ::unlink(m_temporary.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(m_descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) failWithErrno(m_path, "write");
    bytes = bytes.subspan(static_cast<size_t>(put));
  }
}

void AtomicFile::commit() {
  if (m_temporary.empty()) {
    if (::close(std::exchange(m_descriptor, -1)) != 0) failWithErrno(m_path, "write");
    return;
  }
  if (::fsync(m_descriptor) != 0) failWithErrno(m_path, "write");
  if (::rename(m_temporary.c_str(), m_path.c_str()) != 0) failWithErrno(m_path, "rename to its final name");
  ::close(std::exchange(m_descriptor, -1));
  syncFolder(fs::path(m_path).parent_path().string());
}

void writeFileAtomically(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void syncFolder(const std::string& folder) {
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // the rename itself is done; some file systems cannot open folders
  ::fsync(descriptor);
  ::close(descriptor);
}

struct Sha256::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
};

Sha256::Sha256() : m_context(std::make_unique<Context>()) {
  EVP_DigestInit_ex(m_context->digest, EVP_sha256(), nullptr);
}

Sha256::~Sha256() { EVP_MD_CTX_free(m_context->digest); }

void Sha256::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(m_context->digest, bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  std::vector<unsigned char> raw(32);
  EVP_DigestFinal_ex(m_context->digest, raw.data(), nullptr);
  std::string text;
  for (const unsigned char byte : raw) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string sha256OfFile(const std::string& path) {
  const InputFile file(path);
  Sha256 digest;
  std::vector<std::byte> buffer(1 << 20);
  for (std::int64_t offset = 0; offset < file.size();) {
    const auto take = std::min<std::int64_t>(file.size() - offset, static_cast<std::int64_t>(buffer.size()));
    const std::span part(buffer.data(), static_cast<size_t>(take));
    file.readAt(offset, part);
    digest.update(part);
    offset += take;
  }
  return digest.hex();
}

}  // namespace headroom
