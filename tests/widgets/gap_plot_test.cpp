// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/gap_plot.h"

#include <QImage>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include "widgets/plots/plot_theme.h"

using namespace headroom;

class GapPlotTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  void asksToMeasureOnlyWhatCanBe() {
    GapPlot plot;
    plot.resize(700, 180);
    plot.show();
    QVERIFY(QTest::qWaitForWindowExposed(&plot));
    auto* button = plot.findChild<QPushButton*>();
    QVERIFY(!button->isEnabled());
    plot.setPossible(QStringLiteral("no run"));
    QTRY_COMPARE(plot.accessibleDescription(), QStringLiteral("no run"));
    plot.setPossible({});
    QSignalSpy wanted(&plot, &GapPlot::measureWanted);
    button->click();
    QCOMPARE(wanted.count(), 1);
  }

  void saysTheThreeLosses() {
    GateGap gap;
    gap.examples = 2000;
    gap.sampledLoss = {0.31, 0.29, 0.33, 8};
    gap.sampledScore = {0.88, 0.87, 0.89, 8};
    gap.deterministicLoss = 0.24;
    gap.maskLoss = 0.25;
    gap.deterministic.value = gap.mask.value = 0.92;
    for (const ThemeChoice theme : {ThemeChoice::Light, ThemeChoice::Dark}) {
      applyTheme(*qApp, theme);
      GapPlot plot;
      plot.setPossible({});
      plot.setGap(gap);
      plot.resize(700, 180);
      plot.show();
      QVERIFY(QTest::qWaitForWindowExposed(&plot));
      QTRY_VERIFY(plot.accessibleDescription().contains(QStringLiteral("drawn gates 0.3100")));
      QVERIFY(plot.accessibleDescription().contains(QStringLiteral("the mask alone 0.2500 · accuracy 92.0")));
      QVERIFY(plot.accessibleName().contains(QStringLiteral("8 passes")));
      for (int round = 0; round < 6; ++round) QCoreApplication::processEvents();  // layout, rebuild, replot
      const QImage picture = plot.grab().toImage();
      if (const QString folder = qEnvironmentVariable("HEADROOM_PICTURES"); !folder.isEmpty())
        picture.save(QStringLiteral("%1/gap-%2.png").arg(folder).arg(theme == ThemeChoice::Dark ? "dark" : "light"));
      QVERIFY(!picture.isNull());
    }
  }
};

QTEST_MAIN(GapPlotTest)
#include "gap_plot_test.moc"
