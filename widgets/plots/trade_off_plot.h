// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/base/snapshots.h"
#include "widgets/plots/plot_canvas.h"
#include "widgets/plots/trade_off_marks.h"

class QCPGraph;
class QCPGraphData;
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
  /// What the x axis shows: `label` with its unit, and its value for every number of kept heads, 0 first. Empty = heads
  /// kept. A number of heads whose value is not known has NaN: the curve is then not drawn, its marks are.
  void setAxis(const QString& label, std::vector<double> values);
  /// Numbers of heads at which no other is as fast and better, or as good and faster.
  void setPareto(std::vector<int> kept);
  /// Lines that a choice must stay within: an x value at most, so many points below the unpruned model at most. Absent
  /// = no line.
  void setLimits(std::optional<double> mostX, std::optional<double> mostLost);
  /// Masks that are held for comparison, as triangles with their names: a click on one asks for it.
  void setPins(std::vector<TradeOffMark> pins);
  /// What other runs of the model ended with, as grey rings with the method's name.
  void setOtherRuns(std::vector<TradeOffMark> runs);
  /// Masks that were really timed, as squares.
  void setTimed(std::vector<TradeOffMark> timed);
  /// Number of heads the cursor stands at; does not emit.
  void setCursor(int kept);
  [[nodiscard]] int cursor() const { return m_cursorAt; }
  /// Where a number of heads is on the drawing, in its pixels.
  [[nodiscard]] double pixelOf(int kept) const;

 signals:
  /// The user moved the cursor.
  void keptChosen(int kept);
  /// The user clicked the pin of that index.
  void pinChosen(int index);
  /// The user wants the shown mask pinned, or its pin gone.
  void pinWanted();
  /// The user let go of it.
  void keptReleased(int kept);
  /// The next point that none beats: 1 (Enter) = the better one, -1 (Shift+Enter) = the faster one.
  void paretoWanted(int direction);
  /// The user drags a limit's line.
  void mostXDragged(double value);
  void mostLostDragged(double points);

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
  void drawLimits();
  [[nodiscard]] bool sparse() const;
  void drag(const QPointF& place);
  [[nodiscard]] double xOf(int kept) const;
  /// The number of heads nearest to a pixel.
  [[nodiscard]] int keptAt(double pixel) const;
  [[nodiscard]] QVector<QCPGraphData> valuesWhere(const std::vector<CurvePoint>& points,
                                                  const std::function<bool(const CurvePoint&)>& wanted) const;
  void setBand(QCPGraph* low, QCPGraph* high, const std::vector<CurvePoint>& points) const;
  [[nodiscard]] int headCount() const { return m_curve.layout.headCount(); }

  Curve m_curve;
  std::vector<CurvePoint> m_random;
  QString m_curveName;
  int m_cursorAt = 0;
  enum class Drag { None, Cursor, MostX, MostLost };
  Drag m_drag = Drag::None;
  std::vector<double> m_axisValues;  ///< by heads kept; empty = the heads themselves
  std::vector<int> m_pareto;
  std::optional<TradeOffMarks> m_marks;
  std::optional<double> m_mostX, m_mostLost;
  QCPGraph *m_high = nullptr, *m_low = nullptr, *m_line = nullptr, *m_dots = nullptr, *m_trained = nullptr,
           *m_paretoDots = nullptr;
  QCPGraph *m_randomHigh = nullptr, *m_randomLow = nullptr, *m_randomLine = nullptr;
  QCPItemStraightLine *m_full = nullptr, *m_cursorLine = nullptr, *m_xLimit = nullptr, *m_lostLimit = nullptr;
  QCPItemTracer* m_cursorDot = nullptr;
  QCPItemText *m_fullLabel = nullptr, *m_nameLabel = nullptr, *m_randomLabel = nullptr, *m_cursorLabel = nullptr;
};

}  // namespace headroom
