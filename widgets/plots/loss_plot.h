// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "widgets/plots/step_plot.h"

class QCPGraph;
class QCPItemText;

namespace headroom {

/// Task loss (nat) and weighted sparsity penalty on the left axis; lambda and lambda_c dashed on the right, logarithmic.
class LossPlot : public StepPlot {
  Q_OBJECT
 public:
  explicit LossPlot(QWidget* parent = nullptr);

 protected:
  void applyColours() override;
  void rebuildCurves() override;

 private:
  void scaleAxes();
  void placeLabels();

  std::array<QCPGraph*, 4> m_graphs{};  // task, penalty, lambda, lambda_c
  std::array<QCPItemText*, 4> m_labels{};
};

}  // namespace headroom
