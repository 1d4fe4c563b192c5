// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/document.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "tests/app/fake_engine.h"

using namespace headroom;

class DocumentTest : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<testing::FakeSettings> m_fake;
  std::unique_ptr<Document> m_document;
  std::unique_ptr<QTemporaryDir> m_folder;

  [[nodiscard]] std::string path(const char* name) const { return m_folder->filePath(name).toStdString(); }
  void openModel() {
    m_document->openModel("/models/sentiment-bert", "/models/train.tsv", "/models/dev.tsv");
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
  }
  void train(std::int64_t steps = 60, int keep = 12) {
    TrainSettings settings = m_document->settings();
    settings.keep = keep;
    settings.steps = steps;
    m_document->setSettings(settings);
    m_document->startTraining(path("run.h5"));
  }
  void openAndTrain() {
    openModel();
    train();
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QTRY_VERIFY(m_document->curve().complete);
  }

 private slots:
  void init() {
    m_fake = std::make_shared<testing::FakeSettings>();
    m_folder = std::make_unique<QTemporaryDir>();
    m_document = std::make_unique<Document>(testing::fakeEngine(m_fake));
  }
  void cleanup() { m_document.reset(); }

  void openedModelIsMeasuredWithAllItsHeads() {
    QCOMPARE(m_document->state(), DocumentState::Empty);
    openModel();
    QCOMPARE(m_document->mask().keptCount(), 48);
    QCOMPARE(m_document->settings().keep, 12);
    QTRY_VERIFY(m_document->answer() && m_document->answer()->complete);
    QCOMPARE(m_document->answer()->mask.hash(), m_document->mask().hash());
  }

  void failedOpeningLeavesNothingOpen() {
    m_fake->openFailure = "config.json: no such file";
    QSignalSpy failures(m_document.get(), &Document::failed);
    m_document->openModel("/nowhere", "", "");
    QTRY_COMPARE(m_document->state(), DocumentState::Failed);
    QCOMPARE(failures.first().at(1).toString(), QString("config.json: no such file"));
    QVERIFY(!m_document->model());
  }

  void failedOpeningKeepsWhatWasOpen() {
    openModel();
    m_fake->openFailure = "model.safetensors: cut short";
    QSignalSpy failures(m_document.get(), &Document::failed);
    m_document->openModel("/damaged", "", "");
    QTRY_COMPARE(failures.size(), 1);
    QCOMPARE(m_document->state(), DocumentState::Ready);
    QCOMPARE(m_document->model()->path, std::string("/models/sentiment-bert"));
  }

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

  void sliderNeedsAnOrder() {
    openModel();
    QVERIFY(!m_document->hasOrder());
    m_document->slideTo(5);
    QCOMPARE(m_document->mask().keptCount(), 48);
    QCOMPARE(m_document->undoStack()->count(), 0);
  }

  void trainingCarriesTheMaskAlongUntilTheUserTouchesIt() {
    openModel();
    m_fake->holdAtStep = 40;
    train();
    QTRY_COMPARE(m_document->run().step, 40);
    QCOMPARE(m_document->mask().keptCount(), 12);
    QVERIFY(m_document->maskFollows());
    m_document->toggleHead({5, 7});
    const HeadMask mine = m_document->mask();
    QVERIFY(!m_document->maskFollows());
    QTRY_VERIFY(m_document->answer() && m_document->answer()->mask == mine);  // answered while training runs
    QVERIFY(m_document->isTraining());
    m_fake->holdAtStep = -1;
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QCOMPARE(m_document->mask(), mine);
  }

  void finishedRunIsShownAndSweptByItself() {
    openAndTrain();
    QCOMPARE(m_document->mask(), m_document->run().report->mask);
    QCOMPARE(m_document->curve().points.size(), size_t{49});
    QVERIFY(m_document->curve().at(12)->trained);
    QCOMPARE(m_document->runs().size(), size_t{1});
    QCOMPARE(m_document->runs().front().status, std::string("finished"));
  }

  void randomMasksAreMeasuredOnceAfterTheSweep() {
    openAndTrain();
    QTRY_VERIFY(m_document->isMeasured());
    QCOMPARE(m_document->randomMasks().back().kept, 48);
    QVERIFY(m_fake->randomOrders > 1);
    m_fake->randomOrders = 0;
    train();
    QVERIFY(!m_document->randomMasks().empty());  // the opened model has not changed
    QTRY_VERIFY(m_document->isMeasured());
    QCOMPARE(m_fake->randomOrders.load(), 0);
    openModel();
    QVERIFY(m_document->randomMasks().empty());
  }

  void maskThatTheRunMovesHasNoAnswerOfAnotherMask() {
    openModel();
    m_fake->holdAtStep = 5;
    train();
    QTRY_COMPARE(m_document->run().step, 5);
    m_document->toggleHead({5, 7});
    QTRY_VERIFY(m_document->answer() && m_document->answer()->complete);
    QCOMPARE(m_document->answerStep().value_or(-1), 5);
    m_document->followTraining();
    QVERIFY(!m_document->answer());
    m_fake->holdAtStep = -1;
    QTRY_VERIFY(m_document->isMeasured());
    QVERIFY(m_document->answer() && !m_document->answerStep());
  }

  void sliderAnswersFromTheCurveWithoutEvaluating() {
    openAndTrain();
    const int before = m_fake->evaluations;
    for (int kept = 0; kept <= 48; ++kept) {
      m_document->slideTo(kept);
      QVERIFY(m_document->answer());
      QCOMPARE(m_document->answer()->mask, m_document->mask());
      QVERIFY(m_document->answerWasCached());
    }
    QCOMPARE(m_fake->evaluations.load(), before);
  }

  void maskOffTheCurveIsEvaluatedOnce() {
    openAndTrain();
    m_document->toggleHead({0, 0});
    QVERIFY(m_document->handEdited());
    QTRY_VERIFY(m_document->answer() && m_document->answer()->complete &&
                m_document->answer()->mask == m_document->mask());
    const int evaluations = m_fake->evaluations;
    m_document->undoStack()->undo();
    m_document->undoStack()->redo();
    QVERIFY(m_document->answerWasCached());
    QCOMPARE(m_fake->evaluations.load(), evaluations);
  }

  void dragIsOneEntryOfTheHistory() {
    openAndTrain();
    const HeadMask before = m_document->mask();
    for (const int kept : {13, 14, 15, 20, 30}) m_document->slideTo(kept);
    m_document->endSlide();
    QCOMPARE(m_document->undoStack()->count(), 1);
    QCOMPARE(m_document->undoStack()->undoText(), QString("keep 30 heads"));
    m_document->slideTo(8);
    m_document->endSlide();
    QCOMPARE(m_document->undoStack()->count(), 2);
    m_document->undoStack()->undo();
    QCOMPARE(m_document->mask().keptCount(), 30);
    m_document->undoStack()->undo();
    QCOMPARE(m_document->mask(), before);
  }

  void sliderStepsByWholeGroupsOfARunByGroup() {
    m_fake->kvHeads = 2;
    openModel();
    QCOMPARE(m_document->sliderStep(), 1);
    TrainSettings settings = m_document->settings();
    settings.unit = "group";
    m_document->setSettings(settings);
    m_fake->holdAtStep = 40;
    train(60, 3);
    QTRY_COMPARE(m_document->run().step, 40);
    QCOMPARE(m_document->sliderStep(), 4);
    QCOMPARE(m_document->mask().keptCount(), 12);
    QCOMPARE(m_document->mask().keptKeyValueCount(), 3);
    QSignalSpy moved(m_document.get(), &Document::maskChanged);
    m_document->slideTo(17);  // between two groups: the slider must be put back
    QCOMPARE(m_document->mask().keptCount(), 16);
    QVERIFY(!moved.isEmpty());
    moved.clear();
    m_document->slideTo(15);
    QCOMPARE(m_document->mask().keptCount(), 16);
    QVERIFY(!moved.isEmpty());
    QVERIFY(!m_document->handEdited());
    m_document->toggleHead({0, 0});  // a part of a group is legal by hand
    QVERIFY(m_document->handEdited());
    m_fake->holdAtStep = -1;
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
  }

  void dragThatReturnsLeavesNoEntry() {
    openAndTrain();
    for (const int kept : {13, 20, 12}) m_document->slideTo(kept);
    QCOMPARE(m_document->undoStack()->count(), 0);
  }

  void editsHaveReadableNames() {
    openModel();
    m_document->toggleHead({2, 3});
    QCOMPARE(m_document->undoStack()->undoText(), QString("close head 3 of layer 2"));
    m_document->toggleHead({2, 3});
    QCOMPARE(m_document->undoStack()->undoText(), QString("open head 3 of layer 2"));
    m_document->editMask(HeadMask(m_document->model()->layout, false));
    QCOMPARE(m_document->undoStack()->undoText(), QString("close all heads"));
  }

  void pauseHoldsTheRunAndResumeGoesOn() {
    openModel();
    m_fake->holdAtStep = 20;
    train();
    QTRY_COMPARE(m_document->run().step, 20);
    m_document->pauseTraining();
    QCOMPARE(m_document->state(), DocumentState::Paused);
    QCOMPARE(m_document->runs().front().status, std::string("paused"));
    m_fake->holdAtStep = -1;
    m_document->toggleHead({0, 0});
    QTRY_VERIFY(m_document->answer() && m_document->answer()->mask == m_document->mask());
    QCOMPARE(m_document->run().step, 20);  // an answer came, the run stood still
    m_document->resumeTraining();
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QCOMPARE(m_document->run().step, 60);
  }

  void stoppedRunCanBeResumed() {
    openModel();
    m_fake->holdAtStep = 20;
    train();
    QTRY_COMPARE(m_document->run().step, 20);
    QSignalSpy stopped(m_document.get(), &Document::trainingStopped);
    m_document->stopTraining();
    QTRY_COMPARE(stopped.size(), 1);
    QCOMPARE(m_document->state(), DocumentState::Ready);
    QVERIFY(m_document->run().resumable);
    QCOMPARE(m_document->runs().front().status, std::string("stopped"));
    m_fake->holdAtStep = -1;
    m_document->resumeTraining();
    QCOMPARE(m_document->state(), DocumentState::Training);
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QVERIFY(m_document->run().report);
  }

  void failedTrainingTellsTheStep() {
    openModel();
    m_fake->trainFailure = "loss is not a number; the last good checkpoint is of step 0";
    QSignalSpy failures(m_document.get(), &Document::failed);
    train();
    QTRY_COMPARE(failures.size(), 1);
    QCOMPARE(failures.first().at(0).toString(), QString("Training stopped at step 30"));
    QCOMPARE(m_document->state(), DocumentState::Ready);
    QVERIFY(m_document->run().resumable);
  }

  void pruningInterruptsTheSweepAndTakesItUpAgain() {
    openModel();
    train();
    QTRY_VERIFY(m_document->run().report);
    QSignalSpy pruned(m_document.get(), &Document::pruned);
    m_document->prune("compact", path("pruned"), false);
    QTRY_COMPARE(pruned.size(), 1);
    QTRY_VERIFY(m_document->curve().complete);
  }

  void openedRunBringsMaskOrderAndPoints() {
    QSignalSpy opened(m_document.get(), &Document::runOpened);
    m_document->openRun("/runs/one.h5");
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QCOMPARE(opened.size(), 1);
    QVERIFY(m_document->hasOrder());
    QCOMPARE(m_document->mask().keptCount(), 12);
    m_document->slideTo(20);
    QCOMPARE(m_document->mask().keptCount(), 20);
  }

  void sliderStormWhileTrainingEndsAtTheLastPosition() {
    openModel();
    m_fake->holdAtStep = 30;
    train();
    QTRY_COMPARE(m_document->run().step, 30);
    for (int i = 0; i < 2000; ++i) {
      m_document->slideTo(i * 7 % 49);
      if (i % 100 == 0) QCoreApplication::processEvents();
    }
    QTRY_VERIFY(m_document->answer() && m_document->answer()->complete &&
                m_document->answer()->mask == m_document->mask());
    m_fake->holdAtStep = -1;
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
  }

  void documentMayBeDestroyedWhileTraining() {
    openModel();
    m_fake->holdAtStep = 10;
    train();
    QTRY_COMPARE(m_document->run().step, 10);
    m_document->toggleHead({0, 0});
    m_document.reset();
    QVERIFY(!m_fake->alive);
  }
};

QTEST_MAIN(DocumentTest)
#include "document_test.moc"
