// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "widgets/plots/step_plot.h"

class QCPGraph;
class QCPItemText;

namespace headroom {

/// Expected numbers of closed, open and undecided heads over the steps, with the target K.
class BudgetPlot : public StepPlot {
  Q_OBJECT
 public:
  explicit BudgetPlot(QWidget* parent = nullptr);
  /// Target K of N heads.
  /// K of so many `units`: heads, or key/value groups.
  void setTarget(int keep, int units, bool groups = false);

 protected:
  void applyColours() override;
  void rebuildCurves() override;
  void placeNames() override;
  [[nodiscard]] bool nothingToShow() const override;

 private:
  int m_keep = 0;
  int m_units = 0;
  bool m_groups = false;
  std::array<QCPGraph*, 3> m_graphs{};
  std::array<QCPItemText*, 3> m_labels{};
  QCPGraph* m_target = nullptr;
  QCPItemText* m_targetLabel = nullptr;
};

}  // namespace headroom
