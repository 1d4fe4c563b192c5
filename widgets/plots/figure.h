// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QSize>
#include <QString>
#include <functional>

class QCPPainter;

namespace headroom {

/// A view that can be saved as a figure of its own.
class Figure {
 public:
  virtual ~Figure() = default;
  /// Pixels of a plain screen that the drawing fills.
  [[nodiscard]] virtual QSize figureSize() const = 0;
  /// Draws everything with axes, in the light theme whatever is on screen: figures go on paper. The ground is white.
  virtual void drawFigure(QCPPainter& painter) = 0;
};

/// Writes the figure with a line of text below it; the name's ending decides between PNG, SVG and PDF. `widthMm`: what
/// it is wide on paper, a PNG then with 300 dots an inch; 0 = as on screen, a PNG at twice its pixels. Draws at once
/// and writes on a thread of its own; `done` hears on the application's thread why it failed, or an empty string.
void saveFigure(Figure& figure, const QString& caption, const QString& path, double widthMm,
                const std::function<void(const QString& failure)>& done);

/// The same as a picture, for the clipboard.
[[nodiscard]] QImage figureImage(Figure& figure, const QString& caption);

/// For file dialogs, the ordinary choice first.
[[nodiscard]] QString figureFilter();

}  // namespace headroom
