// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QPainter>
#include <QRegion>

#include "widgets/plots/head_map.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

/// Paints one frame of a head map. Reads the map, changes nothing.
class HeadMapPainter {
 public:
  HeadMapPainter(const HeadMap& map, QPainter& painter, const PlotTheme& theme);

  /// Only what touches `region`.
  void paint(const QRegion& region);
  /// What the user points at: hovered and selected head, keyboard focus.
  void paintMarks();
  /// Room for the text of this map in today's fonts.
  static HeadMapMetrics metricsFor(const HeadLayout& layout);

 private:
  struct Cell;
  void paintCells(const QRegion& region);
  void paintCell(const Cell& cell);
  void paintNumber(const Cell& cell);
  void paintGlyph(const Cell& cell);
  void paintReopened(const Cell& cell);
  void paintLock(const Cell& cell);
  void paintArrow(const QRectF& arc, const QColor& ink);
  void paintFrame(HeadId head, const QColor& colour, double width);
  void paintBlocks(const QRegion& region);
  void paintBrackets(const QRegion& region);
  void paintTitles(const QRegion& region);
  void paintHeadNumbers();
  void paintLegend();
  void paintColourScale(const QRectF& room);
  [[nodiscard]] QColor colourOf(int flat) const;
  [[nodiscard]] double logAlphaLimit() const;

  const HeadMap& m_map;
  QPainter& m_painter;
  PlotTheme m_theme;
  HeadMapGeometry m_geometry;
  QFont m_numberFont;
  QFont m_axisFont;
  QFont m_secondaryFont;
  double m_logAlphaLimit = 1;
};

}  // namespace headroom
