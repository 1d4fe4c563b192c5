// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QRgb>
#include <array>

namespace headroom {

/// A table of 256 colours computed in OKLab, so that lightness changes evenly along it.
class ColourMap {
 public:
  /// Dark violet over teal to yellow; lightness grows all the way, also for colour-blind eyes.
  static const ColourMap& sequential();
  /// Orange below, blue above, neutral in the middle; the middle is light or, for dark themes, dark.
  static const ColourMap& diverging(bool darkMiddle);

  /// Colour at t in 0..1; clamped, NaN gives a neutral grey.
  [[nodiscard]] QColor at(double t) const;

 private:
  std::array<QRgb, 256> m_table{};
};

/// WCAG contrast ratio, 1..21.
[[nodiscard]] double contrastRatio(const QColor& a, const QColor& b);
/// Black or white, whichever reads better on `ground`; the contrast is at least 4.5.
[[nodiscard]] QColor textOn(const QColor& ground);
/// Perceived lightness 0..100 (CIE L*).
[[nodiscard]] double lightness(const QColor& colour);

}  // namespace headroom
