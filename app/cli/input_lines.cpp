// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/input_lines.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/base/files.h"

namespace headroom::cli {

namespace {

constexpr int kPatience = 50;  // ms between two looks at the stop token

}  // namespace

bool InputLines::readMore() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (::poll(&input, 1, kPatience) <= 0) m_context.checkStop();
  std::array<char, 1 << 16> buffer;
  ssize_t got = 0;
  do got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  while (got < 0 && errno == EINTR);
  if (got < 0) failWithErrno("standard input", "read");
  m_text.erase(0, m_at);
  m_at = 0;
  m_text.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::optional<std::string> InputLines::next() {
  m_context.checkStop();
  std::size_t end = m_text.find('\n', m_at);
  while (end == std::string::npos) {
    const std::size_t searched = m_text.size() - m_at;
    if (!readMore()) break;
    end = m_text.find('\n', searched);
  }
  if (end == std::string::npos && m_at == m_text.size()) return std::nullopt;
  std::string line = m_text.substr(m_at, end == std::string::npos ? end : end - m_at);
  m_at = end == std::string::npos ? m_text.size() : end + 1;
  ++m_count;
  return line;
}

}  // namespace headroom::cli
