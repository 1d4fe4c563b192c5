// SPDX-License-Identifier: GPL-3.0-or-later
#include <qcustomplot.h>

#include <QFile>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <ctime>

#include "tests/widgets/sample_values.h"
#include "widgets/plots/concentration_plot.h"
#include "widgets/plots/gate_paths_plot.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/slice_plot.h"
#include "widgets/plots/thinning.h"
#include "widgets/plots/trade_off_plot.h"
#include "widgets/plots/train_series.h"

using namespace headroom;
using namespace headroom::testing;

namespace {

std::shared_ptr<TrainSeries> seriesOf(const HeadMask& mask, std::int64_t steps, int count) {
  auto series = std::make_shared<TrainSeries>();
  const std::vector<TrainPoint> points = trainPoints(mask, steps, count);
  series->append(points);
  return series;
}

QCustomPlot* drawingOf(QWidget& plot) { return plot.findChild<QCustomPlot*>(); }

void showAndDraw(QWidget& plot, QSize size) {
  plot.resize(size);
  plot.show();
  QVERIFY(QTest::qWaitForWindowExposed(&plot));
  QCoreApplication::processEvents();
  QCoreApplication::processEvents();
}

}  // namespace

class PlotsTest : public QObject {
  Q_OBJECT
 private slots:
  void thinningKeepsExtremes();
  void thinningLeavesFewPointsAlone();
  void thinningLeavesOutNaN();
  void seriesForgetsWhatAResumedRunRepeats();
  void seriesFillsGapsForPointsWithoutGates();
  void cursorFollowsTheMouse();
  void cursorFollowsTheKeys();
  void cursorSetByTheProgramDoesNotEmit();
  void cursorStaysWhileAnotherCurveIsAwaited();
  void cursorFollowsTheMouseOnAnotherAxis();
  void limitsAreDraggedByTheirLines();
  void pinsAreShownByAClick();
  void whatIsNotTimedIsNotDrawnOnTheTimedAxis();
  void slicesNameAClassThatIsGivenUp();
  void figuresAreAsWideOnPaperAsAsked();
  void clickOnAPathSelectsItsHead();
  void clickBesidePathsChoosesTheStep();
  void stepKeysWalkTheLoggedSteps();
  void manyLongPathsRepaintQuickly();
  void emptyPlotsSayHowToFillThem();
  void randomExpectationSharesByBlockSize();
  void numbersAreWrittenForPeople();
};

void PlotsTest::thinningKeepsExtremes() {
  std::vector<double> x;
  std::vector<float> y;
  for (int i = 0; i < 10000; ++i) {
    x.push_back(i);
    y.push_back(0.5F + 0.1F * static_cast<float>(std::sin(i * 0.01)));
  }
  y[4321] = 7;
  y[8765] = -7;
  const QList<QPointF> points = thinned(x, std::span<const float>(y), {0, 10000, 300});
  QVERIFY(points.size() <= 2 * 300 + 4);
  QVERIFY(points.contains(QPointF(4321, 7)));
  QVERIFY(points.contains(QPointF(8765, -7)));
  QVERIFY(std::is_sorted(points.begin(), points.end(), [](QPointF a, QPointF b) { return a.x() < b.x(); }));
}

void PlotsTest::thinningLeavesFewPointsAlone() {
  const std::vector<double> x{0, 10, 20, 30};
  const std::vector<double> y{1, 2, 0, 3};
  const QList<QPointF> points = thinned(x, std::span<const double>(y), {0, 30, 500});
  QCOMPARE(points, (QList<QPointF>{{0, 1}, {10, 2}, {20, 0}, {30, 3}}));
  QVERIFY(thinned({}, std::span<const double>(), {0, 1, 10}).isEmpty());
  // One point on either side of the range stays, so that lines leave the plot.
  QCOMPARE(thinned(x, std::span<const double>(y), {9, 11, 500}).size(), 3);
}

void PlotsTest::thinningLeavesOutNaN() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<double> x{0, 1, 2, 3};
  const std::vector<float> y{nan, 1, nan, 2};
  QCOMPARE(thinned(x, std::span<const float>(y), {0, 3, 1}), (QList<QPointF>{{1, 1}, {3, 2}}));
}

void PlotsTest::seriesForgetsWhatAResumedRunRepeats() {
  const HeadMask mask(evenLayout(6, 8));
  TrainSeries series;
  const std::vector<TrainPoint> points = trainPoints(mask, 1000, 100);
  series.append(points);
  QCOMPARE(series.size(), size_t{100});
  series.append(std::span(points).subspan(59));
  QCOMPARE(series.size(), size_t{100});
  QCOMPARE(series.pOpen(3).size(), size_t{100});
  QCOMPARE(series.lastStep(), std::int64_t{1000});
  QCOMPARE(series.indexAt(605), size_t{59});
  QCOMPARE(series.indexAt(0), size_t{0});
}

void PlotsTest::seriesFillsGapsForPointsWithoutGates() {
  TrainSeries series;
  TrainPoint plain;
  plain.step = 1;
  TrainPoint gated;
  gated.step = 2;
  gated.pOpen = {0.5F, 0.6F};
  gated.logAlpha = {0, 1};
  series.append(std::vector<TrainPoint>{plain, gated});
  QCOMPARE(series.headCount(), 2);
  QVERIFY(std::isnan(series.pOpen(1)[0]));
  QCOMPARE(series.pOpenAt(1), (std::vector<float>{0.5F, 0.6F}));
}

void PlotsTest::cursorFollowsTheMouse() {
  const HeadMask mask = concentratedMask(evenLayout(6, 8));
  TradeOffPlot plot;
  plot.setCurve(accuracyCurve(mask));
  showAndDraw(plot, {500, 300});
  QSignalSpy chosen(&plot, &TradeOffPlot::keptChosen);
  QSignalSpy released(&plot, &TradeOffPlot::keptReleased);
  QCustomPlot* drawing = drawingOf(plot);
  const int middle = drawing->height() / 2;
  QTest::mousePress(drawing, Qt::LeftButton, {}, QPoint(static_cast<int>(plot.pixelOf(20)), middle));
  QCOMPARE(plot.cursor(), 20);
  QTest::mouseMove(drawing, QPoint(static_cast<int>(plot.pixelOf(31) + 0.5), middle));
  QTRY_COMPARE(plot.cursor(), 31);
  QTest::mouseMove(drawing, QPoint(5000, middle));
  QTRY_COMPARE(plot.cursor(), 48);
  QTest::mouseRelease(drawing, Qt::LeftButton, {}, QPoint(static_cast<int>(plot.pixelOf(48)), middle));
  QCOMPARE(chosen.count(), 3);
  QCOMPARE(released.count(), 1);
  QTest::mouseMove(drawing, QPoint(static_cast<int>(plot.pixelOf(10)), middle));
  QCoreApplication::processEvents();
  QCOMPARE(plot.cursor(), 48);
}

void PlotsTest::cursorFollowsTheKeys() {
  TradeOffPlot plot;
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8))));
  showAndDraw(plot, {500, 300});
  plot.setCursor(16);
  QSignalSpy chosen(&plot, &TradeOffPlot::keptChosen);
  QTest::keyClick(&plot, Qt::Key_Left);
  QCOMPARE(plot.cursor(), 15);
  QTest::keyClick(&plot, Qt::Key_PageUp);
  QCOMPARE(plot.cursor(), 19);
  QTest::keyClick(&plot, Qt::Key_End);
  QTest::keyClick(&plot, Qt::Key_Right);
  QCOMPARE(plot.cursor(), 48);
  QTest::keyClick(&plot, Qt::Key_Home);
  QCOMPARE(plot.cursor(), 0);
  QCOMPARE(chosen.count(), 4);
}

void PlotsTest::cursorSetByTheProgramDoesNotEmit() {
  TradeOffPlot plot;
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8))));
  QSignalSpy chosen(&plot, &TradeOffPlot::keptChosen);
  plot.setCursor(7);
  QCOMPARE(plot.cursor(), 7);
  QCOMPARE(chosen.count(), 0);
}

void PlotsTest::cursorStaysWhileAnotherCurveIsAwaited() {
  TradeOffPlot plot;
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8))));
  plot.setCursor(40);
  plot.setCurve({});
  QCOMPARE(plot.cursor(), 40);
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8))));
  QCOMPARE(plot.cursor(), 40);
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(4, 4))));
  QCOMPARE(plot.cursor(), 16);
}

void PlotsTest::cursorFollowsTheMouseOnAnotherAxis() {
  TradeOffPlot plot;
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8))));
  std::vector<double> ms;
  for (int kept = 0; kept <= 48; ++kept) ms.push_back(10 + 0.02 * kept * kept);
  plot.setAxis(QStringLiteral("ms"), ms);
  showAndDraw(plot, {500, 300});
  QCustomPlot* drawing = drawingOf(plot);
  QVERIFY(plot.pixelOf(40) - plot.pixelOf(30) > 3 * (plot.pixelOf(20) - plot.pixelOf(15)));
  QTest::mouseClick(drawing, Qt::LeftButton, {},
                    QPoint(static_cast<int>(std::lround(plot.pixelOf(40))), drawing->height() / 2));
  QCOMPARE(plot.cursor(), 40);
  QCOMPARE(drawing->xAxis->label(), QStringLiteral("ms"));
  plot.setAxis({}, {});
  QTRY_COMPARE(drawing->xAxis->label(), QStringLiteral("heads kept"));
}

void PlotsTest::limitsAreDraggedByTheirLines() {
  TradeOffPlot plot;
  const Curve curve = accuracyCurve(concentratedMask(evenLayout(6, 8)));
  plot.setCurve(curve);
  plot.setLimits(std::nullopt, 4.0);
  showAndDraw(plot, {500, 300});
  QCustomPlot* drawing = drawingOf(plot);
  QSignalSpy dragged(&plot, &TradeOffPlot::mostLostDragged);
  QSignalSpy chosen(&plot, &TradeOffPlot::keptChosen);
  const int from = static_cast<int>(drawing->yAxis->coordToPixel(100 * curve.full.value - 4));
  const int to = static_cast<int>(drawing->yAxis->coordToPixel(100 * curve.full.value - 9));
  QTest::mousePress(drawing, Qt::LeftButton, {}, QPoint(drawing->width() / 2, from));
  QTest::mouseMove(drawing, QPoint(drawing->width() / 2, to));
  QTest::mouseRelease(drawing, Qt::LeftButton, {}, QPoint(drawing->width() / 2, to));
  QVERIFY(dragged.count() > 0);
  QVERIFY(std::abs(dragged.last().first().toDouble() - 9) < 0.5);
  QCOMPARE(chosen.count(), 0);
}

void PlotsTest::pinsAreShownByAClick() {
  TradeOffPlot plot;
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8))));
  plot.setPins({{QStringLiteral("A"), 30, 0.8, 0.78, 0.82}, {QStringLiteral("B"), 10, 0.7, 0.68, 0.72}});
  showAndDraw(plot, {500, 300});
  QCustomPlot* drawing = drawingOf(plot);
  QSignalSpy pin(&plot, &TradeOffPlot::pinChosen), chosen(&plot, &TradeOffPlot::keptChosen),
      wanted(&plot, &TradeOffPlot::pinWanted);
  const auto at = [drawing](double x, double y) {
    return QPoint(static_cast<int>(drawing->xAxis->coordToPixel(x)), static_cast<int>(drawing->yAxis->coordToPixel(y)));
  };
  QTest::mouseClick(drawing, Qt::LeftButton, {}, at(10, 70));
  QCOMPARE(pin.count(), 1);
  QCOMPARE(pin.first().first().toInt(), 1);
  QCOMPARE(chosen.count(), 0);
  QTest::mouseClick(drawing, Qt::LeftButton, {}, at(10, 85));
  QCOMPARE(chosen.count(), 1);
  QTest::keyClick(&plot, Qt::Key_P);
  QCOMPARE(wanted.count(), 1);
  plot.setOtherRuns({{QStringLiteral("DSP"), 12, 0.6, 0.58, 0.62}});
  QCoreApplication::processEvents();
  const auto rings = [&] {
    int count = 0;
    for (int i = 0; i < drawing->graphCount(); ++i)
      if (drawing->graph(i)->dataCount() == 1 && drawing->graph(i)->data()->at(0)->key == 12 &&
          drawing->graph(i)->data()->at(0)->value == 60)
        ++count;
    return count;
  };
  QCOMPARE(rings(), 1);
  QVERIFY(drawing->yAxis->range().lower <= 58);
  QTest::mouseClick(drawing, Qt::LeftButton, {}, at(12, 60));  // other weights: not to be shown by a click
  QCOMPARE(pin.count(), 1);
  plot.setOtherRuns({});
  QCoreApplication::processEvents();
  QCOMPARE(rings(), 0);
  plot.setPins({});
  QCoreApplication::processEvents();
  QTest::mouseClick(drawing, Qt::LeftButton, {}, at(30, 80));
  QCOMPARE(pin.count(), 1);
}

void PlotsTest::whatIsNotTimedIsNotDrawnOnTheTimedAxis() {
  TradeOffPlot plot;
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8))));
  std::vector<double> ms(49, std::numeric_limits<double>::quiet_NaN());
  ms[12] = 3.5;
  ms[48] = 9;
  plot.setAxis(QStringLiteral("ms, timed"), ms);
  plot.setTimed({{{}, 3.5, 0.9, 0.88, 0.92}, {{}, 9, 0.95, 0.94, 0.96}, {{}, 4, 0.7, 0.68, 0.72}});
  plot.setCursor(20);
  showAndDraw(plot, {500, 300});
  QCustomPlot* drawing = drawingOf(plot);
  QVERIFY(drawing->xAxis->range().lower < 3.5 && drawing->xAxis->range().upper > 9);
  QVERIFY(drawing->xAxis->range().upper < 11);
  int timedDots = 0;
  for (int i = 0; i < drawing->graphCount(); ++i) {
    const bool marks = drawing->graph(i)->scatterStyle().shape() == QCPScatterStyle::ssSquare;
    const int count = drawing->graph(i)->dataCount();
    if (marks) timedDots = count;
    if (!marks)
      QVERIFY(count == 0 || (count == 1 && drawing->graph(i)->data()->at(0)->key == 3.5));  // the ring of the trained K
  }
  QCOMPARE(timedDots, 3);
  QTest::mouseClick(drawing, Qt::LeftButton, {}, QPoint(static_cast<int>(plot.pixelOf(12)) + 4, drawing->height() / 4));
  QCOMPARE(plot.cursor(), 12);
}

void PlotsTest::slicesNameAClassThatIsGivenUp() {
  SlicePlot plot;
  showAndDraw(plot, {400, 200});
  const auto share = [](double value) { return MetricValue{"accuracy", value, value - 0.02, value + 0.02, 100}; };
  MaskComparison comparison;
  comparison.classes = {{"rare", share(0.8), share(0.1)}, {"common", share(0.9), share(0.9)}};
  plot.setComparison(comparison, 0.02);
  QVERIFY(plot.warning().contains(QStringLiteral("rare")));
  QVERIFY(!plot.warning().contains(QStringLiteral("common")));
  QVERIFY(plot.accessibleDescription().contains(QStringLiteral("rare")));
  plot.setComparison(comparison, 0.6);
  QVERIFY(plot.warning().isEmpty());
}

void PlotsTest::figuresAreAsWideOnPaperAsAsked() {
  TradeOffPlot plot;
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8))));
  showAndDraw(plot, {500, 300});
  QTemporaryDir folder;
  for (const char* kind : {"svg", "png", "pdf"}) {
    const QString path = folder.filePath(QStringLiteral("plot.") + QLatin1String(kind));
    bool done = false;
    QString why;
    saveFigure(plot, QStringLiteral("caption"), path, 84, [&](const QString& failure) {
      why = failure;
      done = true;
    });
    QTRY_VERIFY(done);
    QVERIFY2(why.isEmpty(), qPrintable(why));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    if (kind == QByteArray("svg")) {
      const auto width = QRegularExpression(QStringLiteral("width=\"([0-9.]+)mm\"")).match(QString::fromUtf8(bytes));
      QVERIFY(width.hasMatch());
      QVERIFY(std::abs(width.captured(1).toDouble() - 84) < 1);
    } else if (kind == QByteArray("png")) {
      const QImage image = QImage::fromData(bytes);
      QVERIFY(std::abs(image.width() - 84 / 25.4 * 300) < 3);
      QVERIFY(std::abs(image.dotsPerMeterX() - 11811) < 2);
    } else {
      const auto page =
          QRegularExpression(QStringLiteral("MediaBox \\[0 0 ([0-9.]+)")).match(QString::fromLatin1(bytes));
      QVERIFY(page.hasMatch());
      QVERIFY(std::abs(page.captured(1).toDouble() - 84 / 25.4 * 72) < 3);
    }
  }
  const QImage copied = figureImage(plot, QStringLiteral("caption"));
  QVERIFY(copied.width() > 900);
}

void PlotsTest::clickOnAPathSelectsItsHead() {
  const HeadLayout layout = evenLayout(6, 8);
  const HeadMask mask = concentratedMask(layout);
  GatePathsPlot plot;
  plot.setHeadLayout(layout);
  plot.setSeries(seriesOf(mask, 1000, 200));
  plot.setQuantity(GatePathsPlot::Quantity::LogAlpha);
  showAndDraw(plot, {600, 400});
  QSignalSpy selected(&plot, &GatePathsPlot::headSelected);
  // The head that was reopened passes alone between the open and the closed ones.
  QTest::mouseClick(drawingOf(plot), Qt::LeftButton, {}, plot.pointOf({2, 3}, 650).toPoint());
  QCOMPARE(selected.count(), 1);
  QCOMPARE(selected.first().first().value<HeadId>(), (HeadId{2, 3}));
}

void PlotsTest::clickBesidePathsChoosesTheStep() {
  const HeadLayout layout = evenLayout(6, 8);
  GatePathsPlot plot;
  plot.setHeadLayout(layout);
  plot.setSeries(seriesOf(concentratedMask(layout), 1000, 200));
  plot.setTotalSteps(2000);
  showAndDraw(plot, {600, 400});
  QSignalSpy chosen(&plot, &StepPlot::stepChosen);
  QCustomPlot* drawing = drawingOf(plot);
  const QPoint right(static_cast<int>(drawing->xAxis->coordToPixel(1800)), drawing->height() / 2);
  QTest::mouseClick(drawing, Qt::LeftButton, {}, right);
  QCOMPARE(chosen.count(), 1);
  QCOMPARE(chosen.first().first().toLongLong(), 1000LL);
}

void PlotsTest::stepKeysWalkTheLoggedSteps() {
  const HeadLayout layout = evenLayout(6, 8);
  GatePathsPlot plot;
  plot.setHeadLayout(layout);
  plot.setSeries(seriesOf(concentratedMask(layout), 1000, 100));
  plot.setStepCursor(500);
  QSignalSpy chosen(&plot, &StepPlot::stepChosen);
  QSignalSpy newest(&plot, &StepPlot::newestChosen);
  QTest::keyClick(&plot, Qt::Key_Left);
  QCOMPARE(chosen.last().first().toLongLong(), 490LL);
  QTest::keyClick(&plot, Qt::Key_Right);
  QCOMPARE(chosen.last().first().toLongLong(), 510LL);
  QTest::keyClick(&plot, Qt::Key_End);
  QCOMPARE(newest.count(), 1);
}

void PlotsTest::manyLongPathsRepaintQuickly() {
  const HeadLayout layout = evenLayout(12, 12);
  const HeadMask mask = concentratedMask(layout);
  GatePathsPlot plot;
  plot.setHeadLayout(layout);
  plot.setMask(mask);
  plot.setSeries(seriesOf(mask, 10000, 10000));
  plot.setSelected(HeadId{3, 5});
  showAndDraw(plot, {600, 300});
  double best = 1e9;
  for (int i = 0; i < 5; ++i) {
    plot.setTotalSteps(10000);
    // Processor time, so that a busy machine changes nothing.
    const std::clock_t began = std::clock();
    QCoreApplication::processEvents();
    drawingOf(plot)->replot(QCustomPlot::rpImmediateRefresh);
    best = std::min(best, 1e3 * static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
  }
  qInfo("144 paths x 10 000 steps, thinned and drawn: %.1f ms", best);
  QVERIFY2(best < 2000, "sixty times the target of 33 ms, even without optimisation: something is badly wrong");
}

void PlotsTest::emptyPlotsSayHowToFillThem() {
  TradeOffPlot plot;
  showAndDraw(plot, {400, 300});
  QVERIFY(!drawingOf(plot)->isVisible());
  QVERIFY(plot.accessibleDescription().contains(QStringLiteral("sweep")));
  plot.setCurve(accuracyCurve(concentratedMask(evenLayout(6, 8)), 6));
  QTRY_VERIFY(drawingOf(plot)->isVisible());
}

void PlotsTest::randomExpectationSharesByBlockSize() {
  const HeadLayout layout = encoderLayout({8, 0, 4});
  HeadMask mask(layout, false);
  for (const int head : {0, 1, 2}) mask.set(head, true);
  QCOMPARE(ConcentrationPlot::expectedIn(mask, 0), 2.0);
  QCOMPARE(ConcentrationPlot::expectedIn(mask, 1), 0.0);
  QCOMPARE(ConcentrationPlot::expectedIn(mask, 2), 1.0);
  ConcentrationPlot plot;
  QSignalSpy changed(&plot, &ConcentrationPlot::summaryChanged);
  plot.setMask(mask);
  QCOMPARE(changed.count(), 1);
  QVERIFY(plot.summary().startsWith(QStringLiteral("1 of 3 layers · Gini 0.")));
}

void PlotsTest::numbersAreWrittenForPeople() {
  QLocale::setDefault(QLocale::c());
  QCOMPARE(countText(1234567), QStringLiteral("1\u202f234\u202f567"));
  QCOMPARE(countText(-12), QStringLiteral("\u221212"));
  QCOMPARE(countText(999), QStringLiteral("999"));
  QCOMPARE(signedText(-0.66, 1), QStringLiteral("\u22120.7"));
  QCOMPARE(signedText(0.26, 1), QStringLiteral("+0.3"));
  QCOMPARE(signedText(-0.04, 1), QStringLiteral("0.0"));
  QCOMPARE(percentText(0.946), QStringLiteral("94.6\u202f%"));
  QCOMPARE(shortText(2e-4), QStringLiteral("2e-4"));
  QCOMPARE(shortText(0.1), QStringLiteral("0.1"));
  QCOMPARE(shortText(1.5e-5), QStringLiteral("1.5e-5"));
  QCOMPARE(hashText("5f3ac1aa01234567"), QStringLiteral("5f3a\u202fc1"));
  QCOMPARE(magnitudeText(1304322), QStringLiteral("1.3 M"));
}

QTEST_MAIN(PlotsTest)
#include "plots_test.moc"
