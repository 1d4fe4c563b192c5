// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>

#include "core/base/gate_gap.h"
#include "widgets/plots/plot_canvas.h"

class QCPErrorBars;
class QCPGraph;
class QPushButton;

namespace headroom {

/// The train/test gap: the loss of the same examples under drawn gates (with its interval), test-time gates and the
/// mask alone.
class GapPlot : public PlotCanvas {
  Q_OBJECT
 public:
  explicit GapPlot(QWidget* parent = nullptr);
  /// Absent: not measured.
  void setGap(const std::optional<GateGap>& gap);
  /// Whether it can be measured now; `whyNot` says what is missing, empty = nothing.
  void setPossible(const QString& whyNot);

 signals:
  void measureWanted();

 protected:
  void applyColours() override;
  void rebuild() override;

 private:
  std::optional<GateGap> m_gap;
  QString m_whyNot;
  QPushButton* m_measure = nullptr;
  QCPGraph* m_dots = nullptr;
  QCPErrorBars* m_interval = nullptr;
  std::array<QCPItemText*, 3> m_numbers{};
};

}  // namespace headroom
