// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/base/latency_table.h"
#include "widgets/plots/plot_canvas.h"

class QCPGraph;

namespace headroom {

/// Where pruning pays: the time of an attention block against the heads left in it, one line a kind of attention, with
/// the straight line whose start is what keeping a block alive costs.
class CostPlot : public PlotCanvas {
  Q_OBJECT
 public:
  explicit CostPlot(QWidget* parent = nullptr);
  void setTable(const std::optional<LatencyTable>& table);

 protected:
  void applyColours() override;
  void rebuild() override;
  void placeNames() override;

 private:
  struct Line {
    QCPGraph* measured = nullptr;
    QCPGraph* fit = nullptr;
    QCPItemText* name = nullptr;
  };
  std::optional<LatencyTable> m_table;
  std::vector<Line> m_lines;
};

}  // namespace headroom
