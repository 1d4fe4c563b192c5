// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/survivors.h"
#include "widgets/plots/plot_canvas.h"

class QCPColorMap;

namespace headroom {

/// How much choices of heads agree, each with each: a matrix with its numbers, blue above and orange below what random
/// choices agree; of survivors (Jaccard), or of whole orders (Kendall).
class OverlapPlot : public PlotCanvas {
  Q_OBJECT
 public:
  explicit OverlapPlot(QWidget* parent = nullptr);
  void setMatrix(const OverlapMatrix& matrix);

 protected:
  bool event(QEvent* event) override;
  void applyColours() override;
  void rebuild() override;
  void placeNames() override;

 private:
  [[nodiscard]] bool isOfOrders() const { return m_matrix.least < 0; }
  [[nodiscard]] QString nameOf(const CellChoice& choice) const;
  /// The place of a cell on the diverging scale: 0.5 = chance.
  [[nodiscard]] double shade(double value) const;

  OverlapMatrix m_matrix;
  QCPColorMap* m_cells = nullptr;
  std::vector<QCPItemText*> m_numbers;
};

}  // namespace headroom
