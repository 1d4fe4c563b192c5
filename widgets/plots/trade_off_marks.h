// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QString>
#include <array>
#include <functional>
#include <vector>

class QCPErrorBars;
class QCPGraph;
class QCPItemText;
class QCustomPlot;

namespace headroom {

struct PlotTheme;

/// A mask off the curve, on the current x axis.
struct TradeOffMark {
  QString name;  ///< written beside it; may be empty
  double x = 0;
  double value = 0, low = 0, high = 0;  ///< shares
};

/// The masks off the curve of a TradeOffPlot: what other runs ended with as grey rings, timed masks as squares, pins as
/// triangles; each with its interval and, but for the timed ones, its name.
class TradeOffMarks {
 public:
  enum Kind { OtherRuns, Timed, Pins, Kinds };
  /// Draws on `plot`, which outlives it; `makeName` makes an empty text on it.
  TradeOffMarks(QCustomPlot* plot, std::function<QCPItemText*()> makeName);

  void set(Kind kind, std::vector<TradeOffMark> marks);
  void applyColours(const PlotTheme& theme);
  void draw(const PlotTheme& theme);
  void forEach(const std::function<void(const TradeOffMark&)>& visit) const;
  /// The pin within `reach` pixels of `place`; -1 = none.
  [[nodiscard]] int pinAt(QPointF place, double reach) const;

 private:
  struct Drawn {
    std::vector<TradeOffMark> marks;
    QCPGraph* dots = nullptr;
    QCPErrorBars* bars = nullptr;
  };
  void drawNames(const PlotTheme& theme);

  QCustomPlot* m_plot;
  std::function<QCPItemText*()> m_makeName;
  std::array<Drawn, Kinds> m_drawn;
  std::vector<QCPItemText*> m_names;  ///< of the other runs, then of the pins
};

}  // namespace headroom
