// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "widgets/plots/step_plot.h"

class QCPGraph;

namespace headroom {

/// Task loss and lambda times sparsity penalty in nat on the left axis; lambda and lambda_c dashed on the right one,
/// logarithmic. Raw values, never smoothed.
class LossPlot : public StepPlot {
  Q_OBJECT
 public:
  explicit LossPlot(QWidget* parent = nullptr);

 protected:
  void applyColours() override;
  void rebuildCurves() override;
  void placeNames() override;

 private:
  void scaleLosses(const std::vector<double>& penalty);
  void scaleCoefficients();

  std::array<QCPGraph*, 4> m_graphs{};  // task, penalty, lambda, lambda_c
  std::array<QCPItemText*, 4> m_labels{};
};

}  // namespace headroom
