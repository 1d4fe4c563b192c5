// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/colour_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace headroom {
namespace {

struct LinearRgb {
  double r = 0, g = 0, b = 0;
  [[nodiscard]] bool inside() const {
    const auto ok = [](double c) { return c >= -1e-6 && c <= 1 + 1e-6; };
    return ok(r) && ok(g) && ok(b);
  }
};

struct Lch {
  double lightness = 0;  // OKLab L, 0..1
  double chroma = 0;
  double hue = 0;  // degrees
};

// Ottosson's OKLab (2020), inverse.
LinearRgb toLinear(const Lch& colour) {
  const double angle = colour.hue * std::numbers::pi / 180;
  const double a = colour.chroma * std::cos(angle);
  const double b = colour.chroma * std::sin(angle);
  const auto cube = [](double x) { return x * x * x; };
  const double l = cube(colour.lightness + 0.3963377774 * a + 0.2158037573 * b);
  const double m = cube(colour.lightness - 0.1055613458 * a - 0.0638541728 * b);
  const double s = cube(colour.lightness - 0.0894841775 * a - 1.2914855480 * b);
  return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
          -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
          -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

double encoded(double linear) {
  const double c = std::clamp(linear, 0.0, 1.0);
  return c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055;
}

double decoded(double srgb) { return srgb <= 0.04045 ? srgb / 12.92 : std::pow((srgb + 0.055) / 1.055, 2.4); }

/// The colour with as much of its chroma as sRGB can show.
QRgb displayable(Lch colour) {
  LinearRgb rgb = toLinear(colour);
  while (!rgb.inside() && colour.chroma > 0) {
    colour.chroma = std::max(0.0, colour.chroma - 0.002);
    rgb = toLinear(colour);
  }
  const auto byte = [](double c) { return static_cast<int>(std::lround(encoded(c) * 255)); };
  return qRgb(byte(rgb.r), byte(rgb.g), byte(rgb.b));
}

double luminance(const QColor& colour) {
  return 0.2126 * decoded(colour.redF()) + 0.7152 * decoded(colour.greenF()) + 0.0722 * decoded(colour.blueF());
}

template <typename Curve>
std::array<QRgb, 256> tableOf(Curve curve) {
  std::array<QRgb, 256> table{};
  for (size_t i = 0; i < table.size(); ++i) table[i] = displayable(curve(static_cast<double>(i) / 255.0));
  return table;
}

}  // namespace

const ColourMap& ColourMap::sequential() {
  // Lightness is a straight line, hue and chroma are quadratic fits chosen to stay inside sRGB and away from red-green
  // pairs of equal lightness.
  static const ColourMap map = [] {
    ColourMap m;
    m.m_table = tableOf([](double t) {
      return Lch{0.27 + 0.655 * t, 0.14 - 0.16 * t + 0.21 * t * t, 318 - 240 * t + 27 * t * t};
    });
    return m;
  }();
  return map;
}

const ColourMap& ColourMap::diverging(bool darkMiddle) {
  const auto make = [](double middle, double end) {
    ColourMap m;
    m.m_table = tableOf([=](double t) {
      const double away = std::abs(2 * t - 1);
      return Lch{middle + (end - middle) * away, 0.16 * away, t < 0.5 ? 50.0 : 255.0};
    });
    return m;
  };
  static const ColourMap light = make(0.955, 0.48);
  static const ColourMap dark = make(0.29, 0.76);
  return darkMiddle ? dark : light;
}

QColor ColourMap::at(double t) const {
  if (std::isnan(t)) return QColor(0x88, 0x88, 0x88);
  return QColor::fromRgb(m_table[static_cast<size_t>(std::lround(std::clamp(t, 0.0, 1.0) * 255))]);
}

double contrastRatio(const QColor& a, const QColor& b) {
  const double first = luminance(a) + 0.05;
  const double second = luminance(b) + 0.05;
  return std::max(first, second) / std::min(first, second);
}

QColor textOn(const QColor& ground) {
  const QColor black(0, 0, 0);
  const QColor white(255, 255, 255);
  return contrastRatio(ground, black) >= contrastRatio(ground, white) ? black : white;
}

double lightness(const QColor& colour) {
  const double y = luminance(colour);
  return y > 216.0 / 24389 ? 116 * std::cbrt(y) - 16 : y * 24389 / 27;
}

}  // namespace headroom
