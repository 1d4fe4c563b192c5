// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/snapshots.h"
#include "widgets/panels/panel_frame.h"
#include "widgets/plots/train_series.h"

class QPlainTextEdit;
class QStackedWidget;

namespace headroom {

class BudgetPlot;
class GapPlot;
class GatePathsPlot;
class LossPlot;
class SegmentedButtons;
class StepBar;
class StepPlot;

/// The film of a run: gates, budget, losses and log over one step slider, and the gap that is left at its end. Wide
/// panels show the three plots side by side, narrow ones one at a time.
class TrainingPanel : public PanelFrame {
  Q_OBJECT
 public:
  explicit TrainingPanel(QWidget* parent = nullptr);

  /// Forgets points, events and log; follows again.
  void clear();
  void setHeadLayout(const HeadLayout& layout);
  /// Target K and the planned number of steps (0 = as many as were logged).
  /// K heads, or K of so many key/value `groups`.
  void setPlan(int keep, std::int64_t totalSteps, int groups = 0);
  void setPoints(std::span<const TrainPoint> points);
  void appendPoints(std::span<const TrainPoint> points);
  void setEvents(std::vector<TrainEvent> events);
  void appendEvent(const TrainEvent& event);
  void appendLog(const QString& line);
  void setMask(const HeadMask& mask);
  void setSelected(std::optional<HeadId> head);

  [[nodiscard]] const TrainSeries& series() const { return *m_series; }
  [[nodiscard]] const std::vector<TrainEvent>& events() const { return m_events; }
  /// The step that all views show; the last one while following.
  [[nodiscard]] std::int64_t shownStep() const;
  [[nodiscard]] bool following() const;
  [[nodiscard]] StepBar* stepBar() const { return m_steps; }
  [[nodiscard]] GatePathsPlot* gates() const { return m_gates; }
  [[nodiscard]] BudgetPlot* budget() const { return m_budget; }
  [[nodiscard]] LossPlot* losses() const { return m_losses; }
  [[nodiscard]] GapPlot* gap() const { return m_gap; }

 signals:
  /// Another step is shown: read series().pOpenAt(series().indexAt(step)).
  void shownStepChanged(std::int64_t step);
  void headSelected(headroom::HeadId head);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makePlots();
  void makeHeader();
  void connectPlots();
  void addLogLine(const TrainEvent& event);
  void arrange();
  void grew();
  void showStep(std::int64_t step);
  [[nodiscard]] std::vector<StepPlot*> plots() const;

  std::shared_ptr<TrainSeries> m_series;
  std::vector<TrainEvent> m_events;
  std::int64_t m_totalSteps = 0;
  int m_keep = 0;
  int m_heads = 0;
  SegmentedButtons* m_tabs = nullptr;
  SegmentedButtons* m_quantity = nullptr;
  StepBar* m_steps = nullptr;
  GatePathsPlot* m_gates = nullptr;
  BudgetPlot* m_budget = nullptr;
  LossPlot* m_losses = nullptr;
  GapPlot* m_gap = nullptr;
  QPlainTextEdit* m_log = nullptr;
  QWidget* m_plotRow = nullptr;
  QStackedWidget* m_pages = nullptr;
};

}  // namespace headroom
