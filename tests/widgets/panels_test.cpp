// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractButton>
#include <QAccessible>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTest>
#include <QTreeWidget>

#include "tests/widgets/sample_values.h"
#include "widgets/panels/head_map_panel.h"
#include "widgets/panels/keep_panel.h"
#include "widgets/panels/message_bar.h"
#include "widgets/panels/project_panel.h"
#include "widgets/panels/rate_edit.h"
#include "widgets/panels/settings_panel.h"
#include "widgets/panels/step_bar.h"
#include "widgets/panels/training_panel.h"
#include "widgets/plots/concentration_plot.h"
#include "widgets/plots/trade_off_plot.h"

using namespace headroom;
using namespace headroom::testing;

namespace {

KeepPanel* filledKeepPanel(const HeadMask& mask) {
  auto* panel = new KeepPanel;
  panel->setHeadCount(mask.headCount());
  panel->setKept(mask.keptCount());
  panel->setShownMask(mask);
  return panel;
}

/// Everything that takes the keyboard must say what it is and explain itself.
void checkTree(QWidget& root) {
  for (QWidget* widget : root.findChildren<QWidget*>()) {
    const bool inner = widget->objectName().startsWith(QLatin1String("qt_")) || widget->inherits("QScrollBar") ||
                       widget->inherits("QComboBoxListView");
    if (inner || !(widget->focusPolicy() & Qt::TabFocus)) continue;
    const QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(widget);
    const QByteArray what = QByteArray(widget->metaObject()->className()) + " in " + root.metaObject()->className();
    QVERIFY2(interface && !interface->text(QAccessible::Name).isEmpty(), what + " has no accessible name");
    QVERIFY2(!widget->toolTip().isEmpty() || widget->inherits("headroom::HeadMap"), what + " has no tooltip");
  }
}

}  // namespace

class PanelsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { QLocale::setDefault(QLocale::c()); }
  void everyControlHasNameAndTooltip();
  void labelsAreBuddies();
  void answerIsWrittenForEveryState();
  void answerForAnotherMaskIsDimmed();
  void liveUpdatesDoNotMoveATouchedSlider();
  void sliderAndNumberTellEveryPosition();
  void followLatchLetsGoAtTheFirstTouch();
  void replayedStepsDoNotBreakFollowing();
  void trainingPanelTellsTheShownStep();
  void narrowTrainingPanelShowsOnePlot();
  void settingsComeBackAsTheyWereSet();
  void settingsChangeTellsTheValues();
  void settingsOfL0AreOfferedForL0Alone();
  void pruningByGroupIsOfferedWhereThereAreGroups();
  void answerCountsQueryAndKeyValueHeads();
  void trainingLocksSettingsAndSaysWhy();
  void rateStepsThroughOneTwoFive();
  void runsAreActivatedByPath();
  void skippedRowsAreShown();
  void messagesCanBeCopiedAndClosed();
};

void PanelsTest::everyControlHasNameAndTooltip() {
  std::vector<std::unique_ptr<QWidget>> roots;
  roots.push_back(std::make_unique<HeadMapPanel>());
  roots.push_back(std::make_unique<ProjectPanel>());
  roots.push_back(std::make_unique<SettingsPanel>());
  roots.push_back(std::make_unique<KeepPanel>());
  roots.push_back(std::make_unique<TrainingPanel>());
  roots.push_back(std::make_unique<MessageBar>());
  auto frame = std::make_unique<PanelFrame>(QStringLiteral("Trade-off"));
  frame->setBody(new TradeOffPlot);
  roots.push_back(std::move(frame));
  for (const auto& root : roots) checkTree(*root);
}

void PanelsTest::labelsAreBuddies() {
  SettingsPanel settings;
  int buddies = 0;
  for (const QLabel* label : settings.findChildren<QLabel*>()) buddies += label->buddy() != nullptr;
  QCOMPARE(buddies, 22);
  KeepPanel keep;
  QVERIFY(keep.findChild<QLabel*>(QString(), Qt::FindChildrenRecursively));
}

void PanelsTest::answerIsWrittenForEveryState() {
  const HeadMask mask = concentratedMask(evenLayout(6, 8));
  std::unique_ptr<KeepPanel> panel(filledKeepPanel(mask));
  QCOMPARE(panel->answerText(), QStringLiteral("–"));
  panel->setHint(QStringLiteral("Move the slider."));
  QCOMPARE(panel->differenceText(), QStringLiteral("Move the slider."));
  panel->setUpdating(true);
  QCOMPARE(panel->differenceText(), QStringLiteral("evaluating …"));
  panel->setAnswer(answerFor(mask, false), false);
  QVERIFY(panel->detailText().startsWith(
      QStringLiteral("preliminary · accuracy on 640 of 2\u202f000 examples · 95 % interval 92.8 – 96.4")));
  panel->setAnswer(answerFor(mask, true), false);
  QCOMPARE(panel->answerText(), QStringLiteral("94.6\u202f%"));
  QCOMPARE(panel->differenceText(), QStringLiteral("\u22120.7 ± 0.6 points to the unpruned model"));
  QString hash = QString::fromStdString(mask.hash()).left(6);
  hash.insert(4, QChar(0x202f));
  QCOMPARE(panel->detailText(),
           QStringLiteral("exact · accuracy on 2\u202f000 of 2\u202f000 examples · 95 % interval 93.6 – 95.6 · "
                          "3 of 6 layers keep heads · mask ") +
               hash);
  panel->setAnswer(answerFor(mask, true), true);
  QVERIFY(panel->detailText().startsWith(QStringLiteral("exact, measured before")));
  panel->setShownMask(mask, true);
  QVERIFY(panel->detailText().contains(QStringLiteral("edited by hand, 16 heads")));
}

void PanelsTest::answerForAnotherMaskIsDimmed() {
  const HeadLayout layout = evenLayout(6, 8);
  const HeadMask mask = concentratedMask(layout);
  std::unique_ptr<KeepPanel> panel(filledKeepPanel(mask));
  panel->setAnswer(answerFor(mask, true), false);
  QVERIFY(!panel->dimmed());
  panel->setShownMask(HeadMask(layout));
  QVERIFY(panel->dimmed());
  QVERIFY(panel->detailText().startsWith(QStringLiteral("updating …")));
  panel->setAnswer(answerFor(HeadMask(layout), true), false);
  QVERIFY(!panel->dimmed());
}

void PanelsTest::liveUpdatesDoNotMoveATouchedSlider() {
  std::unique_ptr<KeepPanel> panel(filledKeepPanel(concentratedMask(evenLayout(6, 8))));
  panel->followKept(20);
  QCOMPARE(panel->kept(), 20);
  auto* slider = panel->findChild<QSlider*>();
  QTest::keyClick(slider, Qt::Key_Right);
  QCOMPARE(panel->kept(), 21);
  QVERIFY(panel->touched());
  panel->followKept(30);
  QCOMPARE(panel->kept(), 21);
  panel->setKept(12);
  QCOMPARE(panel->kept(), 12);
  panel->release();
  panel->followKept(30);
  QCOMPARE(panel->kept(), 30);
}

void PanelsTest::sliderAndNumberTellEveryPosition() {
  std::unique_ptr<KeepPanel> panel(filledKeepPanel(concentratedMask(evenLayout(6, 8))));
  QSignalSpy chosen(panel.get(), &KeepPanel::keptChosen);
  QSignalSpy released(panel.get(), &KeepPanel::keptReleased);
  auto* slider = panel->findChild<QSlider*>();
  auto* number = panel->findChild<QSpinBox*>();
  slider->setSliderDown(true);
  slider->setSliderPosition(10);
  slider->setSliderPosition(11);
  QCOMPARE(chosen.count(), 2);
  QCOMPARE(number->value(), 11);
  QCOMPARE(released.count(), 0);
  slider->setSliderDown(false);
  QCOMPARE(released.count(), 1);
  number->setValue(40);
  QCOMPARE(slider->value(), 40);
  QCOMPARE(chosen.count(), 3);
  QCOMPARE(released.count(), 2);
  panel->setKept(3);
  QCOMPARE(chosen.count(), 3);
}

void PanelsTest::followLatchLetsGoAtTheFirstTouch() {
  StepBar bar;
  bar.setRange(100, 1000);
  QCOMPARE(bar.step(), std::int64_t{100});
  bar.setRange(200, 1000);
  QCOMPARE(bar.step(), std::int64_t{200});
  auto* slider = bar.findChild<QSlider*>();
  QSignalSpy following(&bar, &StepBar::followingChanged);
  QTest::keyClick(slider, Qt::Key_Left);
  QVERIFY(!bar.following());
  const std::int64_t chosen = bar.step();
  QVERIFY(chosen < 200);
  bar.setRange(500, 1000);
  QCOMPARE(bar.step(), chosen);
  QTest::keyClick(slider, Qt::Key_End);
  QVERIFY(bar.following());
  QCOMPARE(bar.step(), std::int64_t{500});
  bar.setRange(600, 1000);
  QCOMPARE(bar.step(), std::int64_t{600});
  QCOMPARE(following.count(), 2);
}

void PanelsTest::replayedStepsDoNotBreakFollowing() {
  StepBar bar;
  bar.setInterval(10);
  bar.setRange(500, 1000);
  bar.choose(300);
  bar.setRange(200, 1000);  // resumed from a checkpoint
  QCOMPARE(bar.step(), std::int64_t{200});
  QVERIFY(!bar.following());
  for (QAbstractButton* button : bar.findChildren<QAbstractButton*>())
    if (button->accessibleName() == QStringLiteral("Previous step")) button->click();
  QCOMPARE(bar.step(), std::int64_t{190});
}

void PanelsTest::trainingPanelTellsTheShownStep() {
  const HeadLayout layout = evenLayout(6, 8);
  TrainingPanel panel;
  panel.setHeadLayout(layout);
  panel.setPlan(16, 1000);
  QSignalSpy shown(&panel, &TrainingPanel::shownStepChanged);
  const std::vector<TrainPoint> points = trainPoints(concentratedMask(layout), 1000, 100);
  panel.appendPoints(std::span(points).first(50));
  QCOMPARE(panel.shownStep(), std::int64_t{500});
  QVERIFY(panel.following());
  panel.stepBar()->choose(255);
  QCOMPARE(shown.last().first().toLongLong(), 255LL);
  QCOMPARE(panel.series().indexAt(panel.shownStep()), size_t{24});
  panel.appendPoints(std::span(points).subspan(50));
  QCOMPARE(panel.shownStep(), std::int64_t{255});
  panel.clear();
  QVERIFY(panel.following());
  QCOMPARE(panel.shownStep(), std::int64_t{0});
}

void PanelsTest::narrowTrainingPanelShowsOnePlot() {
  TrainingPanel panel;
  panel.resize(1300, 240);
  panel.show();
  QTRY_VERIFY(panel.isVisible());
  const auto visible = [&panel] {
    int count = 0;
    for (const QWidget* plot : panel.findChildren<QWidget*>())
      if (plot->inherits("headroom::StepPlot") && plot->isVisible()) ++count;
    return count;
  };
  QTRY_COMPARE(visible(), 3);
  panel.resize(700, 240);
  QTRY_COMPARE(visible(), 1);
}

void PanelsTest::settingsComeBackAsTheyWereSet() {
  TrainSettings settings;
  settings.method = "pass";
  settings.keep = 12;
  settings.steps = 1200;
  settings.batch = 16;
  settings.lr = 3e-5;
  settings.gateLr = 0.2;
  settings.seed = 7;
  settings.published = true;
  settings.clipAt = 6;
  settings.reopen = false;
  settings.freezeWeights = true;
  settings.recover = 300;
  settings.lambda = 0.2;
  settings.concentratorCap = 500;
  settings.lambdaCap = 4;
  settings.lambdaSearched = true;
  settings.lambdaWarmup = 1.0 / 3;  // shown as 0.33
  settings.gateStart = -2.345;
  settings.hardGates = true;
  settings.scaleByOpen = true;
  SettingsPanel panel;
  panel.setMaximumHeads(48);
  panel.setSettings(settings);
  QCOMPARE(panel.settings(), settings);
  panel.setMaximumHeads(8);
  QCOMPARE(panel.settings().keep, 8);
}

void PanelsTest::settingsChangeTellsTheValues() {
  SettingsPanel panel;
  panel.setMaximumHeads(48);
  QSignalSpy changed(&panel, &SettingsPanel::settingsChanged);
  panel.setSettings(TrainSettings());
  QCOMPARE(changed.count(), 0);
  panel.findChild<QComboBox*>()->setCurrentIndex(1);
  QCOMPARE(changed.count(), 1);
  QCOMPARE(changed.last().first().value<TrainSettings>().method, std::string("pass"));
}

void PanelsTest::settingsOfL0AreOfferedForL0Alone() {
  SettingsPanel panel;
  std::vector<MethodInfo> methods(2);
  methods[0].name = "passconc";
  methods[1].name = "l0";
  panel.setMethods(methods);
  const auto field = [&panel](const char* name) {
    for (QWidget* widget : panel.findChildren<QWidget*>())
      if (widget->accessibleName() == QString::fromUtf8(name)) return widget;
    return static_cast<QWidget*>(nullptr);
  };
  const std::vector<const char*> names{"λ", "Search λ", "λ warm-up", "Gate start", "Hard gates", "Scale by open"};
  const QString reason = QStringLiteral("Only the method L0 uses this.");
  for (const char* name : names) {
    QVERIFY2(field(name), name);
    QVERIFY2(!field(name)->isEnabled(), name);
    QVERIFY2(field(name)->toolTip().startsWith(reason), name);
  }
  TrainSettings settings;
  settings.method = "l0";
  panel.setSettings(settings);
  for (const char* name : names) {
    QVERIFY2(field(name)->isEnabled(), name);
    QVERIFY2(!field(name)->toolTip().contains(reason), name);
  }
  QSignalSpy changed(&panel, &SettingsPanel::settingsChanged);
  for (const char* name : {"Search λ", "Hard gates", "Scale by open"})
    static_cast<QCheckBox*>(field(name))->setChecked(true);
  static_cast<QDoubleSpinBox*>(field("λ warm-up"))->setValue(0.25);
  static_cast<QDoubleSpinBox*>(field("Gate start"))->setValue(2.5);
  QCOMPARE(changed.count(), 5);
  settings.lambdaSearched = settings.hardGates = settings.scaleByOpen = true;
  settings.lambdaWarmup = 0.25;
  settings.gateStart = 2.5;
  QCOMPARE(changed.last().first().value<TrainSettings>(), settings);
  panel.setTraining(true);
  QVERIFY(!field("Search λ")->isEnabled());
  QVERIFY(field("Search λ")->toolTip().startsWith(QStringLiteral("Locked")));
}

void PanelsTest::pruningByGroupIsOfferedWhereThereAreGroups() {
  SettingsPanel panel;
  auto* unit = panel.findChildren<QComboBox*>().at(1);
  QCOMPARE(unit->accessibleName(), QStringLiteral("Prune by"));
  panel.setMaximumHeads(40);
  QVERIFY(!unit->isEnabled());
  QVERIFY(unit->toolTip().startsWith(QStringLiteral("This model's query heads do not share")));
  panel.setMaximumHeads(40, 20);
  QVERIFY(unit->isEnabled());
  QVERIFY(!unit->toolTip().contains(QStringLiteral("do not share")));
  TrainSettings settings;
  settings.keep = 12;
  panel.setSettings(settings);
  QSignalSpy changed(&panel, &SettingsPanel::settingsChanged);
  unit->setCurrentIndex(1);
  QCOMPARE(changed.count(), 1);
  QCOMPARE(panel.settings().unit, std::string("group"));
  QCOMPARE(panel.settings().keep, 6);  // K keeps its share
  unit->setCurrentIndex(0);
  QCOMPARE(panel.settings().keep, 12);
  settings.unit = "group";
  settings.keep = 18;
  panel.setSettings(settings);
  QCOMPARE(panel.settings(), settings);
  panel.setTraining(true);
  QVERIFY(!unit->isEnabled());
  panel.setTraining(false);
  QVERIFY(unit->isEnabled());
  panel.setMaximumHeads(16);
  QCOMPARE(panel.settings().unit, std::string("head"));
}

void PanelsTest::answerCountsQueryAndKeyValueHeads() {
  const HeadLayout layout(
      {{{Stack::Decoder, AttentionKind::Self, 0}, 4, 2}, {{Stack::Decoder, AttentionKind::Self, 1}, 4, 2}});
  HeadMask mask(layout, false);
  for (const int head : {0, 1, 2}) mask.set(head, true);
  std::unique_ptr<KeepPanel> panel(filledKeepPanel(mask));
  QVERIFY2(panel->detailText().contains(QStringLiteral("3 of 8 query heads on 2 of 4 key/value heads")),
           qPrintable(panel->detailText()));
  panel->setShownMask(concentratedMask(evenLayout(6, 8)));
  QVERIFY(!panel->detailText().contains(QStringLiteral("key/value")));
}

void PanelsTest::trainingLocksSettingsAndSaysWhy() {
  SettingsPanel panel;
  panel.setTraining(true);
  for (const QSpinBox* box : panel.findChildren<QSpinBox*>()) {
    QVERIFY(!box->isEnabled());
    QVERIFY(box->toolTip().startsWith(QStringLiteral("Locked while a run is training")));
  }
  panel.setTraining(false);
  for (const QSpinBox* box : panel.findChildren<QSpinBox*>()) {
    QVERIFY(box->isEnabled());
    QVERIFY(!box->toolTip().contains(QStringLiteral("Locked")));
  }
}

void PanelsTest::rateStepsThroughOneTwoFive() {
  RateEdit edit;
  edit.setValue(5e-5);
  QCOMPARE(edit.text(), QStringLiteral("5e-5"));
  edit.stepBy(1);
  QCOMPARE(edit.text(), QStringLiteral("1e-4"));
  edit.stepBy(1);
  QCOMPARE(edit.text(), QStringLiteral("2e-4"));
  edit.stepBy(-3);
  QCOMPARE(edit.text(), QStringLiteral("2e-5"));
  edit.setValue(3e-5);
  edit.stepBy(-1);
  QCOMPARE(edit.text(), QStringLiteral("2e-5"));
  QCOMPARE(edit.valueFromText(QStringLiteral("0.25")), 0.25);
  QString text = QStringLiteral("2e-");
  int position = 0;
  QCOMPARE(edit.validate(text, position), QValidator::Intermediate);
  text = QStringLiteral("abc");
  QCOMPARE(edit.validate(text, position), QValidator::Invalid);
}

void PanelsTest::runsAreActivatedByPath() {
  ProjectPanel panel;
  panel.resize(240, 400);
  panel.setRuns({{"one.h5", "passconc", 16, 1, 0.946, "finished"}, {"two.h5", "none", 0, 3, std::nullopt, "running"}});
  panel.setCurrentRun("one.h5");
  panel.show();
  auto* list = panel.findChild<QTreeWidget*>();
  QCOMPARE(list->topLevelItemCount(), 2);
  QCOMPARE(list->topLevelItem(0)->text(0), QStringLiteral("● PASSCONC K 16 s1"));
  QCOMPARE(list->topLevelItem(0)->text(1), QStringLiteral("94.6"));
  QCOMPARE(list->topLevelItem(1)->text(0), QStringLiteral("○ none s3"));
  QCOMPARE(list->topLevelItem(1)->text(1), QStringLiteral("running"));
  QSignalSpy activated(&panel, &ProjectPanel::runActivated);
  list->setCurrentItem(list->topLevelItem(1));
  QTest::keyClick(list, Qt::Key_Return);
  QCOMPARE(activated.count(), 1);
  QCOMPARE(activated.first().first().toString(), QStringLiteral("two.h5"));
}

void PanelsTest::skippedRowsAreShown() {
  ProjectPanel panel;
  panel.setData(dataSummary());
  bool found = false;
  for (const QLabel* label : panel.findChildren<QLabel*>())
    if (label->text() == QStringLiteral("12 rows skipped")) {
      found = true;
      QVERIFY(label->toolTip().contains(QStringLiteral("3 skipped: label missing")));
    }
  QVERIFY(found);
  panel.setData(std::nullopt);
}

void PanelsTest::messagesCanBeCopiedAndClosed() {
  MessageBar bar;
  QVERIFY(bar.isHidden());
  bar.showMessage(MessageBar::Severity::Error, QStringLiteral("Disk full"), QStringLiteral("run.h5"));
  QVERIFY(!bar.isHidden());
  for (QAbstractButton* button : bar.findChildren<QAbstractButton*>())
    if (button->text() == QStringLiteral("Copy")) button->click();
  QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("Disk full\nrun.h5"));
  QSignalSpy dismissed(&bar, &MessageBar::dismissed);
  QTest::keyClick(&bar, Qt::Key_Escape);
  QVERIFY(bar.isHidden());
  QCOMPARE(dismissed.count(), 1);
}

QTEST_MAIN(PanelsTest)
#include "panels_test.moc"
