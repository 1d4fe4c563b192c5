// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/vocabulary.h"

#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr std::int64_t kLargestFile = std::int64_t{256} << 20;

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> tokens, std::string origin)
    : m_tokens(std::move(tokens)), m_origin(std::move(origin)) {
  m_ids.reserve(m_tokens.size());
  for (size_t id = 0; id < m_tokens.size(); ++id)
    if (!m_tokens[id].empty()) m_ids[m_tokens[id]] = static_cast<int>(id);
}

std::optional<int> Vocabulary::find(std::string_view token) const {
  const auto found = m_ids.find(token);
  return found == m_ids.end() ? std::nullopt : std::optional(found->second);
}

int Vocabulary::require(std::string_view token) const {
  const std::optional<int> id = find(token);
  if (!id)
    refuseFile(m_origin, "found no token " + shortened(token) + " among " + std::to_string(size()) +
                             ", expected one; use the vocabulary that belongs to the model");
  return *id;
}

Vocabulary readVocabulary(const std::string& path, int largest) {
  const std::string text = readTextFile(path, kLargestFile);
  if (text.empty())
    refuseFile(path, "found an empty file, expected one token a line; copy the model's vocabulary again");
  std::vector<std::string> tokens;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view token = std::string_view(text).substr(begin, end - begin);
    if (token.ends_with('\r')) token.remove_suffix(1);
    if (token.find('\0') != std::string_view::npos || firstInvalidUtf8(token))
      refuseFile(
          path,
          "line " + std::to_string(tokens.size() + 1) +
              ": found bytes that are not UTF-8 text, expected one token a line; copy the model's vocabulary again");
    tokens.emplace_back(token);
    if (largest > 0 && tokens.size() > static_cast<size_t>(largest))
      refuseFile(
          path,
          "found more than " + std::to_string(largest) +
              " tokens, expected at most vocab_size of config.json; use the vocabulary that belongs to the model");
    begin = end + 1;
  }
  return {std::move(tokens), path};
}

}  // namespace headroom
