// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <vector>

#include "core/base/head_layout.h"
#include "widgets/plots/plot_canvas.h"

class QCPGraph;
class QCPItemStraightLine;

namespace headroom {

/// One ranking of all heads, and how many of them it keeps.
struct HeadRanks {
  QString name;
  std::vector<double> ranks;  ///< one a head, 1 = kept first; empty where there is no order
  int keep = 0;
};

/// Two rankings of the same heads against each other, a dot a head, with Kendall's tau.
class RankPlot : public PlotCanvas {
  Q_OBJECT
 public:
  explicit RankPlot(QWidget* parent = nullptr);
  void setRanks(const HeadLayout& layout, const HeadRanks& across, const HeadRanks& up);

 protected:
  bool event(QEvent* event) override;
  void applyColours() override;
  void rebuild() override;

 private:
  HeadLayout m_layout;
  HeadRanks m_across, m_up;
  QCPGraph *m_dots = nullptr, *m_diagonal = nullptr;
  QCPItemStraightLine *m_keptAcross = nullptr, *m_keptUp = nullptr;
};

}  // namespace headroom
