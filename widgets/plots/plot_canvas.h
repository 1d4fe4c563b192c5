// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "widgets/plots/figure.h"

class QCPItemText;
class QCustomPlot;
class QHBoxLayout;
class QLabel;
class QStackedLayout;

namespace headroom {

struct PlotTheme;

/// A plot with a line of text above it (quantity and unit), themed axes and a sentence in its place while it is empty.
/// Changes are gathered and drawn once; hidden plots wait until they are shown.
class PlotCanvas : public QWidget, public Figure {
  Q_OBJECT
 public:
  explicit PlotCanvas(const QString& title, QWidget* parent = nullptr);

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  /// A control at the right end of the title line; takes ownership.
  void addTitleWidget(QWidget* widget);
  [[nodiscard]] QSize figureSize() const override;
  void drawFigure(QCPPainter& painter) override;

 protected:
  [[nodiscard]] QCustomPlot* plot() const { return m_plot; }
  void setTitle(const QString& title);
  /// The colours to draw with: the palette's, or the light ones while a figure is drawn.
  [[nodiscard]] PlotTheme plotTheme() const;
  /// Shows `sentence` instead of the plot; an empty string shows the plot.
  void setEmptyText(const QString& sentence);
  /// Colours and fonts of axes and grid; views recolour their own curves after calling it.
  virtual void applyColours();
  /// Places what depends on the final pixels of the axes: names at curves. Called before every drawing.
  virtual void placeNames() {}
  /// Sets data from what the view holds. Called once for all changes before a repaint.
  virtual void rebuild() = 0;
  void scheduleRebuild();
  /// A text in axis size, without a position yet.
  QCPItemText* makeText(const QString& text);

  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;

 private:
  void runRebuild();
  void prepare();
  void recolour();

  QLabel* m_title = nullptr;
  QLabel* m_empty = nullptr;
  QCustomPlot* m_plot = nullptr;
  QHBoxLayout* m_titleRow = nullptr;
  QStackedLayout* m_pages = nullptr;
  bool m_rebuildPending = false;
  bool m_coloured = false;
  bool m_drawsFigure = false;
};

}  // namespace headroom
