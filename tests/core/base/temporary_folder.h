// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace headroom::test {

/// A folder that is gone with everything in it at the end of the scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "headroom-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    m_path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] std::string path() const { return m_path.string(); }
  [[nodiscard]] std::string file(const std::string& name) const { return (m_path / name).string(); }
  /// Writes a file and gives its path.
  std::string write(const std::string& name, std::string_view content) const {
    std::ofstream(m_path / name, std::ios::binary) << content;
    return file(name);
  }

 private:
  std::filesystem::path m_path;
};

/// What `action` throws as one line; empty when it throws no E.
template <typename E, typename Action>
std::string messageOf(Action&& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return {};
}

}  // namespace headroom::test
