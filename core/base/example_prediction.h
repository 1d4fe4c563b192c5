// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headroom {

/// A class or a next token, and how probable the model finds it.
struct Choice {
  std::string name;
  double probability = 0;
  bool right = false;  ///< it is what the data say
};

/// What a model makes of one example.
struct Prediction {
  std::vector<Choice>
      choices;       ///< classes, or tokens that could come next: the most probable first; none for translations
  std::string text;  ///< a translation
};

/// Grey or colour bytes, [channels, height, width].
struct ExampleImage {
  int channels = 0, height = 0, width = 0;
  std::vector<std::uint8_t> pixels;
};

struct ExamplePrediction {
  std::int64_t index = 0, count = 0;  ///< of the dev data
  std::string maskHash;
  std::string text;    ///< as the data have it; of a text stream the window's tokens
  std::string second;  ///< the pair's other text
  std::optional<ExampleImage> image;
  std::string expected;  ///< the class, the next token or the reference translation
  Prediction full;       ///< by the model with every head
  Prediction masked;
};

}  // namespace headroom
