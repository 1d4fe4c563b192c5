// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/comparison.h"
#include "widgets/plots/plot_canvas.h"

class QCPErrorBars;
class QCPGraph;

namespace headroom {

/// What a choice of heads scores against what choosing it took: a dot a method and K, with the 95 % interval of its
/// mean; cost on a logarithmic axis.
class CostQualityPlot : public PlotCanvas {
  Q_OBJECT
 public:
  enum class Cost { Seconds, Passes };
  explicit CostQualityPlot(QWidget* parent = nullptr);
  void setRows(const std::vector<CompareRow>& rows, const MetricValue& full);
  void setCost(Cost cost);

 protected:
  bool event(QEvent* event) override;
  void applyColours() override;
  void rebuild() override;
  void placeNames() override;

 private:
  struct Series {
    QCPGraph* dots = nullptr;
    QCPErrorBars* intervals = nullptr;
  };
  struct Label {
    QCPItemText* text = nullptr;
    double cost = 0, score = 0;
    QString tip;
  };
  [[nodiscard]] double costOf(const CompareRow& row) const;
  void addLabel(const CompareRow& row, size_t series);
  void frame(double full);

  std::vector<CompareRow> m_rows;
  MetricValue m_full;
  Cost m_cost = Cost::Seconds;
  std::vector<Series> m_series;
  std::vector<Label> m_labels;
  QCPGraph* m_fullLine = nullptr;
};

}  // namespace headroom
