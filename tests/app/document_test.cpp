// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/status_line.h"
#include "tests/app/document_fixture.h"

using namespace headroom;
using namespace headroom::testing;

class DocumentTest : public DocumentFixture {
  Q_OBJECT

  void searchForLambda() {
    TrainSettings settings = m_document->settings();
    settings.method = "l0";
    settings.lambdaSearched = true;
    m_document->setSettings(settings);
  }

 private slots:
  void init() { makeDocument(); }
  void cleanup() { dropDocument(); }

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

  void aMethodComesWithItsOwnReopening() {
    openModel();
    TrainSettings settings = m_document->settings();
    QCOMPARE(settings.method, std::string("passconc"));
    QVERIFY(settings.reopen);
    settings.method = "dsp";  // as the tool bar and the settings' panel do: nothing else changes
    m_document->setSettings(settings);
    QVERIFY(!m_document->settings().reopen);
    settings = m_document->settings();
    settings.reopen = true;  // a choice that the user makes
    m_document->setSettings(settings);
    QVERIFY(m_document->settings().reopen);
    settings.method = "l0";
    m_document->setSettings(settings);
    QVERIFY(!m_document->settings().reopen);
    settings = m_document->settings();
    settings.method = "pass";
    m_document->setSettings(settings);
    QVERIFY(m_document->settings().reopen);
  }

  void endedRunsOfTheSameModelStandBesideTheOpenOne() {
    openAndTrain();
    QVERIFY(m_document->comparableRuns().empty());  // the open one is the curve
    train(60, 12, "second.h5");
    QCOMPARE(m_document->runs().size(), size_t{2});
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    const std::vector<SessionRun> runs = m_document->comparableRuns();
    QCOMPARE(runs.size(), size_t{1});
    QCOMPARE(runs.front().path, path("run.h5"));
    QVERIFY(runs.front().report->mask.keptCount() == runs.front().settings.keep);
    m_document->openData("/models/train.tsv", "/models/other.tsv");
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QVERIFY(m_document->comparableRuns().empty());  // measured on other texts
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

  void lambdaIsLookedForBeforeTheRunWhichSaysSo() {
    openModel();
    searchForLambda();
    m_fake->holdSearch = true;
    train();
    QTRY_COMPARE(progressText(m_document->progress()),
                 QString("Looking for lambda: run 3 of at most 12, 14 gates open at 0.05 (34 of 120)"));
    QCOMPARE(m_document->run().step, 0);
    m_fake->holdSearch = false;
    QTRY_VERIFY(m_document->run().report);
    QCOMPARE(m_document->run().settings.lambda, 0.02);
    QVERIFY(m_document->run().settings.lambdaSearched);
    QVERIFY(!m_document->missedLambda());
    QCOMPARE(m_document->runs().front().settings.lambda, 0.02);
    QCOMPARE(m_document->settings().lambda, 0.05);  // where the next search begins
  }

  void aRunWhoseLambdaDoesNotReachKSaysSo() {
    openModel();
    searchForLambda();
    m_fake->lambdaReached = false;
    train();
    QTRY_VERIFY(m_document->run().report);
    QVERIFY(!m_document->run().settings.lambdaSearched);
    QVERIFY(m_document->settings().lambdaSearched);
    QVERIFY(m_document->missedLambda());
  }

  void aRunThatLooksForNoLambdaMissesNoneWhateverIsChosenMeanwhile() {
    openModel();
    searchForLambda();
    TrainSettings settings = m_document->settings();
    settings.lambdaSearched = false;
    m_document->setSettings(settings);
    train();
    searchForLambda();
    QTRY_VERIFY(m_document->run().report);
    QVERIFY(!m_document->missedLambda());
  }

  void stoppedWhileLambdaIsLookedForThereIsNoRun() {
    openModel();
    searchForLambda();
    m_fake->holdSearch = true;
    QSignalSpy stopped(m_document.get(), &Document::trainingStopped);
    train();
    QTRY_COMPARE(m_document->progress().task, std::string("looking for lambda"));
    m_document->stopTraining();
    QTRY_COMPARE(stopped.size(), 1);
    QCOMPARE(stopped.first().first().toLongLong(), -1LL);
    QCOMPARE(m_document->state(), DocumentState::Ready);
    QVERIFY(m_document->run().path.empty());
    QVERIFY(m_document->runs().empty());
    m_fake->holdSearch = false;
    train();
    QTRY_VERIFY(m_document->run().report);
  }

  void failedWhileLambdaIsLookedForThereIsNoRun() {
    openModel();
    searchForLambda();
    m_fake->searchFailure = "training: step 3: the loss is no number";
    QSignalSpy failures(m_document.get(), &Document::failed);
    train();
    QTRY_COMPARE(failures.size(), 1);
    QCOMPARE(failures.first().at(1).toString(), QString::fromStdString(m_fake->searchFailure));
    QVERIFY(m_document->run().path.empty());
    QVERIFY(m_document->runs().empty());
    m_fake->searchFailure.clear();
    train();
    QTRY_VERIFY(m_document->run().report);
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

  void aCurveThatItsRunCannotTakeIsShownWithANotice() {
    m_fake->curveNotSaved = "/runs: cannot write: Permission denied";
    QSignalSpy failures(m_document.get(), &Document::failed);
    openAndTrain();
    QTRY_COMPARE(failures.size(), 1);
    QCOMPARE(failures.first().at(0).toString(), QString("The curve was not saved in the run"));
    QCOMPARE(failures.first().at(1).toString(), QString("/runs: cannot write: Permission denied"));
    QCOMPARE(m_document->curve().points.size(), 49U);
    QTRY_VERIFY(m_document->isMeasured());  // random masks are measured all the same
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
