// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/shape_images.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/rng.h"

namespace headroom {

namespace {

constexpr int kUnit = 1024;     // a shape's radius in its own coordinates
constexpr int kFirstDigit = 5;  // classes before are shapes
constexpr int kTurnSteps = 64;  // tangent of half the angle, in 64ths
constexpr int kScale = 4096;    // of sines and cosines
constexpr int kSubPixels = 2;   // a pixel is looked at in 2 x 2 places

/// Five columns, seven rows, the top row first, the left column in the highest bit.
constexpr std::array<std::array<std::uint8_t, 7>, 5> kDigits{
    {{0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
     {0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111},
     {0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110},
     {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
     {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110}}};

bool insideDigit(int digit, int u, int v) {
  constexpr int cell = 290, left = -725, top = -1015;
  if (u < left || v < top) return false;
  const int column = (u - left) / cell, row = (v - top) / cell;
  return column < 5 && row < 7 &&
         (kDigits[static_cast<size_t>(digit)][static_cast<size_t>(row)] >> (4 - column) & 1) != 0;
}

/// Whether a shape of radius kUnit around the origin covers a place; v grows downwards.
bool inside(int kind, int u, int v) {
  const int square = u * u + v * v, wide = std::max(std::abs(u), std::abs(v)),
            narrow = std::min(std::abs(u), std::abs(v));
  switch (kind) {
    case 0: return square <= 900 * 900;
    case 1: return square <= 1000 * 1000 && square >= 560 * 560;
    case 2: return wide <= 800;
    case 3: return v <= 700 && std::abs(u) * 17 <= (v + 1000) * 10;
    case 4: return wide <= 1000 && narrow <= 290;
    default: return insideDigit(kind - kFirstDigit, u, v);
  }
}

class Canvas {
 public:
  explicit Canvas(std::uint8_t* pixels) : m_pixels(pixels) {}
  void lighten(int x, int y, int value) {
    if (x < 0 || y < 0 || x >= kShapeSide || y >= kShapeSide) return;
    std::uint8_t& pixel = m_pixels[y * kShapeSide + x];
    pixel = static_cast<std::uint8_t>(std::max<int>(pixel, value));
  }

 private:
  std::uint8_t* m_pixels;
};

/// Where a shape lies: a turn, a radius in pixels, a centre in half pixels.
struct Placement {
  int cosine = kScale, sine = 0, radius = 8, x = kShapeSide, y = kShapeSide, brightness = 255;
};

Placement randomPlacement(int kind, Rng& rng) {
  const int most = kind < kFirstDigit ? 26 : 13;
  const int t = static_cast<int>(rng.below(2 * static_cast<std::uint64_t>(most) + 1)) - most;
  Placement place;
  place.cosine = kScale * (kTurnSteps * kTurnSteps - t * t) / (kTurnSteps * kTurnSteps + t * t);
  place.sine = kScale * 2 * kTurnSteps * t / (kTurnSteps * kTurnSteps + t * t);
  place.radius = 7 + static_cast<int>(rng.below(4));
  place.x = kShapeSide - 5 + static_cast<int>(rng.below(11));
  place.y = kShapeSide - 5 + static_cast<int>(rng.below(11));
  place.brightness = 160 + 8 * static_cast<int>(rng.below(12));
  return place;
}

void drawShape(int kind, const Placement& place, Canvas canvas) {
  for (int y = 0; y < kShapeSide; ++y)
    for (int x = 0; x < kShapeSide; ++x) {
      int covered = 0;
      for (int part = 0; part < kSubPixels * kSubPixels; ++part) {
        // In quarters of a pixel from the centre.
        const int dx = 4 * x + 1 + 2 * (part % kSubPixels) - 2 * place.x,
                  dy = 4 * y + 1 + 2 * (part / kSubPixels) - 2 * place.y;
        const int u = (dx * place.cosine + dy * place.sine) / kScale * (kUnit / 4) / place.radius;
        const int v = (dy * place.cosine - dx * place.sine) / kScale * (kUnit / 4) / place.radius;
        covered += inside(kind, u, v) ? 1 : 0;
      }
      canvas.lighten(x, y, place.brightness * covered / (kSubPixels * kSubPixels));
    }
}

void drawClutter(Rng& rng, Canvas canvas) {
  for (int stroke = 0; stroke < 3; ++stroke) {
    int x = static_cast<int>(rng.below(kShapeSide)), y = static_cast<int>(rng.below(kShapeSide));
    const int dx = static_cast<int>(rng.below(3)) - 1, dy = static_cast<int>(rng.below(3)) - 1;
    const int value = 64 + 16 * static_cast<int>(rng.below(6));
    for (std::uint64_t i = 2 + rng.below(4); i > 0; --i, x += dx, y += dy) canvas.lighten(x, y, value);
  }
}

void drawNoise(Rng& rng, Canvas canvas) {
  for (int speck = 0; speck < 60; ++speck) {
    const int x = static_cast<int>(rng.below(kShapeSide)), y = static_cast<int>(rng.below(kShapeSide));
    canvas.lighten(x, y, 32 * (1 + static_cast<int>(rng.below(4))));
  }
}

void appendBigEndian(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
}

}  // namespace

const std::vector<std::string>& shapeNames() {
  static const std::vector<std::string> names{"disc", "ring", "square", "triangle", "plus", "1", "2", "3", "4", "5"};
  return names;
}

ShapeImages shapeImages(int count, std::uint64_t seed) {
  constexpr size_t bytes = static_cast<size_t>(kShapeSide) * kShapeSide;
  Rng rng(seed, 0x736861706573);
  ShapeImages images;
  images.pixels.resize(static_cast<size_t>(count) * bytes);
  for (int i = 0; i < count; ++i) {
    const Canvas canvas(images.pixels.data() + static_cast<size_t>(i) * bytes);
    const int kind = i % static_cast<int>(shapeNames().size());
    drawNoise(rng, canvas);
    drawClutter(rng, canvas);
    drawShape(kind, randomPlacement(kind, rng), canvas);
    images.labels.push_back(static_cast<std::uint8_t>(kind));
  }
  return images;
}

std::string idxOfImages(const ShapeImages& images, int first, int count) {
  std::string bytes;
  for (const std::uint32_t number : {std::uint32_t{0x00000803}, static_cast<std::uint32_t>(count),
                                     std::uint32_t{kShapeSide}, std::uint32_t{kShapeSide}})
    appendBigEndian(bytes, number);
  const auto begin = images.pixels.begin() + static_cast<std::ptrdiff_t>(first) * kShapeSide * kShapeSide;
  bytes.append(begin, begin + static_cast<std::ptrdiff_t>(count) * kShapeSide * kShapeSide);
  return bytes;
}

std::string idxOfLabels(const ShapeImages& images, int first, int count) {
  std::string bytes;
  for (const std::uint32_t number : {std::uint32_t{0x00000801}, static_cast<std::uint32_t>(count)})
    appendBigEndian(bytes, number);
  bytes.append(images.labels.begin() + first, images.labels.begin() + first + count);
  return bytes;
}

}  // namespace headroom
