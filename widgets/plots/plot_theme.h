// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>

class QApplication;
class QPalette;

namespace headroom {

enum class ThemeChoice { System, Light, Dark };

/// The colour roles of every view. Taken from the palette, so that a changed palette is followed by repainting.
struct PlotTheme {
  bool dark = false;
  QColor window, panel, line, grid;
  QColor text, secondary;
  QColor accent;    ///< kept heads, primary action, first curve
  QColor onAccent;  ///< text on accent
  QColor cursor;    ///< cursor, target K, selected head, events
  QColor third;     ///< third curve: closed, sparsity

  static PlotTheme light();
  static PlotTheme night();
  /// The roles as `palette` gives them; cursor and third are chosen by its lightness.
  static PlotTheme current(const QPalette& palette);
};

enum class TextRole { Body, Secondary, Axis, Answer };

/// 13, 12, 11 or 24 px at ordinary font settings, larger where the user's own font is; tabular figures from Qt 6.7 on.
[[nodiscard]] QFont themeFont(TextRole role, bool strong = false);
/// `pixels` times the factor by which the user's font is larger than ordinary.
[[nodiscard]] int scaledPixels(double pixels);

[[nodiscard]] bool isDark(const QPalette& palette);
/// Sets style, palette, fonts and style sheet. With System the desktop's own scheme is followed while the program runs.
void applyTheme(QApplication& application, ThemeChoice choice);
[[nodiscard]] ThemeChoice themeChoice();

}  // namespace headroom
