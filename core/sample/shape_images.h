// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headroom {

constexpr int kShapeSide = 24;  ///< pixels

/// "disc", "ring", ..., "5": the classes in order.
[[nodiscard]] const std::vector<std::string>& shapeNames();

/// Grey images of one shape or digit each, turned by up to 44 (digits 23) degrees, of varying size, place and
/// brightness, on a ground with strokes of clutter and specks of noise. Whole numbers only: the same bytes from the
/// same seed everywhere.
struct ShapeImages {
  std::vector<std::uint8_t> pixels;  ///< [images, kShapeSide, kShapeSide]
  std::vector<std::uint8_t> labels;
};
[[nodiscard]] ShapeImages shapeImages(int count, std::uint64_t seed);

/// The same as IDX files, as MNIST has them; `count` images from `first` on.
[[nodiscard]] std::string idxOfImages(const ShapeImages& images, int first, int count);
[[nodiscard]] std::string idxOfLabels(const ShapeImages& images, int first, int count);

}  // namespace headroom
