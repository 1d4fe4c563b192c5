// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace headroom {

/// Of one image.
struct ImageShape {
  int channels = 0;  ///< 1 = grey, 3 = red, green, blue
  int height = 0;
  int width = 0;
  [[nodiscard]] size_t bytes() const {
    return static_cast<size_t>(channels) * static_cast<size_t>(height) * static_cast<size_t>(width);
  }
  bool operator==(const ImageShape&) const = default;
};

/// Images of one shape, one after the other, each [channels, height, width].
struct ImageBlock {
  ImageShape shape;
  std::vector<std::uint8_t> pixels;

  [[nodiscard]] std::span<const std::uint8_t> image(size_t index) const {
    return std::span(pixels).subspan(index * shape.bytes(), shape.bytes());
  }
};

/// Images with their classes, as files give them.
struct LabelledImages {
  ImageBlock images;
  std::vector<int> labels;
};

}  // namespace headroom
