// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "core/base/head_mask.h"
#include "widgets/plots/figure.h"

namespace headroom {

struct PlotTheme;

/// Kept heads per block as bars, against what a random choice of as many heads is expected to keep (dashed outline).
class ConcentrationPlot : public QWidget, public Figure {
  Q_OBJECT
 public:
  explicit ConcentrationPlot(QWidget* parent = nullptr);
  void setMask(const HeadMask& mask);
  /// "3 of 6 layers · Gini 0.58" for the panel's header; empty without heads.
  [[nodiscard]] QString summary() const;
  /// Heads that a random choice of the mask's size keeps in a block on average.
  [[nodiscard]] static double expectedIn(const HeadMask& mask, int block);

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  [[nodiscard]] QSize figureSize() const override { return size(); }
  void drawFigure(QCPPainter& painter) override;

 signals:
  void summaryChanged(const QString& summary);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Rows;
  [[nodiscard]] Rows rows() const;
  void paint(QPainter& painter, const PlotTheme& theme) const;
  void paintRow(QPainter& painter, const PlotTheme& theme, const Rows& rows, int block) const;
  void paintCaption(QPainter& painter, const Rows& rows) const;

  HeadMask m_mask;
};

}  // namespace headroom
