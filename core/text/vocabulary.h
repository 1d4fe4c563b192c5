// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace headroom {

/// Tokens by id. Move-only: the look-up table points into the tokens.
class Vocabulary {
 public:
  /// `origin` is the file that errors name. Where a token occurs twice the later id counts, as in Hugging Face; an
  /// empty token is an id that no text can produce.
  Vocabulary(std::vector<std::string> tokens, std::string origin);
  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;

  [[nodiscard]] int size() const { return static_cast<int>(m_tokens.size()); }
  [[nodiscard]] const std::string& token(int id) const { return m_tokens.at(static_cast<size_t>(id)); }
  [[nodiscard]] const std::vector<std::string>& tokens() const { return m_tokens; }
  [[nodiscard]] std::optional<int> find(std::string_view token) const;
  /// Throws Error(BadFile) that names the file and the token when it is missing.
  [[nodiscard]] int require(std::string_view token) const;

 private:
  std::vector<std::string> m_tokens;
  std::string m_origin;
  std::unordered_map<std::string_view, int> m_ids;
};

/// Reads vocab.txt: one token a line, the line number is the id. Throws Error when the file is empty, is not UTF-8 or
/// holds more than `largest` tokens (the model's vocab_size; 0 = not checked).
[[nodiscard]] Vocabulary readVocabulary(const std::string& path, int largest);

}  // namespace headroom
