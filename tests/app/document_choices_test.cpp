// SPDX-License-Identifier: GPL-3.0-or-later
// How a document comes to other masks than the run's: rankings, bounds, Pareto steps, locks; and what it says of them.
#include "core/propose/latency_order.h"
#include "tests/app/document_fixture.h"

using namespace headroom;
using namespace headroom::testing;

class DocumentChoicesTest : public DocumentFixture {
  Q_OBJECT

  /// A trained run with everything measured, and what heads cost.
  void openTrainAndTime(const std::string& unit = "head", int keep = 12) {
    openModel();
    TrainSettings settings = m_document->settings();
    settings.unit = unit;
    m_document->setSettings(settings);
    train(60, keep);
    QTRY_VERIFY(m_document->isMeasured());
    m_document->measureLatency(8, 32);
    QTRY_VERIFY(m_document->latency().has_value());
  }
  [[nodiscard]] std::vector<int> byTime(const std::vector<double>& scores, const std::string& unit = "head") const {
    return latencyOrder(HeadUnits(m_document->model()->layout, unit), scores, *m_document->latency());
  }
  [[nodiscard]] std::vector<double> gates() const {
    const std::vector<float>& logAlpha = m_document->run().logAlpha;
    return {logAlpha.begin(), logAlpha.end()};
  }

 private slots:
  void init() { makeDocument(); }
  void cleanup() { dropDocument(); }

  void rankingByAMethodOrdersTheSliderAndSweeps() {
    openModel();
    QVERIFY(!m_document->hasOrder());
    m_document->rankBy("taylor", "Taylor");
    QTRY_VERIFY(m_document->ranking().has_value());
    QCOMPARE(m_fake->scoredBy, std::string("taylor"));
    QVERIFY(m_document->hasOrder());
    QTRY_VERIFY(m_document->curve().complete);
    QCOMPARE(m_document->curve().orderOrigin, std::string("Taylor"));
    m_document->slideTo(5);
    for (int head = 0; head < 48; ++head) QCOMPARE(m_document->mask().kept(head), head < 5);
    train();  // gates take over
    QVERIFY(!m_document->ranking());
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
  }

  void aMethodOfOneKChoosesAsManyHeadsAsAreShown() {
    openAndTrain();
    QTRY_VERIFY(m_document->curve().complete);
    m_document->slideTo(7);
    m_document->endSlide();
    const HeadMask before = m_document->mask();
    m_document->chooseBy("a-star");
    QTRY_COMPARE(m_fake->scoredBy, std::string("a-star"));
    QTRY_VERIFY(m_document->mask() != before);
    for (int head = 0; head < 48; ++head) QCOMPARE(m_document->mask().kept(head), head < 7);
    QVERIFY(!m_document->ranking());  // it orders nothing: the curve stays the run's
    QVERIFY(m_document->curve().complete);
    QVERIFY(m_document->handEdited());
    m_document->undoStack()->undo();
    QCOMPARE(m_document->mask(), before);
  }

  void boundsProposeAMaskOnceLatencyIsMeasured() {
    openAndTrain();
    QVERIFY(m_document->choices().empty());
    m_document->measureLatency(8, 32);
    QTRY_VERIFY(m_document->latency().has_value());
    QTRY_COMPARE(m_document->choices().size(), size_t{49});
    const double full = m_document->latency()->predict(HeadMask(m_document->model()->layout));
    m_document->setDemand({0.6 * full, std::nullopt});
    QVERIFY(m_document->best().has_value());
    m_document->takeBest();
    QVERIFY(m_document->latency()->predict(m_document->mask()) <= 0.6 * full);
    for (const MaskChoice& choice : m_document->choices())
      if (choice.ms <= 0.6 * full) QVERIFY(lostBy(choice) >= lostBy(m_document->choices()[*m_document->best()]));
    m_document->undoStack()->undo();
    QCOMPARE(m_document->mask().keptCount(), 12);
    m_document->setDemand({0.01, std::nullopt});
    QVERIFY(!m_document->best());
  }

  void nothingIsPredictedFromTheTimesOfABusyMachineUnlessAskedFor() {
    openAndTrain();
    m_fake->busy = "machine too busy";
    m_document->measureLatency(8, 32);
    QTRY_VERIFY(m_document->unsureLatency().has_value());
    QVERIFY(!m_document->latency() && m_document->choices().empty());
    m_document->useUnsureLatency();
    QVERIFY(m_document->latency() && !m_document->unsureLatency());
    QCOMPARE(m_document->choices().size(), size_t{49});
    m_fake->busy.clear();
  }

  void theOpenRunKeepsWhatIsMeasuredOnceItIsSure() {
    openAndTrain();
    m_fake->busy = "machine too busy";
    m_document->measureLatency(8, 32);
    QTRY_VERIFY(m_document->unsureLatency().has_value());
    QCOMPARE(m_fake->tablesKept.load(), 0);
    m_document->useUnsureLatency();
    QTRY_COMPARE(m_fake->tablesKept.load(), 1);
    m_fake->busy.clear();
    m_document->measureLatency(8, 32);
    QTRY_COMPARE(m_fake->tablesKept.load(), 2);
  }

  void aMeasurementThatTheRunCannotKeepIsShownAllTheSame() {
    openAndTrain();
    m_fake->keepFailure = "run.h5: run file is open in process 7 on hal";
    QSignalSpy failed(m_document.get(), &Document::failed);
    m_document->measureLatency(8, 32);
    QTRY_COMPARE(failed.count(), 1);
    QCOMPARE(failed.first().at(1).toString(), QString::fromStdString(m_fake->keepFailure));
    QVERIFY(m_document->latency().has_value());
    QTRY_COMPARE(m_document->choices().size(), size_t{49});
  }

  void aRunGivesItsTimesBackAndSaysWhetherTheyAreOfThisMachine() {
    openAndTrain();
    m_document->measureLatency(8, 32);
    QTRY_VERIFY(m_document->latency().has_value());
    QVERIFY(!m_document->latencyIsFromElsewhere());
    LatencyTable table = *m_document->latency();
    table.endsMs = 0.5;
    m_fake->storedLatencies = {table};
    m_document->openRun("/runs/here.h5");
    QTRY_COMPARE(m_document->run().path, std::string("/runs/here.h5"));
    QVERIFY(m_document->latency() && *m_document->latency() == table);
    QVERIFY(!m_document->latencyIsFromElsewhere());
    QTRY_COMPARE(m_document->choices().size(), size_t{49});
    table.machine = "hal";
    m_fake->storedLatencies = {table};
    m_document->openRun("/runs/elsewhere.h5");
    QTRY_COMPARE(m_document->run().path, std::string("/runs/elsewhere.h5"));
    QVERIFY(m_document->latencyIsFromElsewhere());
    LatencyTable coarser = table, here = table;
    coarser.dtype = "bfloat16";
    here.machine = m_document->device().machine;
    m_fake->storedLatencies = {coarser, table, here};
    m_document->openRun("/runs/three.h5");
    QTRY_COMPARE(m_document->run().path, std::string("/runs/three.h5"));
    QVERIFY(m_document->latency() && *m_document->latency() == here);
    table.dtype = "bfloat16";
    m_fake->storedLatencies = {table};
    m_document->openRun("/runs/bfloat16.h5");
    QTRY_COMPARE(m_document->run().path, std::string("/runs/bfloat16.h5"));
    QVERIFY(!m_document->latency());
  }

  void proposalsKeepToTheLocks() {
    openAndTrain();
    m_document->measureLatency(8, 32);
    QTRY_COMPARE(m_document->choices().size(), size_t{49});
    const HeadMask mask = m_document->mask();
    int first = 0;
    while (!mask.kept(first)) ++first;
    const HeadId kept = mask.layout().at(first);
    m_document->toggleLock(kept);
    QVERIFY(m_document->choices().size() < 49);
    QVERIFY(!m_document->choices().empty());
    for (const MaskChoice& choice : m_document->choices()) QVERIFY(choice.mask.kept(kept));
    m_document->toggleLock(kept);
    QCOMPARE(m_document->choices().size(), size_t{49});
  }

  void headsAreOrderedByTheTimeSavedAndBackAgain() {
    openAndTrain();
    QTRY_VERIFY(m_document->isMeasured());
    m_document->orderByTime(true);  // nobody knows yet what heads cost
    QVERIFY(!m_document->ordersByTime());
    m_document->measureLatency(8, 32);
    QTRY_VERIFY(m_document->latency().has_value());
    const Curve scored = m_document->curve();
    m_document->orderByTime(true);
    QVERIFY(m_document->ordersByTime());
    QVERIFY(m_document->choices().empty());  // none of the other order's
    QTRY_VERIFY(m_document->curve().complete);
    QVERIFY(m_document->curve().order == byTime(gates()));
    QVERIFY(m_document->curve().order != scored.order);
    QCOMPARE(m_document->curve().orderOrigin, std::string("log alpha of run.h5, by time saved"));
    QVERIFY(scored.at(12)->trained);
    QVERIFY(!m_document->curve().at(12)->trained);
    m_document->slideTo(28);
    QCOMPARE(m_document->mask(), m_document->curve().maskFor(28));
    QVERIFY(!m_document->handEdited());
    m_document->orderByTime(false);
    QVERIFY(!m_document->ordersByTime());
    QVERIFY(m_document->curve().complete);  // it was not forgotten
    QVERIFY(m_document->curve().order == scored.order);
    QVERIFY(m_document->curve().at(12)->trained);
    QVERIFY(m_document->handEdited());  // the mask is no position of this order
    m_document->slideTo(29);
    QCOMPARE(m_document->mask(), scored.maskFor(29));
  }

  void proposalsComeFromTheOrderThatIsShown() {
    openTrainAndTime();
    m_document->orderByTime(true);
    QTRY_COMPARE(m_document->choices().size(), size_t{49});
    for (const MaskChoice& choice : m_document->choices())
      QCOMPARE(choice.mask, m_document->curve().maskFor(choice.mask.keptCount()));
    const double full = m_document->latency()->predict(HeadMask(m_document->model()->layout));
    m_document->setDemand({0.6 * full, std::nullopt});
    QVERIFY(m_document->best().has_value());
    m_document->takeBest();
    QCOMPARE(m_document->mask(), m_document->choices()[*m_document->best()].mask);
    const HeadMask mask = m_document->mask();
    int first = 0;
    while (!mask.kept(first)) ++first;
    m_document->toggleLock(mask.layout().at(first));
    QVERIFY(!m_document->choices().empty() && m_document->choices().size() < 49);
    for (const MaskChoice& choice : m_document->choices()) QVERIFY(choice.mask.kept(first));
    m_document->slideTo(0);
    QCOMPARE(m_document->mask().keptCount(), 1);
    QVERIFY(m_document->mask().kept(first));
  }

  void aRankingIsOrderedByTheTimeSavedToo() {
    for (int head = 0; head < 48; ++head) m_fake->scores.push_back(head * 29 % 48);
    openTrainAndTime();
    m_document->orderByTime(true);
    m_document->rankBy("taylor", "Taylor");
    QTRY_COMPARE(m_document->curve().orderOrigin, std::string("Taylor, by time saved"));
    QTRY_VERIFY(m_document->curve().complete);
    QVERIFY(m_document->ordersByTime());
    QVERIFY(m_document->curve().order == byTime(m_fake->scores));
    m_document->orderByTime(false);
    QVERIFY(!m_document->curve().complete);  // it was never measured
    QTRY_VERIFY(m_document->curve().complete);
    QCOMPARE(m_document->curve().orderOrigin, std::string("Taylor"));
    QVERIFY(m_document->curve().order == keepOrder(m_fake->scores));
    QVERIFY(keepOrder(m_fake->scores) != byTime(m_fake->scores));
  }

  void keyValueGroupsAreOrderedByTheTimeSavedAsAWhole() {
    m_fake->kvHeads = 4;
    openTrainAndTime("group", 6);
    const std::vector<int> scored = m_document->curve().order;
    m_document->orderByTime(true);
    QTRY_VERIFY(m_document->curve().complete);
    const std::vector<int>& order = m_document->curve().order;
    QVERIFY(order == byTime(gates(), "group"));
    QVERIFY(order != scored);
    for (size_t i = 0; i < order.size(); i += 2) QCOMPARE(order[i] / 2, order[i + 1] / 2);
    m_document->slideTo(20);
    QCOMPARE(m_document->mask().keptCount(), 20);
    QCOMPARE(m_document->mask().keptKeyValueCount(), 10);
  }

  void theOrderByTimeEndsWithTheWeightsItWasMadeFor() {
    openTrainAndTime();
    const std::vector<int> scored = m_document->curve().order;
    m_document->orderByTime(true);
    QTRY_VERIFY(m_document->curve().complete);
    m_document->setEvaluationType("bfloat16");  // other times, too
    QTRY_VERIFY(!m_document->latency());
    QVERIFY(!m_document->ordersByTime());
    QTRY_VERIFY(m_document->curve().complete);
    QVERIFY(m_document->curve().order == scored);
    m_document->measureLatency(8, 32);
    QTRY_VERIFY(m_document->latency().has_value());
    m_document->orderByTime(true);
    QVERIFY(m_document->ordersByTime());
    train(60, 12, "second.h5");
    QVERIFY(!m_document->ordersByTime());
    QTRY_VERIFY(m_document->curve().complete);
    QCOMPARE(m_document->curve().orderOrigin, std::string("log alpha of second.h5"));
  }

  void paretoStepsGoToTheNextMaskThatNoneBeats() {
    openAndTrain();
    m_document->measureLatency(8, 32);
    QTRY_COMPARE(m_document->choices().size(), size_t{49});
    const auto isPareto = [this] {
      for (const MaskChoice& choice : m_document->choices())
        if (choice.mask == m_document->mask()) return choice.pareto;
      return false;
    };
    const double before = m_document->latency()->predict(m_document->mask());
    m_document->stepPareto(1);
    QVERIFY(isPareto());
    QVERIFY(m_document->latency()->predict(m_document->mask()) > before);
    m_document->stepPareto(-1);
    m_document->stepPareto(-1);
    QVERIFY(isPareto());
    QVERIFY(m_document->latency()->predict(m_document->mask()) < before);
  }

  void gapIsMeasuredOfTheRunThatIsOpen() {
    openModel();
    QSignalSpy measured(m_document.get(), &Document::gapMeasured);
    m_document->measureGap();  // no run yet
    QVERIFY(!m_document->isMeasuringGap());
    train();
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    m_document->measureGap();
    QVERIFY(m_document->isMeasuringGap());
    QTRY_COMPARE(measured.count(), 1);
    QCOMPARE(measured.first().first().value<GateGap>().sampledLoss.mean, 0.24);
    QTRY_VERIFY(!m_document->isMeasuringGap());
    m_fake->gapFailure = "train/test gap: found a run of method dsp";
    QSignalSpy failures(m_document.get(), &Document::failed);
    m_document->measureGap();
    QTRY_COMPARE(failures.count(), 1);
    QVERIFY(failures.first().at(1).toString().contains(QStringLiteral("method dsp")));
    QCOMPARE(measured.count(), 1);
  }

  void masksAreComparedOnlyWhileSomeoneLooks() {
    openAndTrain();
    QCOMPARE(m_fake->comparisons.load(), 0);
    m_document->setComparing(true);
    QTRY_VERIFY(m_document->comparison().has_value());
    QCOMPARE(m_document->comparison()->maskHash, m_document->mask().hash());
    m_document->slideTo(20);
    QTRY_COMPARE(m_document->comparison()->maskHash, m_document->mask().hash());
    m_document->setComparing(false);
    const int so = m_fake->comparisons;
    m_document->slideTo(30);
    QTRY_VERIFY(!m_document->isEvaluating());
    QCOMPARE(m_fake->comparisons.load(), so);
  }

  void lockedHeadsStayThroughEveryEdit() {
    openAndTrain();
    const HeadMask before = m_document->mask();
    int kept = 0, closed = 0;
    while (!before.kept(kept)) ++kept;
    while (before.kept(closed)) ++closed;
    const HeadLayout layout = before.layout();
    m_document->toggleLock(layout.at(kept));
    m_document->toggleLock(layout.at(closed));
    QCOMPARE(m_document->locked(), (std::set<int>{kept, closed}));
    m_document->slideTo(0);
    QCOMPARE(m_document->mask().keptCount(), 1);
    QVERIFY(m_document->mask().kept(kept));
    m_document->editMask(HeadMask(layout));
    QCOMPARE(m_document->mask().keptCount(), 47);
    QVERIFY(!m_document->mask().kept(closed));
    m_document->toggleHead(layout.at(kept));
    QVERIFY(m_document->mask().kept(kept));
    m_document->toggleLock(layout.at(kept));
    m_document->toggleHead(layout.at(kept));
    QVERIFY(!m_document->mask().kept(kept));
  }

  void manyHeadsAreSwitchedAsOneEdit() {
    openModel();
    const std::vector<HeadId> row{{1, 0}, {1, 1}, {1, 2}};
    m_document->toggleHeads(row);
    QCOMPARE(m_document->mask().keptCount(), 45);
    m_document->toggleHead({1, 0});
    m_document->toggleHeads(row);  // not all are open: they open
    QCOMPARE(m_document->mask().keptCount(), 48);
    m_document->undoStack()->undo();
    QCOMPARE(m_document->mask().keptCount(), 46);
  }

  void aRankingDoesNotOutliveTheDataItWasMadeOn() {
    openModel();
    m_document->rankBy("taylor", "Taylor");
    QTRY_VERIFY(m_document->curve().complete);
    m_document->openData("/models/train.tsv", "/models/other.tsv");
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QVERIFY(!m_document->ranking());
    QVERIFY(!m_document->hasOrder());
  }
};

QTEST_MAIN(DocumentChoicesTest)
#include "document_choices_test.moc"
