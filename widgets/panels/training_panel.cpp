// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/training_panel.h"

#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QResizeEvent>
#include <QStackedWidget>

#include "widgets/panels/segmented_buttons.h"
#include "widgets/panels/step_bar.h"
#include "widgets/plots/budget_plot.h"
#include "widgets/plots/gap_plot.h"
#include "widgets/plots/gate_paths_plot.h"
#include "widgets/plots/loss_plot.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

enum Tab { Gates, Budget, Losses, Gap, Log };

constexpr int kWide = 860;  // pixels from which three plots stand side by side

}  // namespace

TrainingPanel::TrainingPanel(QWidget* parent)
    : PanelFrame(tr("Training"), parent), m_series(std::make_shared<TrainSeries>()) {
  makePlots();
  makeHeader();
  connectPlots();
  arrange();
}

void TrainingPanel::makePlots() {
  m_pages = new QStackedWidget(this);
  m_plotRow = new QWidget(m_pages);
  auto* row = new QHBoxLayout(m_plotRow);
  row->setContentsMargins(4, 4, 4, 4);
  row->setSpacing(8);
  m_gates = new GatePathsPlot(m_plotRow);
  m_budget = new BudgetPlot(m_plotRow);
  m_losses = new LossPlot(m_plotRow);
  row->addWidget(m_gates, 4);
  row->addWidget(m_budget, 3);
  row->addWidget(m_losses, 3);
  m_log = new QPlainTextEdit(m_pages);
  m_log->setReadOnly(true);
  m_log->setMaximumBlockCount(5000);
  m_log->setFont(themeFont(TextRole::Secondary));
  m_log->setAccessibleName(tr("Training log"));
  m_log->setToolTip(tr("What happened, by step: clipping, reopening, checkpoints, warnings"));
  m_log->setPlaceholderText(tr("Events of the run appear here, one a line."));
  m_gap = new GapPlot(m_pages);
  m_pages->addWidget(m_plotRow);
  m_pages->addWidget(m_gap);
  m_pages->addWidget(m_log);
  setBody(m_pages);
  m_quantity = new SegmentedButtons(tr("Quantity of the gate paths"), m_gates);
  m_quantity->addOption(tr("P"), tr("Probability that the gate is exactly 1"));
  m_quantity->addOption(tr("log α"), tr("Gate parameter: tells saturated gates apart"));
  m_quantity->setCompact();
  m_gates->addTitleWidget(m_quantity);
}

void TrainingPanel::makeHeader() {
  m_tabs = new SegmentedButtons(tr("Training views"), this);
  m_tabs->addOption(tr("Gates"), tr("Every head's gate over the steps"));
  m_tabs->addOption(tr("Budget"), tr("Expected number of open, closed and undecided heads"));
  m_tabs->addOption(tr("Losses"), tr("Task loss, penalty and the schedules of λ and λc"));
  m_tabs->addOption(tr("Gap"), tr("The loss under drawn gates, test-time gates and the mask alone"));
  m_tabs->addOption(tr("Log"), tr("Events, one a line"));
  addBesideTitle(m_tabs);
  m_steps = new StepBar(this);
  addHeaderWidget(m_steps);
}

void TrainingPanel::connectPlots() {
  for (StepPlot* plot : plots()) {
    plot->setSeries(m_series);
    connect(plot, &StepPlot::stepChosen, m_steps, &StepBar::choose);
    connect(plot, &StepPlot::newestChosen, m_steps, [this] { m_steps->setFollowing(true); });
  }
  connect(m_tabs, &SegmentedButtons::chosen, this, [this] { arrange(); });
  connect(m_quantity, &SegmentedButtons::chosen, m_gates,
          [this](int index) { m_gates->setQuantity(static_cast<GatePathsPlot::Quantity>(index)); });
  connect(m_steps, &StepBar::stepChanged, this, &TrainingPanel::showStep);
  connect(m_steps, &StepBar::followingChanged, this, [this] { showStep(m_steps->step()); });
  connect(m_gates, &GatePathsPlot::headSelected, this, &TrainingPanel::headSelected);
}

std::vector<StepPlot*> TrainingPanel::plots() const { return {m_gates, m_budget, m_losses}; }

void TrainingPanel::arrange() {
  const bool wide = width() >= scaledPixels(kWide);
  const int tab = m_tabs->current();
  m_tabs->setOptionText(Gates, wide ? tr("Plots") : tr("Gates"));
  for (const int single : {Budget, Losses}) m_tabs->setOptionVisible(single, !wide);
  if (wide && (tab == Budget || tab == Losses)) m_tabs->setCurrent(Gates);
  m_gates->setVisible(wide || tab == Gates);
  m_budget->setVisible(wide || tab == Budget);
  m_losses->setVisible(wide || tab == Losses);
  m_pages->setCurrentWidget(tab == Log ? static_cast<QWidget*>(m_log) : tab == Gap ? m_gap : m_plotRow);
}

void TrainingPanel::resizeEvent(QResizeEvent* event) {
  PanelFrame::resizeEvent(event);
  arrange();
}

void TrainingPanel::clear() {
  m_series->clear();
  m_gap->setGap({});
  m_log->clear();
  setEvents({});
  m_steps->setFollowing(true);
  m_steps->setRange(0, m_totalSteps);
  grew();
}

void TrainingPanel::setHeadLayout(const HeadLayout& layout) {
  m_heads = layout.headCount();
  m_gates->setHeadLayout(layout);
  m_budget->setTarget(m_keep, m_heads);
}

void TrainingPanel::setPlan(int keep, std::int64_t totalSteps, int groups) {
  m_keep = keep;
  m_totalSteps = totalSteps;
  m_budget->setTarget(keep, groups > 0 ? groups : m_heads, groups > 0);
  for (StepPlot* plot : plots()) plot->setTotalSteps(totalSteps);
  m_steps->setRange(m_series->lastStep(), totalSteps);
}

void TrainingPanel::setPoints(std::span<const TrainPoint> points) {
  m_series->clear();
  appendPoints(points);
}

void TrainingPanel::appendPoints(std::span<const TrainPoint> points) {
  m_series->append(points);
  grew();
}

void TrainingPanel::grew() {
  for (StepPlot* plot : plots()) plot->seriesGrew();
  if (m_series->size() > 1) {
    const std::vector<double>& steps = m_series->steps();
    m_steps->setInterval(static_cast<std::int64_t>(steps[steps.size() - 1] - steps[steps.size() - 2]));
  }
  m_steps->setRange(m_series->lastStep(), m_totalSteps);
}

void TrainingPanel::setEvents(std::vector<TrainEvent> events) {
  m_events = std::move(events);
  m_log->clear();
  for (const TrainEvent& event : m_events) addLogLine(event);
  for (StepPlot* plot : plots()) plot->setEvents(m_events);
}

void TrainingPanel::appendEvent(const TrainEvent& event) {
  m_events.push_back(event);
  addLogLine(event);
  for (StepPlot* plot : plots()) plot->setEvents(m_events);
}

void TrainingPanel::addLogLine(const TrainEvent& event) {
  appendLog(tr("step %1  %2").arg(countText(event.step), QString::fromStdString(event.text)));
}

void TrainingPanel::appendLog(const QString& line) { m_log->appendPlainText(line); }

void TrainingPanel::setMask(const HeadMask& mask) { m_gates->setMask(mask); }
void TrainingPanel::setSelected(std::optional<HeadId> head) { m_gates->setSelected(head); }
std::int64_t TrainingPanel::shownStep() const { return m_steps->step(); }
bool TrainingPanel::following() const { return m_steps->following(); }

void TrainingPanel::showStep(std::int64_t step) {
  // While following, the curves' ends mark the step; a line there would only flicker.
  const std::optional<std::int64_t> cursor = m_steps->following() ? std::nullopt : std::optional(step);
  for (StepPlot* plot : plots()) plot->setStepCursor(cursor);
  if (!m_series->empty()) emit shownStepChanged(step);
}

}  // namespace headroom
