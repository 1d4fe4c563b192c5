// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <vector>

#include "core/base/survivors.h"
#include "widgets/plots/plot_canvas.h"

class QCPBars;
class QCPItemLine;

namespace headroom {

/// Where in the model the survivors lie: for every method a bar in each of three columns (bottom, middle, top third of
/// the layers), the share of its survivors; dashed where random choices would lie.
class DepthPlot : public PlotCanvas {
  Q_OBJECT
 public:
  explicit DepthPlot(QWidget* parent = nullptr);
  void setRows(const std::vector<DepthRow>& rows, const HeadLayout& layout);

 protected:
  void applyColours() override;
  void rebuild() override;

 private:
  struct Column {
    QCPBars* bars = nullptr;
    QCPItemLine* chance = nullptr;
    QCPItemText* name = nullptr;
  };
  std::vector<DepthRow> m_rows;
  DepthThirds m_all{};
  std::array<Column, 3> m_columns{};
  std::vector<QCPItemText*> m_counts;
};

}  // namespace headroom
