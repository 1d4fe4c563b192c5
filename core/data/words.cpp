// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/words.h"

#include "core/text/unicode.h"

namespace headroom {

std::vector<std::string> wordsOf(std::string_view text) {
  std::vector<std::string> words;
  bool startNew = true;
  while (!text.empty()) {
    const size_t bytes = firstCharacterBytes(text);
    const char32_t character = decodeUtf8(text.substr(0, bytes))[0];
    if (isPatternSpace(character) || (character >= 0x1C && character <= 0x1F)) {
      startNew = true;
    } else {
      if (startNew) words.emplace_back();
      words.back() += text.substr(0, bytes);
      startNew = false;
    }
    text.remove_prefix(bytes);
  }
  return words;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string lowerAscii(std::string_view text) {
  std::string out(text);
  for (char& letter : out)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return out;
}

}  // namespace headroom
