// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "core/base/mask_comparison.h"
#include "widgets/plots/figure.h"

namespace headroom {

struct PlotTheme;

/// How classes and lengths fare: a row each, the share that is right with every head (ring) and under the mask (dot),
/// with 95 % intervals. A class that the mask gives up on is named above the rows.
class SlicePlot : public QWidget, public Figure {
  Q_OBJECT
 public:
  explicit SlicePlot(QWidget* parent = nullptr);
  /// Whether there is anything to compare on: without a comparison it is under way then.
  void setHasData(bool hasData);
  /// `wholeLoss`: what the mask loses on all examples, as a share.
  void setComparison(const std::optional<MaskComparison>& comparison, double wholeLoss);
  /// Empty when no class has collapsed.
  [[nodiscard]] QString warning() const;

  [[nodiscard]] QSize sizeHint() const override { return {360, 210}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {170, 110}; }
  [[nodiscard]] QSize figureSize() const override { return size(); }
  void drawFigure(QCPPainter& painter) override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void paint(QPainter& painter, const PlotTheme& theme) const;
  void paintRow(QPainter& painter, const PlotTheme& theme, const SliceScore& slice, const QRectF& row,
                const QRectF& bars) const;
  [[nodiscard]] std::vector<SliceScore> slices() const;

  std::optional<MaskComparison> m_comparison;
  double m_wholeLoss = 0;
  bool m_hasData = false;
};

}  // namespace headroom
