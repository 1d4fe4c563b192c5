// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_alphabet.h"

#include <array>
#include <unordered_map>

#include "core/text/unicode.h"

namespace headroom {

namespace {

struct Alphabet {
  std::array<std::string, 256> spelled;
  std::unordered_map<char32_t, char> bytes;

  Alphabet() {
    char32_t stranger = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool visible =
          (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
      const char32_t character = visible ? static_cast<char32_t>(byte) : stranger++;
      appendUtf8(character, spelled[byte]);
      bytes[character] = static_cast<char>(byte);
    }
  }
};

const Alphabet& alphabet() {
  static const Alphabet kAlphabet;
  return kAlphabet;
}

}  // namespace

const std::string& spelledByte(unsigned char byte) { return alphabet().spelled[byte]; }

std::optional<std::string> bytesOfToken(std::string_view token) {
  std::string out;
  for (const char32_t character : decodeUtf8(token)) {
    const auto found = alphabet().bytes.find(character);
    if (found == alphabet().bytes.end()) return std::nullopt;
    out += found->second;
  }
  return out;
}

}  // namespace headroom
