// SPDX-License-Identifier: GPL-3.0-or-later
// Masks that a document holds beside the curve: pinned, timed, one head apart; and the element type they are measured
// in.
#include <QFile>

#include "tests/app/document_fixture.h"

using namespace headroom;
using namespace headroom::testing;

class DocumentMarksTest : public DocumentFixture {
  Q_OBJECT

 private slots:
  void init() { makeDocument(); }
  void cleanup() {
    m_fake->holdChange = false;
    dropDocument();
  }

  void effectOfAHeadIsMeasuredOnDemandOnly() {
    openAndTrain();
    QTRY_VERIFY(!m_document->isEvaluating());
    QCOMPARE(m_fake->changes.load(), 0);
    const HeadMask mask = m_document->mask();
    m_document->askEffect({0, 0});
    QVERIFY(m_document->isMeasuringEffect());
    QTRY_VERIFY(m_document->effect() && m_document->effect()->change.complete);
    QVERIFY(!m_document->isMeasuringEffect());
    QCOMPARE(m_document->effect()->closes, mask.kept(HeadId{0, 0}));
    HeadMask other = mask;
    other.set(HeadId{0, 0}, !mask.kept(HeadId{0, 0}));
    QCOMPARE(m_document->effect()->change.fromHash, mask.hash());
    QCOMPARE(m_document->effect()->change.toHash, other.hash());
    QCOMPARE(m_document->mask(), mask);
    QCOMPARE(m_document->undoStack()->count(), 0);
    m_document->slideTo(20);
    QVERIFY(!m_document->effect());  // it was about another mask
  }

  void effectIsCancelledByAskingAgain() {
    openModel();
    QTRY_VERIFY(!m_document->isEvaluating());
    m_fake->holdChange = true;
    m_document->askEffect({1, 2});
    QTRY_VERIFY(m_document->effect().has_value());  // the first estimate
    QVERIFY(!m_document->effect()->change.complete);
    m_document->askEffect({1, 2});
    QVERIFY(!m_document->isMeasuringEffect());
    QVERIFY(!m_document->effect());
    m_document->askEffect({1, 3});  // the worker is free again, though the first one was held
    m_fake->holdChange = false;
    QTRY_VERIFY(m_document->effect() && m_document->effect()->change.complete);
    QCOMPARE(m_document->effect()->head, (HeadId{1, 3}));
  }

  void effectWaitsForTheMasksOwnAnswerAndOutlivesOtherQuestions() {
    openModel();
    m_document->toggleHead({2, 2});
    QVERIFY(m_document->isEvaluating());
    m_document->askEffect({1, 1});
    QVERIFY(m_document->isEvaluating());  // not replaced
    m_document->setExample(5);
    m_document->setComparing(true);
    QTRY_VERIFY(m_document->effect() && m_document->effect()->change.complete);
    QTRY_VERIFY(m_document->comparison().has_value());
    QVERIFY(m_document->answer()->mask == m_document->mask());
  }

  void pinsSurviveUndoAndAreShownAgain() {
    openAndTrain();
    const HeadMask first = m_document->mask();
    m_document->togglePin();
    QVERIFY(m_document->isPinned());
    QTRY_VERIFY(m_document->pins().front().answer.has_value());
    m_document->slideTo(20);
    m_document->endSlide();
    QVERIFY(!m_document->isPinned());
    m_document->togglePin();
    QCOMPARE(m_document->pins().size(), size_t{2});
    QCOMPARE(m_document->pins()[1].name, std::string("B"));
    m_document->undoStack()->undo();
    QCOMPARE(m_document->mask(), first);
    QCOMPARE(m_document->pins().size(), size_t{2});
    m_document->showPin(1);
    QCOMPARE(m_document->mask().keptCount(), 20);
    m_document->undoStack()->undo();
    QCOMPARE(m_document->mask(), first);
    m_document->togglePin();  // takes it away
    QCOMPARE(m_document->pins().size(), size_t{1});
    QCOMPARE(m_document->pins().front().mask.keptCount(), 20);
    m_document->showPin(7);
    QCOMPARE(m_document->mask(), first);
  }

  void aPinIsAnsweredWhenItsMaskIs() {
    openModel();
    m_document->toggleHead({2, 2});
    m_document->togglePin();
    QVERIFY(!m_document->pins().front().answer);
    QTRY_VERIFY(m_document->pins().front().answer.has_value());
    QVERIFY(m_document->pins().front().answer->mask == m_document->mask());
  }

  void pinsLieBesideTheRunAndComeBackWithIt() {
    openAndTrain();
    m_document->togglePin();
    QTRY_VERIFY(m_document->pins().front().answer.has_value());
    const HeadMask mask = m_document->mask();
    const std::string run = path("run.h5");
    QVERIFY(QFile::exists(QString::fromStdString(run + ".pins.json")));
    QSignalSpy copied(m_document.get(), &Document::runCopied);
    m_document->copyRun(path("copy.h5"));
    QTRY_COMPARE(copied.size(), 1);
    QVERIFY(QFile::exists(QString::fromStdString(path("copy.h5") + ".pins.json")));

    m_document->openRun(run);  // with its weights come the pins' answers
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QCOMPARE(m_document->pins().size(), size_t{1});
    QVERIFY(m_document->pins().front().answer.has_value());
    m_fake->weights = "retrained";  // another file of the same name
    m_document->openRun(run);
    QCOMPARE(m_document->state(), DocumentState::Loading);
    bool unanswered = false;
    connect(m_document.get(), &Document::pinsChanged, this,
            [&] { unanswered |= !m_document->pins().empty() && !m_document->pins().front().answer; });
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QVERIFY(unanswered);  // until the mask that is shown is evaluated anew

    makeDocument();  // another folder: the fake reads no file, but pins are real
    const std::string other = path("other.h5");
    m_document->openRun(run);
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QCOMPARE(m_document->pins().size(), size_t{0});  // the folder of before is gone
    QFile file(QString::fromStdString(other + ".pins.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no pins");
    file.close();
    QSignalSpy failed(m_document.get(), &Document::failed);
    m_document->openRun(other);
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(failed.first().at(0).toString().contains("pins"));
    QCOMPARE(m_document->state(), DocumentState::Ready);
    m_document->togglePin();
    m_document->openRun(other);
    QTRY_VERIFY(m_document->state() == DocumentState::Ready && m_document->pins().size() == 1);
    QCOMPARE(m_document->pins().front().mask, m_document->mask());
    m_document->clearPins();
    QVERIFY(!QFile::exists(QString::fromStdString(other + ".pins.json")));
    QVERIFY(mask.keptCount() == 12);
  }

  void aDamagedPinsFileStopsNothingInAShortElementType() {
    openAndTrain();
    m_document->setEvaluationType("bfloat16");
    QTRY_COMPARE(m_document->device().dtype, std::string("bfloat16"));
    QTRY_VERIFY(m_document->isMeasured());
    QFile file(QString::fromStdString(path("run.h5") + ".pins.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("no pins");
    file.close();
    QFile run(QString::fromStdString(path("run.h5")));
    QVERIFY(run.open(QIODevice::WriteOnly));
    run.close();
    QSignalSpy copied(m_document.get(), &Document::runCopied);
    m_document->copyRun(path("copy.h5"));
    QTRY_COMPARE(copied.size(), 1);
  }

  void pinsGoWithTheModelTheyBelongTo() {
    openAndTrain();
    m_document->togglePin();
    openModel();
    QCOMPARE(m_document->pins().size(), size_t{0});
  }

  void masksAreTimedOnDemand() {
    openAndTrain();
    m_document->timeMask(8, 32);
    QTRY_COMPARE(m_document->timed().size(), size_t{1});
    QCOMPARE(m_document->timed().front().mask, m_document->mask());
    QVERIFY(m_document->timed().front().time.ms < m_document->timed().front().time.fullMs);
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    m_document->timeMask(8, 32);  // again: replaced
    QTRY_VERIFY(!m_document->isMeasuringLatency());
    QCOMPARE(m_document->timed().size(), size_t{1});
    m_document->slideTo(20);
    m_document->timeMask(8, 32);
    QTRY_COMPARE(m_document->timed().size(), size_t{2});
    m_document->timeMask(4, 32);  // another shape: the times before do not compare
    QTRY_COMPARE(m_document->timed().size(), size_t{1});
    openModel();
    QCOMPARE(m_document->timed().size(), size_t{0});
  }

  void anotherElementTypeMeasuresEverythingAgainAndSaysHowFarItIs() {
    openAndTrain();
    QTRY_VERIFY(m_document->isMeasured());
    QCOMPARE(m_fake->disagreements.load(), 0);
    const int evaluations = m_fake->evaluations;
    m_document->setEvaluationType("bfloat16");
    QTRY_COMPARE(m_document->device().dtype, std::string("bfloat16"));
    QTRY_VERIFY(m_fake->evaluations > evaluations);
    QTRY_VERIFY(m_document->disagreement().has_value());
    QCOMPARE(m_document->disagreement()->examples, 512);
    QCOMPARE(m_fake->disagreements.load(), 1);
    QTRY_VERIFY(m_document->curve().complete);
    m_document->slideTo(20);
    QTRY_VERIFY(!m_document->isEvaluating());
    QCOMPARE(m_fake->disagreements.load(), 1);  // once
    m_document->setEvaluationType("float32");
    QTRY_COMPARE(m_document->device().dtype, std::string("float32"));
    QTRY_VERIFY(!m_document->disagreement());
  }
};

QTEST_MAIN(DocumentMarksTest)
#include "document_marks_test.moc"
