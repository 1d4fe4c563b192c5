// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/explore_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>

#include "core/methods/method_table.h"
#include "widgets/panels/example_panel.h"
#include "widgets/panels/flipped_panel.h"
#include "widgets/panels/head_map_panel.h"
#include "widgets/panels/keep_panel.h"
#include "widgets/panels/project_panel.h"
#include "widgets/panels/segmented_buttons.h"
#include "widgets/panels/settings_panel.h"
#include "widgets/panels/speed_panel.h"
#include "widgets/panels/training_panel.h"
#include "widgets/plots/concentration_plot.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/slice_plot.h"
#include "widgets/plots/trade_off_plot.h"

namespace headroom {

namespace {

/// Raised whenever splitters are added or change their order: sizes saved before are forgotten then.
constexpr int kLayoutVersion = 1;
constexpr int kGap = 6;
constexpr int kLeftWidth = 224;

QSplitter* makeSplitter(Qt::Orientation orientation, const char* name, std::initializer_list<QWidget*> widgets) {
  auto* splitter = new QSplitter(orientation);
  splitter->setObjectName(QLatin1String(name));
  splitter->setHandleWidth(kGap);
  splitter->setChildrenCollapsible(false);
  for (QWidget* widget : widgets) splitter->addWidget(widget);
  return splitter;
}

/// Shares of the space there is, as in the design.
void share(QSplitter* splitter, std::initializer_list<double> shares) {
  const int space = splitter->orientation() == Qt::Horizontal ? splitter->width() : splitter->height();
  QList<int> sizes;
  int index = 0;
  for (const double part : shares) {
    sizes << static_cast<int>(part * space);
    splitter->setStretchFactor(index++, static_cast<int>(100 * part));
  }
  splitter->setSizes(sizes);
}

}  // namespace

ExploreView::ExploreView(Document* document, QWidget* parent) : QWidget(parent), m_document(document) {
  setObjectName(QStringLiteral("exploreView"));
  makePanels();
  arrange();
  linkEdits();
  linkOpening();
  linkMask();
  linkRun();
  linkSpeed();
  linkSelection();
  showModel();
}

void ExploreView::makePanels() {
  m_project = new ProjectPanel;
  m_settings = new SettingsPanel;
  m_settings->setMethods(methodTable());
  m_map = new HeadMapPanel;
  m_keep = new KeepPanel;
  m_keepHint = new QLabel;
  m_keepHint->setProperty("textRole", "secondary");
  m_keepHint->setIndent(14);
  m_keepHint->setFixedHeight(scaledPixels(22));
  m_keep->layout()->addWidget(m_keepHint);
  m_tradeOffFrame = new PanelFrame(tr("Trade-off"));
  m_tradeOff = new TradeOffPlot;
  m_axis = new SegmentedButtons(tr("What the score is plotted against"));
  m_axis->addOption(tr("heads"), tr("Score against heads kept"));
  m_axis->addOption(tr("ms"), tr("Score against the predicted time of a pass, once it is measured (Speed)"));
  m_axis->addOption(tr("timed"), tr("Score against the time of a pass of masks that were really timed (Speed)"));
  m_axis->addOption(tr("parameters"), tr("Score against the parameters that are left"));
  m_axis->setCompact();
  m_tradeOff->addTitleWidget(m_axis);
  m_tradeOffFrame->setBody(m_tradeOff);
  m_concentrationFrame = new PanelFrame(tr("Look"));
  m_concentration = new ConcentrationPlot;
  m_example = new ExamplePanel;
  m_lowerRight = new QStackedWidget;
  m_lowerRight->addWidget(m_concentration);
  m_lowerRight->addWidget(m_example);
  m_flipped = new FlippedPanel;
  m_slices = new SlicePlot;
  m_speed = new SpeedPanel;
  for (QWidget* page : std::initializer_list<QWidget*>{m_flipped, m_slices, m_speed}) m_lowerRight->addWidget(page);
  m_concentrationFrame->setBody(m_lowerRight);
  m_lowerRightPages = new SegmentedButtons(tr("What is shown here"));
  m_lowerRightPages->addOption(tr("Layers"), tr("How many heads each attention block keeps"));
  m_lowerRightPages->addOption(tr("Example"),
                               tr("What the model makes of one example, with every head and under the shown mask"));
  m_lowerRightPages->addOption(tr("Flips"), tr("Which examples change sides under the shown mask"));
  m_lowerRightPages->addOption(tr("Slices"),
                               tr("How each class, and short and long examples, fare under the shown mask"));
  m_lowerRightPages->addOption(tr("Speed"), tr("What heads cost on this machine, and the best mask within bounds"));
  m_lowerRightPages->setCompact();
  m_concentrationFrame->addBesideTitle(m_lowerRightPages);
  m_training = new TrainingPanel;
}

void ExploreView::arrange() {
  m_left = makeSplitter(Qt::Vertical, "leftSplitter", {m_project, m_settings});
  m_centre = makeSplitter(Qt::Vertical, "centreSplitter", {m_map, m_keep});
  m_right = makeSplitter(Qt::Vertical, "rightSplitter", {m_tradeOffFrame, m_concentrationFrame});
  m_upper = makeSplitter(Qt::Horizontal, "upperSplitter", {m_centre, m_right});
  m_rows = makeSplitter(Qt::Vertical, "rowsSplitter", {m_upper, m_training});
  m_columns = makeSplitter(Qt::Horizontal, "columnsSplitter", {m_left, m_rows});
  m_columns->setStretchFactor(0, 0);
  m_columns->setStretchFactor(1, 1);
  m_centre->setStretchFactor(0, 1);
  m_centre->setStretchFactor(1, 0);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(kGap, kGap, kGap, kGap);
  layout->addWidget(m_columns);
}

void ExploreView::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (m_sized) return;
  m_sized = true;
  resetSizes();
}

void ExploreView::resetSizes() {
  // From the outside in: an inner splitter's shares need its final size.
  m_columns->setSizes({kLeftWidth, width() - kLeftWidth});
  share(m_rows, {0.7, 0.3});
  share(m_upper, {0.65, 0.35});
  share(m_right, {0.55, 0.45});
  m_left->setSizes({height() / 3, height() - height() / 3});
  m_centre->setSizes({m_centre->height(), 0});  // the slider needs no more than its least height
}

void ExploreView::saveSizes(QSettings& settings) const {
  settings.beginGroup(QStringLiteral("explore"));
  settings.setValue(QStringLiteral("version"), kLayoutVersion);
  for (const QSplitter* splitter : {m_columns, m_left, m_rows, m_upper, m_centre, m_right})
    settings.setValue(splitter->objectName(), splitter->saveState());
  settings.endGroup();
}

void ExploreView::restoreSizes(const QSettings& settings) {
  const QString group = QStringLiteral("explore/");
  if (settings.value(group + QStringLiteral("version")).toInt() != kLayoutVersion) return;
  m_sized = true;
  for (QSplitter* splitter : {m_columns, m_left, m_rows, m_upper, m_centre, m_right}) {
    splitter->restoreState(settings.value(group + splitter->objectName()).toByteArray());
    splitter->setHandleWidth(kGap);
    splitter->setChildrenCollapsible(false);
  }
}

}  // namespace headroom
