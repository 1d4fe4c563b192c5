// SPDX-License-Identifier: GPL-3.0-or-later
// What is looked at of a mask, and of several methods: speed, flips, comparisons.
#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTest>

#include "tests/widgets/sample_values.h"
#include "widgets/panels/compare_dialog.h"
#include "widgets/panels/flipped_panel.h"
#include "widgets/panels/speed_panel.h"

using namespace headroom;
using namespace headroom::testing;

class LookPanelsTest : public QObject {
  Q_OBJECT

 private slots:
  void speedPanelSaysWhatAMaskTakesAndSendsBounds() {
    const HeadLayout layout = evenLayout(4, 4);
    SpeedPanel panel;
    panel.setMask(HeadMask(layout));
    LatencyTable table;
    BlockCosts costs;
    costs.group = "encoder.self";
    for (int heads = 0; heads <= 4; ++heads) {
      costs.heads.push_back(heads);
      costs.ms.push_back(heads == 0 ? 0 : 1.0 + heads);
    }
    costs.fit();
    table.blocks = {costs};
    table.rests = {{Stack::Encoder, 4, 1.0}};
    table.busy = "machine too busy";
    panel.setTable(table);
    HeadMask mask(layout, false);
    mask.set(0, true);
    panel.setMask(mask);
    QVERIFY(panel.speedText().contains(QStringLiteral("6.00 ms")));
    QVERIFY(panel.speedText().contains(QStringLiteral("4.00 times")));
    QVERIFY(panel.speedText().contains(QStringLiteral("alone 10.00")));
    bool warned = false;
    for (const QLabel* label : panel.findChildren<QLabel*>())
      warned = warned || label->text().contains(QStringLiteral("too busy"));
    QVERIFY(warned);
    const auto saysElsewhere = [&panel] {
      for (const QLabel* label : panel.findChildren<QLabel*>())
        if (label->text().contains(QStringLiteral("measured elsewhere (hal)"))) return true;
      return false;
    };
    table.machine = "hal";
    panel.setTable(table, true);
    QVERIFY(saysElsewhere());
    panel.setTable(table);
    QVERIFY(!saysElsewhere());
    QSignalSpy accepted(&panel, &SpeedPanel::unsureAccepted);
    panel.setUnsure(QStringLiteral("machine too busy: twice"));
    for (QPushButton* button : panel.findChildren<QPushButton*>())
      if (button->text() == QStringLiteral("&Use them all the same")) {
        QVERIFY(!button->isHidden());
        button->click();
      }
    QCOMPARE(accepted.count(), 1);
    panel.setUnsure({});
    std::optional<double> ms, points;
    connect(&panel, &SpeedPanel::demandChosen, &panel,
            [&](std::optional<double> mostMs, std::optional<double> mostPoints) {
              ms = mostMs;
              points = mostPoints;
            });
    panel.findChildren<QCheckBox*>().at(1)->click();
    QVERIFY(!ms && points);
    panel.setDemand(12.5, std::nullopt);
    panel.findChildren<QCheckBox*>().at(1)->click();
    QVERIFY(ms && points);
    QCOMPARE(*ms, 12.5);
  }

  void speedPanelOffersTheOrderByTimeOrSaysWhyNot() {
    SpeedPanel panel;
    auto* box = panel.findChild<QCheckBox*>("byTime");
    QVERIFY(box != nullptr);
    QVERIFY(!box->isEnabled());
    QVERIFY2(box->toolTip().contains("Not now: measure what heads cost first."), qPrintable(box->toolTip()));
    QSignalSpy chosen(&panel, &SpeedPanel::byTimeChosen);
    panel.setByTime(false, {});
    QVERIFY(box->isEnabled());
    QVERIFY(!box->toolTip().contains("Not now"));
    box->click();
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen.last().first().toBool(), true);
    box->click();
    QCOMPARE(chosen.size(), 2);
    QCOMPARE(chosen.last().first().toBool(), false);
    panel.setByTime(true, "something else is computing");
    QVERIFY(box->isChecked() && !box->isEnabled());
    QCOMPARE(chosen.size(), 2);  // only the user chooses
  }

  void flippedPanelListsExamplesAndOpensOne() {
    FlippedPanel panel;
    MaskComparison comparison;
    comparison.flipped = {{31, "a text", "positive", "positive", "negative", false},
                          {4, "another", "negative", "positive", "negative", true}};
    comparison.lost = comparison.gained = 1;
    panel.setComparison(comparison);
    QVERIFY(panel.summaryText().contains(QStringLiteral("1 lost, 1 gained")));
    auto* table = panel.findChild<QTableWidget*>();
    QCOMPARE(table->rowCount(), 2);
    QCOMPARE(table->item(0, 1)->text(), QStringLiteral("a text"));
    QSignalSpy wanted(&panel, &FlippedPanel::exampleWanted);
    emit table->cellActivated(1, 1);
    QCOMPARE(wanted.first().first().toLongLong(), 4);
    comparison.flipped.clear();
    comparison.lost = comparison.gained = 0;
    panel.setComparison(comparison);
    QVERIFY(panel.summaryText().contains(QStringLiteral("No example flips")));
  }

  void compareDialogGreysOutWhatTheModelCannotDo() {
    CompareDialog dialog;
    dialog.setMethods({{"random", "Random", "", "post-hoc", {}, {}, false},
                       {"spatten", "SpAtten", "", "run-time", {kEncoderOnly}, {}, false}});
    auto* methods = dialog.findChild<QListWidget*>();
    methods->item(1)->setCheckState(Qt::Checked);
    dialog.setHeads(HeadLayout({{{Stack::Decoder, AttentionKind::Self, 0}, 4, 4}}));
    QVERIFY(methods->item(0)->flags().testFlag(Qt::ItemIsEnabled));
    QVERIFY(!methods->item(1)->flags().testFlag(Qt::ItemIsEnabled));
    QVERIFY(methods->item(1)->toolTip().contains(QStringLiteral("encoder only")));
    QCOMPARE(dialog.wish().methods, std::vector<std::string>{"random"});
    dialog.setHeads(evenLayout(6, 8));
    QVERIFY(methods->item(1)->flags().testFlag(Qt::ItemIsEnabled));
  }

  void compareDialogCountsGroupsWhereTheseArePruned() {
    CompareDialog dialog;
    dialog.setMethods({{"random", "Random", "", "post-hoc", {}, {}, false}});
    const HeadLayout layout(
        {{{Stack::Decoder, AttentionKind::Self, 0}, 4, 2}, {{Stack::Decoder, AttentionKind::Self, 1}, 4, 2}});
    dialog.setHeads(layout, "group");
    QCOMPARE(dialog.wish().unit, std::string("group"));
    QCOMPARE(dialog.wish().keeps, (std::vector<int>{0, 1, 2}));
    auto* keeps = dialog.findChildren<QLineEdit*>().first();
    auto* start = dialog.findChild<QPushButton*>();
    QCOMPARE(keeps->accessibleName(), QStringLiteral("Groups kept"));
    keeps->setText(QStringLiteral("4"));
    QVERIFY(start->isEnabled());
    keeps->setText(QStringLiteral("5"));
    QVERIFY(!start->isEnabled());
    dialog.setHeads(layout);
    QCOMPARE(dialog.wish().unit, std::string("head"));
    keeps->setText(QStringLiteral("5"));
    QVERIFY(start->isEnabled());
  }

  void compareDialogAsksForAGridAndShowsOneRegime() {
    CompareDialog dialog;
    dialog.setMethods({{"random", "Random", "", "post-hoc", {}, {}, false},
                       {"pass", "PASS", "", "joint training", {}, {}, true},
                       {"none", "None", "", "joint training", {}, {}, false}});
    dialog.setHeads(evenLayout(6, 8));
    QCOMPARE(dialog.wish().methods, std::vector<std::string>{"random"});
    QCOMPARE(dialog.wish().keeps, (std::vector<int>{4, 8, 12, 24}));
    QCOMPARE(dialog.wish().seeds, (std::vector<std::uint64_t>{1, 2, 3}));
    auto* methods = dialog.findChild<QListWidget*>();
    QCOMPARE(methods->count(), 2);  // plain training chooses no heads
    auto* start = dialog.findChild<QPushButton*>();
    QVERIFY(start->isEnabled());
    dialog.findChildren<QLineEdit*>().first()->setText(QStringLiteral("4, many"));
    QVERIFY(!start->isEnabled());
    dialog.findChildren<QLineEdit*>().first()->setText(QStringLiteral("4 49"));
    QVERIFY(!start->isEnabled());
    dialog.findChildren<QLineEdit*>().first()->setText(QStringLiteral("4"));
    QVERIFY(!dialog.wish().frozen);
    for (auto* box : dialog.findChildren<QCheckBox*>())
      if (box->text().contains(QStringLiteral("frozen"))) box->click();
    QVERIFY(dialog.wish().frozen);
    QVERIFY(!dialog.wish().recover);
    dialog.setPossible(QStringLiteral("no data"));
    QVERIFY(!start->isEnabled());
    dialog.setPossible({});
    Comparison comparison;
    comparison.layout = evenLayout(6, 8);
    comparison.metricName = "accuracy";
    for (const Regime regime : {Regime::PostHoc, Regime::Joint}) {
      CompareCell cell;
      cell.method = regime == Regime::Joint ? "pass" : "random";
      cell.regime = regime;
      cell.keep = 4;
      cell.done = true;
      cell.mask = keepRandom(comparison.layout, 4, 1);
      cell.metric.value = 0.75;
      comparison.cells.push_back(cell);
    }
    dialog.setComparison(comparison);
    auto* table = dialog.findChild<QTableWidget*>();
    QCOMPARE(table->rowCount(), 1);
    QCOMPARE(table->item(0, 0)->text(), QStringLiteral("random"));
    QSignalSpy stop(&dialog, &CompareDialog::stopWanted);
    dialog.setRunning(true);
    QVERIFY(!methods->isEnabled());
    start->click();
    QCOMPARE(stop.count(), 1);
  }
};

QTEST_MAIN(LookPanelsTest)
#include "look_panels_test.moc"
