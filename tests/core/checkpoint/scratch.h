// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom::checkpoint_test {

using test::TemporaryFolder;

/// A file in memory whose bytes can be replaced thousands of times without touching a disk.
class MemoryFile {
 public:
  MemoryFile() : m_descriptor(::memfd_create("headroom-test", MFD_CLOEXEC)) {}
  ~MemoryFile() { ::close(m_descriptor); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(m_descriptor); }
  void assign(std::string_view bytes) const {
    ASSERT_EQ(::ftruncate(m_descriptor, 0), 0);
    ASSERT_EQ(::pwrite(m_descriptor, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }

 private:
  int m_descriptor;
};

inline std::string readBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string fixture(const std::string& name) { return std::string(HEADROOM_FIXTURES) + "/" + name; }

/// What the call's Error says; a test failure and "" when it throws none.
template <typename Call>
std::string errorOf(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    return text;
  }
  ADD_FAILURE() << "expected an Error";
  return "";
}

inline std::string little(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes += static_cast<char>(i < 8 ? value >> (8 * i) & 255 : 0);
  return bytes;
}

/// A safetensors file from its header's JSON and its data.
inline std::string safetensorsBytes(const std::string& header, const std::string& data) {
  return little(header.size(), 8) + header + data;
}

}  // namespace headroom::checkpoint_test
