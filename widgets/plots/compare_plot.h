// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/comparison.h"
#include "widgets/plots/plot_canvas.h"

class QCPGraph;

namespace headroom {

/// The curves of all methods of one regime: mean over the seeds against heads kept, 95 % intervals of the means as
/// bands.
class ComparePlot : public PlotCanvas {
  Q_OBJECT
 public:
  explicit ComparePlot(QWidget* parent = nullptr);
  void setRows(const std::vector<CompareRow>& rows, const MetricValue& full);
  /// What K counts: "head" or "group".
  void setUnit(const std::string& unit);
  /// Draws one method's curve over the others, which go pale and without bands; empty = all are alike.
  void bringForward(const std::string& method);

 protected:
  bool event(QEvent* event) override;
  void applyColours() override;
  void rebuild() override;

 private:
  struct Line {
    QCPGraph *low = nullptr, *high = nullptr, *mean = nullptr;
    std::string method;
  };
  [[nodiscard]] bool isForward(const Line& line) const;
  std::vector<CompareRow> m_rows;
  MetricValue m_full;
  std::string m_forward;
  std::vector<Line> m_lines;
  QCPGraph* m_fullLine = nullptr;
};

}  // namespace headroom
