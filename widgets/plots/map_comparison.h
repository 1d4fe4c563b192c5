// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "core/base/head_layout.h"
#include "widgets/plots/figure.h"
#include "widgets/plots/head_map_geometry.h"

class QPainter;

namespace headroom {

struct PlotTheme;

/// A value of every head, 0..1 in flat order; empty = nothing to show.
struct NamedShares {
  QString name;
  std::vector<double> shares;
};

/// Two maps of all heads and their difference (left less right) side by side. The axes are the same: what is pointed at
/// in one, by mouse or arrow keys, is marked in all three.
class MapComparison : public QWidget, public Figure {
  Q_OBJECT
 public:
  explicit MapComparison(QWidget* parent = nullptr);
  void setMaps(const HeadLayout& layout, const NamedShares& left, const NamedShares& right);

  [[nodiscard]] std::optional<HeadId> marked() const { return m_marked; }
  /// "layer 3, head 2: 0.67 left, 1.00 right, difference −0.33".
  [[nodiscard]] QString spokenText(HeadId head) const;
  /// Where a head's cell lies in map 0 (left), 1 (right) or 2 (difference), in pixels of the widget.
  [[nodiscard]] QRectF cellOf(int map, HeadId head) const;

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  [[nodiscard]] QSize figureSize() const override;
  void drawFigure(QCPPainter& painter) override;

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  [[nodiscard]] bool known() const;
  [[nodiscard]] std::optional<double> value(int map, int flat) const;
  [[nodiscard]] HeadMapGeometry geometry(QSize size) const;
  [[nodiscard]] std::optional<HeadId> headAt(QPointF point) const;
  void mark(std::optional<HeadId> head);
  void paintAll(QPainter& painter, QSize size, const PlotTheme& theme) const;
  void paintMap(QPainter& painter, int map, const HeadMapGeometry& geometry, const PlotTheme& theme) const;
  void paintAxes(QPainter& painter, const HeadMapGeometry& geometry, const PlotTheme& theme) const;
  void paintScale(QPainter& painter, int map, const HeadMapGeometry& geometry, const PlotTheme& theme) const;

  HeadLayout m_layout;
  NamedShares m_left, m_right;
  std::optional<HeadId> m_marked;
};

}  // namespace headroom
