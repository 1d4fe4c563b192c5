// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/compare_results.h"

#include <qcustomplot.h>

#include <QComboBox>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

#include "tests/widgets/sample_values.h"
#include "widgets/panels/cell_chooser.h"
#include "widgets/plots/compare_plot.h"
#include "widgets/plots/figure.h"
#include "widgets/plots/map_comparison.h"
#include "widgets/plots/overlap_plot.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/rank_plot.h"

using namespace headroom;
using namespace headroom::testing;

namespace {

constexpr CompareResults::View kViews[] = {CompareResults::Curves,  CompareResults::Maps,  CompareResults::Ranks,
                                           CompareResults::Overlap, CompareResults::Depth, CompareResults::Cost};

/// Three methods, two K, three seeds; one of them tells no order.
Comparison campaign() {
  Comparison comparison;
  comparison.layout = evenLayout(6, 8);
  comparison.metricName = "accuracy";
  comparison.full.value = 0.95;
  for (const std::string method : {"random", "taylor", "tickets"})
    for (const int keep : {8, 24})
      for (const std::uint64_t seed : {1U, 2U, 3U}) {
        CompareCell cell;
        cell.method = method;
        cell.regime = Regime::PostHoc;
        cell.keep = keep;
        cell.seed = seed;
        cell.done = true;
        for (int head = 0; head < 48; ++head)
          cell.scores.push_back(std::sin(head * (method == "random" ? 3.0 * static_cast<double>(seed) : 0.3)));
        cell.mask = keepTop(comparison.layout, cell.scores, keep);
        if (method == "tickets") cell.scores.clear();
        cell.metric.value = 0.6 + 0.01 * keep + 0.01 * static_cast<double>(seed);
        cell.costs = {method == "random" ? 0.0 : 2.0, 0, method == "taylor" ? 3.0 : 40.0, 0};
        comparison.cells.push_back(cell);
      }
  return comparison;
}

}  // namespace

class CompareResultsTest : public QObject {
  Q_OBJECT
 private slots:
  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }

  void everyViewIsDrawnInBothThemesAtBothSizes() {
    for (const ThemeChoice theme : {ThemeChoice::Light, ThemeChoice::Dark}) {
      applyTheme(*qApp, theme);
      CompareResults results;
      results.setComparison(campaign());
      results.resize(760, 560);
      results.show();
      QVERIFY(QTest::qWaitForWindowExposed(&results));
      for (const QSize size : {QSize(760, 560), QSize(460, 380)}) {
        results.resize(size);
        for (const CompareResults::View view : kViews) {
          results.showView(view);
          for (int round = 0; round < 6; ++round) QCoreApplication::processEvents();  // layout, rebuild, replot
          const QImage picture = results.grab().toImage();
          if (const QString folder = qEnvironmentVariable("HEADROOM_PICTURES"); !folder.isEmpty())
            picture.save(QStringLiteral("%1/%2-%3-%4.png")
                             .arg(folder)
                             .arg(int(view))
                             .arg(size.width())
                             .arg(theme == ThemeChoice::Dark ? "dark" : "light"));
          QVERIFY(!picture.isNull());
        }
      }
    }
    applyTheme(*qApp, ThemeChoice::Light);
  }

  void mapsShareTheirAxes() {
    MapComparison maps;
    std::vector<double> left(48, 0.0), right(48, 0.5);
    left[9] = 1;
    maps.setMaps(evenLayout(6, 8), {QStringLiteral("a"), left}, {QStringLiteral("b"), right});
    maps.resize(660, 260);
    maps.show();
    QVERIFY(QTest::qWaitForWindowExposed(&maps));
    const HeadId head{1, 1};
    const QRectF first = maps.cellOf(0, head), last = maps.cellOf(2, head);
    QCOMPARE(first.top(), last.top());
    QCOMPARE(first.width(), last.width());
    QTest::mouseMove(&maps, last.center().toPoint());
    QTRY_COMPARE(maps.marked(), std::optional(head));
    QVERIFY(maps.spokenText(head).contains(QStringLiteral("1.00 left, 0.50 right, difference +0.50")));
    QTest::keyClick(&maps, Qt::Key_Right);
    QCOMPARE(maps.marked(), std::optional(HeadId{1, 2}));
    QTest::keyClick(&maps, Qt::Key_Up);
    QCOMPARE(maps.marked(), std::optional(HeadId{2, 2}));
    // The marked cell is framed in every map.
    const QImage framed = maps.grab().toImage();
    const QColor cursor = PlotTheme::light().cursor;
    for (int map = 0; map < 3; ++map) {
      const QRectF cell = maps.cellOf(map, {2, 2});
      QCOMPARE(framed.pixelColor(int(cell.center().x()), int(std::lround(cell.top()))).hue() / 10, cursor.hue() / 10);
    }
  }

  void blinkingMapsTakeTurnsInOnePlace() {
    CompareResults results;
    results.setComparison(campaign());
    results.showView(CompareResults::Maps);
    results.resize(900, 600);
    results.show();
    QVERIFY(QTest::qWaitForWindowExposed(&results));
    auto* maps = results.findChild<MapComparison*>();
    const HeadId head{1, 1};
    const double width = maps->cellOf(0, head).width();
    QVERIFY(maps->cellOf(1, head) != maps->cellOf(0, head));
    QTest::keyClick(maps, Qt::Key_B);
    QVERIFY(maps->blinking());
    QCOMPARE(maps->cellOf(1, head), maps->cellOf(0, head));
    QVERIFY(maps->cellOf(0, head).width() > 1.5 * width);
    const QImage left = maps->grab().toImage();
    QTRY_VERIFY(maps->rightsTurn());
    QVERIFY(maps->grab().toImage() != left);
    QTRY_VERIFY(!maps->rightsTurn());
    QCOMPARE(maps->grab().toImage(), left);
    const auto buttons = results.findChildren<QPushButton*>();
    const auto blink = std::find_if(buttons.begin(), buttons.end(),
                                    [](const QPushButton* each) { return each->text() == QStringLiteral("&Blink"); });
    QVERIFY(blink != buttons.end() && (*blink)->isChecked());
    results.showView(CompareResults::Curves);
    QVERIFY2(!maps->blinking(), "what nobody sees takes no turns");
    QVERIFY((*blink)->isHidden() && !(*blink)->isChecked());
  }

  void mapsWithoutCellsSaySo() {
    MapComparison maps;
    maps.setMaps(evenLayout(6, 8), {QStringLiteral("a"), {}}, {QStringLiteral("b"), {}});
    QCOMPARE(maps.accessibleDescription(), QStringLiteral("nothing to compare yet"));
    QTest::keyClick(&maps, Qt::Key_Right);
    QVERIFY(!maps.marked());
  }

  void choosersOfferWhatIsDoneAndKeepTheirChoice() {
    CellChooser chooser(QStringLiteral("Left"));
    Comparison comparison = campaign();
    chooser.setComparison(comparison, Regime::PostHoc, 1);
    QCOMPARE(chooser.choice().method, std::string("taylor"));  // the second by name
    Comparison young = comparison;  // cells arrive one by one: what nobody chose does not stay
    std::erase_if(young.cells, [](const CompareCell& cell) { return cell.method != "random"; });
    CellChooser early(QStringLiteral("Right"));
    early.setComparison(young, Regime::PostHoc, 1);
    QCOMPARE(early.choice().method, std::string("random"));
    early.setComparison(comparison, Regime::PostHoc, 1);
    QCOMPARE(early.choice().method, std::string("taylor"));
    chooser.choose({Regime::PostHoc, "taylor", 24, 2});
    QCOMPARE(chooser.choice(), (CellChoice{Regime::PostHoc, "taylor", 24, 2}));
    comparison.cells.pop_back();
    chooser.setComparison(comparison, Regime::PostHoc, 1);
    QCOMPARE(chooser.choice(), (CellChoice{Regime::PostHoc, "taylor", 24, 2}));
    chooser.setComparison(comparison, Regime::Joint, 1);
    QVERIFY(!chooser.isEnabled());
    QVERIFY(chooser.text().isEmpty());
  }

  void ranksTellKendallsTauOrWhyNot() {
    RankPlot plot;
    plot.resize(400, 300);
    plot.show();
    QVERIFY(QTest::qWaitForWindowExposed(&plot));
    std::vector<double> up{1, 2, 3, 4}, down{4, 3, 2, 1};
    plot.setRanks(evenLayout(1, 4), {QStringLiteral("a"), up, 2}, {QStringLiteral("b"), down, 2});
    QTRY_VERIFY(plot.accessibleName().contains(QStringLiteral("τ −1.00")));
    plot.setRanks(evenLayout(1, 4), {QStringLiteral("a"), up, 2}, {QStringLiteral("tickets"), {}, 2});
    QTRY_VERIFY(plot.accessibleDescription().contains(QStringLiteral("No order of all heads is known of tickets")));
  }

  void ordersOfMethodsAreLaidOverEachOther() {
    OverlapPlot plot;
    plot.resize(400, 300);
    plot.show();
    QVERIFY(QTest::qWaitForWindowExposed(&plot));
    OverlapMatrix matrix;
    matrix.choices = {{Regime::PostHoc, "taylor", 2, std::nullopt}, {Regime::PostHoc, "random", 2, std::nullopt}};
    matrix.values = {1, -0.25, -0.25, 1};
    matrix.least = -1;
    plot.setMatrix(matrix);
    QTRY_VERIFY(plot.accessibleName().contains(QStringLiteral("Kendall")));
    matrix.least = 0;
    plot.setMatrix(matrix);
    QTRY_VERIFY(plot.accessibleName().contains(QStringLiteral("Jaccard")));
  }

  void tableHasConcentrationAndOverlap() {
    CompareResults results;
    results.setComparison(campaign());
    auto* table = results.findChild<QTableWidget*>();
    QCOMPARE(table->rowCount(), 6);
    const auto column = [table](const QString& name) {
      for (int i = 0; i < table->columnCount(); ++i)
        if (table->horizontalHeaderItem(i)->text() == name) return i;
      return -1;
    };
    // Rows by method and K: Taylor at 24 keeps the same heads in every seed.
    QVERIFY(table->item(3, column(QStringLiteral("Overlap (chance)")))->text().startsWith(QStringLiteral("1.00 (0.3")));
    QVERIFY(!table->item(3, column(QStringLiteral("Effective")))->text().isEmpty());
    QVERIFY(!table->item(3, column(QStringLiteral("Gini")))->text().isEmpty());
  }

  void rowsBringTheirCurvesForwardAndHeadingsSortByNumber() {
    CompareResults results;
    results.setComparison(campaign());
    results.resize(760, 560);
    results.show();
    QVERIFY(QTest::qWaitForWindowExposed(&results));
    auto* table = results.findChild<QTableWidget*>();
    auto* plot = results.findChild<ComparePlot*>()->findChild<QCustomPlot*>();
    // The unpruned line; then lower end, upper end and mean of random, of taylor, of tickets.
    QTRY_COMPARE(plot->graphCount(), 10);
    const auto opacity = [plot](int graph) { return plot->graph(graph)->pen().color().alphaF(); };
    const auto band = [plot](int graph) { return plot->graph(graph)->brush().color().alphaF(); };
    QTRY_VERIFY(opacity(3) > 0.99F && opacity(6) > 0.99F && band(5) > 0.1F);
    table->selectRow(0);
    QTRY_VERIFY(opacity(6) < 0.5F);
    QVERIFY(opacity(3) > 0.99F);
    QVERIFY2(band(2) > 0.2F && band(5) < 0.01F, "only the curve in front has its band");
    results.setComparison(campaign());  // as after every cell
    QCOMPARE(table->selectedItems().size(), table->columnCount());
    table->clearSelection();
    QTRY_VERIFY(opacity(6) > 0.99F);
    table->sortByColumn(1, Qt::AscendingOrder);
    QCOMPARE(table->item(0, 1)->text(), QStringLiteral("8"));  // as text, 24 would come first
    results.setComparison(campaign());
    QCOMPARE(table->item(0, 1)->text(), QStringLiteral("8"));
    table->sortByColumn(2, Qt::DescendingOrder);
    QCOMPARE(table->item(0, 1)->text(), QStringLiteral("24"));
  }

  void failedCellsSayWhy() {
    CompareResults results;
    Comparison comparison = campaign();
    comparison.cells.front().done = false;
    comparison.cells.front().error = "random: out of memory";
    results.setComparison(comparison);
    const auto* seeds = results.findChild<QTableWidget*>()->item(0, 3);
    QCOMPARE(seeds->text(), QStringLiteral("2, 1 failed"));
    QCOMPARE(seeds->toolTip(), QStringLiteral("seed 1: random: out of memory"));
  }

  void everythingIsSavedAsATableAndAsAPage() {
    CompareResults results;
    QSignalSpy table(&results, &CompareResults::tableWanted), page(&results, &CompareResults::reportWanted);
    const auto press = [&results](const QString& name) {
      for (auto* button : results.findChildren<QPushButton*>())
        if (button->accessibleName() == name) button->click();
    };
    press(QStringLiteral("Save as CSV"));
    QCOMPARE(table.count(), 0);  // there is nothing yet
    results.setComparison(campaign());
    press(QStringLiteral("Save as CSV"));
    press(QStringLiteral("Save as HTML"));
    QCOMPARE(table.count(), 1);
    QCOMPARE(page.count(), 1);
    QCOMPARE(page.front().front().value<Comparison>().cells.size(), campaign().cells.size());
  }

  void keptGroupsAreCalledGroups() {
    CompareResults results;
    Comparison comparison = campaign();
    comparison.unit = "group";
    std::vector<AttentionBlock> blocks = comparison.layout.blocks();
    for (AttentionBlock& block : blocks) block.kvHeads = 4;
    comparison.layout = HeadLayout(blocks);
    results.setComparison(comparison);
    const auto labels = results.findChildren<QLabel*>();
    QVERIFY(std::any_of(labels.begin(), labels.end(),
                        [](const QLabel* label) { return label->text() == QStringLiteral("Groups &kept"); }));
  }

  void viewsAreSavedUnderTheirNames() {
    CompareResults results;
    results.setComparison(campaign());
    results.resize(760, 560);
    results.show();
    QVERIFY(QTest::qWaitForWindowExposed(&results));
    Figure* wanted = nullptr;
    QString name;
    connect(&results, &CompareResults::pictureWanted, this, [&](Figure* figure, const QString& what, const QString&) {
      wanted = figure;
      name = what;
    });
    const QTemporaryDir folder;
    for (const CompareResults::View view : kViews) {
      results.showView(view);
      wanted = nullptr;
      for (auto* button : results.findChildren<QPushButton*>())
        if (button->text() == QStringLiteral("&Picture…")) button->click();
      QVERIFY(wanted);
      for (const QString ending : {"png", "svg", "pdf"}) {
        const QString path = folder.filePath(name + QLatin1Char('.') + ending);
        std::optional<QString> failure;
        saveFigure(*wanted, QStringLiteral("caption"), path, 0, [&](const QString& why) { failure = why; });
        QTRY_VERIFY(failure);
        QCOMPARE(*failure, QString());
        QVERIFY(QFileInfo(path).size() > 500);
      }
    }
  }
};

QTEST_MAIN(CompareResultsTest)
#include "compare_results_test.moc"
