// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
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
/// in one, by mouse or arrow keys, is marked in all three. Blinking (B), the two take turns in one place instead, as
/// large as the widget: what differs flickers. Pictures always show the three.
class MapComparison : public QWidget, public Figure {
  Q_OBJECT
 public:
  explicit MapComparison(QWidget* parent = nullptr);
  void setMaps(const HeadLayout& layout, const NamedShares& left, const NamedShares& right);

  [[nodiscard]] bool blinking() const { return m_turns.isActive(); }
  void setBlinking(bool blinking);
  /// While blinking, whether it is the right map's turn.
  [[nodiscard]] bool rightsTurn() const { return m_rightsTurn; }

  [[nodiscard]] std::optional<HeadId> marked() const { return m_marked; }
  /// "layer 3, head 2: 0.67 left, 1.00 right, difference −0.33".
  [[nodiscard]] QString spokenText(HeadId head) const;
  /// Where a head's cell lies in map 0 (left), 1 (right) or 2 (difference), in pixels of the widget; in the one place
  /// that there is while blinking.
  [[nodiscard]] QRectF cellOf(int map, HeadId head) const;

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  [[nodiscard]] QSize figureSize() const override;
  void drawFigure(QCPPainter& painter) override;

 signals:
  void blinkingChanged(bool blinking);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;
  void hideEvent(QHideEvent* event) override;

 private:
  [[nodiscard]] bool known() const;
  [[nodiscard]] std::optional<double> value(int map, int flat) const;
  /// Maps beside each other on the screen.
  [[nodiscard]] int mapsAcross() const { return blinking() ? 1 : 3; }
  [[nodiscard]] QString nameOf(int map) const;
  [[nodiscard]] HeadMapGeometry geometry(QSize size, int across) const;
  [[nodiscard]] std::optional<HeadId> headAt(QPointF point) const;
  void mark(std::optional<HeadId> head);
  void takeTurns();
  /// All three maps, or the one whose turn it is.
  void paintMaps(QPainter& painter, QSize size, bool all, const PlotTheme& theme) const;
  void paintMap(QPainter& painter, int map, const HeadMapGeometry& geometry, const PlotTheme& theme) const;
  void paintAxes(QPainter& painter, const HeadMapGeometry& geometry, const PlotTheme& theme) const;
  void paintScale(QPainter& painter, int map, const HeadMapGeometry& geometry, const PlotTheme& theme) const;

  HeadLayout m_layout;
  NamedShares m_left, m_right;
  std::optional<HeadId> m_marked;
  QTimer m_turns;
  bool m_rightsTurn = false;
};

}  // namespace headroom
