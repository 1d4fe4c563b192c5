// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/snapshots.h"
#include "widgets/plots/plot_canvas.h"

class QCPGraph;
class QCPItemStraightLine;
class QCPItemTracer;

namespace headroom {

/// Accuracy in percent against heads kept: interval band, measured points, the trained K as a ring, the unpruned model
/// as a dotted line, and a cursor that is dragged or moved by arrow keys.
class TradeOffPlot : public PlotCanvas {
  Q_OBJECT
 public:
  explicit TradeOffPlot(QWidget* parent = nullptr);
  void setCurve(const Curve& curve);
  /// Name at the curve, e.g. "PASSCONC".
  void setCurveName(const QString& name);
  /// Random masks of the same sizes as a grey band; empty = none. By increasing `kept`.
  void setRandom(std::vector<CurvePoint> points);
  /// Number of heads the cursor stands at; does not emit.
  void setCursor(int kept);
  [[nodiscard]] int cursor() const { return m_cursorAt; }
  /// Where a number of heads is on the drawing, in its pixels.
  [[nodiscard]] double pixelOf(int kept) const;

 signals:
  /// The user moved the cursor.
  void keptChosen(int kept);
  /// The user let go of it.
  void keptReleased(int kept);

 protected:
  void applyColours() override;
  void rebuild() override;
  void placeNames() override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void makeGraphs();
  void makeItems();
  void drawCurve();
  void drawRandom();
  void scaleAxes();
  void placeCurveLabels();
  void moveCursor();
  void choose(int kept);
  [[nodiscard]] int headCount() const { return m_curve.layout.headCount(); }

  Curve m_curve;
  std::vector<CurvePoint> m_random;
  QString m_curveName;
  int m_cursorAt = 0;
  bool m_dragging = false;
  QCPGraph *m_high = nullptr, *m_low = nullptr, *m_line = nullptr, *m_dots = nullptr, *m_trained = nullptr;
  QCPGraph *m_randomHigh = nullptr, *m_randomLow = nullptr, *m_randomLine = nullptr;
  QCPItemStraightLine *m_full = nullptr, *m_cursorLine = nullptr;
  QCPItemTracer* m_cursorDot = nullptr;
  QCPItemText *m_fullLabel = nullptr, *m_nameLabel = nullptr, *m_randomLabel = nullptr, *m_cursorLabel = nullptr;
};

}  // namespace headroom
