// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/base/head_mask.h"
#include "widgets/plots/step_plot.h"

class QCPGraph;

namespace headroom {

/// Every head's gate over the steps: survivors in the accent colour, closed heads grey, the selected one drawn wide.
/// A click on a path, or Up and Down, selects its head.
class GatePathsPlot : public StepPlot {
  Q_OBJECT
 public:
  enum class Quantity { OpenProbability, LogAlpha };

  explicit GatePathsPlot(QWidget* parent = nullptr);
  void setHeadLayout(const HeadLayout& layout);
  /// Which heads count as survivors.
  void setMask(const HeadMask& mask);
  void setSelected(std::optional<HeadId> head);
  void setQuantity(Quantity quantity);
  [[nodiscard]] Quantity quantity() const { return m_quantity; }
  /// The head whose path passes within 8 px of a point of the drawing, the nearest one.
  [[nodiscard]] std::optional<HeadId> headNear(QPointF position) const;
  /// Where a head's path is at a step, in pixels of the drawing.
  [[nodiscard]] QPointF pointOf(HeadId head, std::int64_t step) const;

 signals:
  void headSelected(headroom::HeadId head);

 protected:
  void applyColours() override;
  void rebuildCurves() override;
  [[nodiscard]] bool nothingToShow() const override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void clicked(QPointF position) override;

 private:
  [[nodiscard]] const std::vector<float>& path(int flat) const;
  void makeGraphs();
  void colourGraphs();
  void scaleValues();
  void fill(QCPGraph* graph, int flat) const;
  void drawSelected();
  void showName(QPointF position, QPoint global);

  HeadLayout m_layout;
  HeadMask m_mask;
  std::optional<HeadId> m_selected;
  Quantity m_quantity = Quantity::OpenProbability;
  std::vector<QCPGraph*> m_graphs;
  QCPGraph* m_selectedGraph = nullptr;
};

}  // namespace headroom
