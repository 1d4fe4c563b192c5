// SPDX-License-Identifier: GPL-3.0-or-later
// The whole program with the real engine: a tiny BERT is opened, trained, slid, undone, pruned and opened again.
#include <QDir>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>

#include "app/gui/core_engine.h"
#include "app/gui/explore_view.h"
#include "app/gui/main_window.h"
#include "app/gui/watched_application.h"
#include "widgets/panels/keep_panel.h"
#include "widgets/panels/message_bar.h"
#include "widgets/panels/training_panel.h"

using namespace headroom;

namespace {

constexpr int kVocabulary = 300;
constexpr int kLongWait = 120'000;  // ms; a machine under load, with sanitizers
constexpr std::int64_t kSteps = 20;

void write(const QString& path, const QByteArray& text) {
  QFile file(path);
  QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
  file.write(text);
}

QByteArray vocabulary() {
  QByteArray text = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (int i = 5; i < kVocabulary; ++i) text += "word" + QByteArray::number(i) + '\n';
  return text;
}

/// Sentences of three words; the label hangs on the first.
QByteArray texts(int rows) {
  QByteArray text = "sentence\tlabel\n";
  for (int i = 0; i < rows; ++i) {
    for (const int word : {5 + i * 7 % 290, 5 + i * 13 % 290, 5 + i * 29 % 290})
      text += "word" + QByteArray::number(word) + ' ';
    text.chop(1);
    text += '\t' + QByteArray::number(i * 7 % 290 % 3) + '\n';
  }
  return text;
}

}  // namespace

class WindowFlowTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir m_folder;
  std::unique_ptr<MainWindow> m_window;
  QStringList m_answer;

  [[nodiscard]] QString path(const char* name) const { return m_folder.filePath(name); }
  [[nodiscard]] Document& document() { return *m_window->document(); }
  void waitForAnswer() {
    QTRY_VERIFY_WITH_TIMEOUT(
        document().answer() && document().answer()->complete && document().answer()->mask == document().mask(),
        kLongWait);
  }

 private slots:
  void initTestCase() {
    const QString fixture = QStringLiteral(HEADROOM_FIXTURES "/bert_cls");
    QVERIFY(QDir().mkpath(path("model")));
    for (const char* name : {"config.json", "model.safetensors"})
      QVERIFY(QFile::copy(fixture + '/' + name, path("model") + '/' + name));
    write(path("model/vocab.txt"), vocabulary());
    write(path("model/train.tsv"), texts(96));
    write(path("model/dev.tsv"), texts(48));
    WindowOptions options;
    options.engine = coreEngine();
    options.settingsFile = path("settings.ini");
    options.runFolder = path("runs");
    options.chooser = [this](QWidget*, const FileQuestion&, const std::function<void(const QStringList&)>& chosen) {
      chosen(m_answer);
    };
    m_window = std::make_unique<MainWindow>(std::move(options));
    m_window->show();
  }
  void cleanupTestCase() { m_window.reset(); }

  void openModelWithTheDataBesideIt() {
    m_answer = {path("model")};
    m_window->actions().openModel->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(document().state(), DocumentState::Ready, kLongWait);
    QVERIFY2(m_window->messages()->text().isEmpty(), qPrintable(m_window->messages()->text()));
    QCOMPARE(document().mask().headCount(), 16);
    QCOMPARE(document().data()->train.examples, std::int64_t{96});
    waitForAnswer();
    QCOMPARE(document().answer()->metric.examples, std::int64_t{48});
  }

  void trainTwentySteps() {
    TrainSettings settings = document().settings();
    settings.keep = 6;
    settings.steps = kSteps;
    settings.batch = 8;
    document().setSettings(settings);
    m_window->actions().start->trigger();
    QVERIFY(document().isTraining());
    QTRY_COMPARE_WITH_TIMEOUT(document().state(), DocumentState::Ready, kLongWait);
    QVERIFY(document().run().report);
    QCOMPARE(document().run().step, kSteps);
    QCOMPARE(document().mask().keptCount(), 6);
    QCOMPARE(m_window->view()->training()->series().lastStep(), kSteps);
    QVERIFY(QFileInfo::exists(QString::fromStdString(document().run().path)));
    QTRY_VERIFY_WITH_TIMEOUT(document().curve().complete, kLongWait);
  }

  void randomMasksReachTheUnprunedModel() {
    QTRY_VERIFY_WITH_TIMEOUT(document().isMeasured(), kLongWait);
    const std::vector<CurvePoint>& points = document().randomMasks();
    QCOMPARE(points.front().kept, 0);
    QCOMPARE(points.back().kept, 16);
    QCOMPARE(points.back().metric.value, document().curve().full.value);
    for (const CurvePoint& point : points)
      QVERIFY(point.metric.low <= point.metric.value && point.metric.value <= point.metric.high);
  }

  void reportAndCurveAreSaved() {
    m_answer = {path("report.html")};
    m_window->actions().saveReport->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(m_window->messages()->text(), "Report saved: " + path("report.html"), kLongWait);
    QFile page(path("report.html"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    const QByteArray html = page.readAll();
    QVERIFY2(html.contains("passconc") && html.contains("K = 6"), html.left(300).constData());
    QVERIFY(html.contains("<svg") && html.contains("Accuracy at every number of heads"));
    m_answer = {path("curve.csv")};
    m_window->actions().saveCurve->trigger();
    QFile table(path("curve.csv"));
    QVERIFY2(table.open(QIODevice::ReadOnly), qPrintable(m_window->messages()->text()));
    QCOMPARE(table.readAll().count('\n'), 18);  // names, and 0 to 16 heads
    m_answer = {QString::fromStdString(document().run().path)};
    m_window->actions().saveReport->trigger();
    QTRY_VERIFY_WITH_TIMEOUT(m_window->messages()->text().contains("found the run itself"), kLongWait);
  }

  void slideAndUndo() {
    auto* slider = m_window->view()->keepPanel()->findChild<QSlider*>();
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Right);
    QCOMPARE(document().mask().keptCount(), 7);
    QVERIFY(document().answerWasCached());
    document().toggleHead(document().mask().layout().at(0));
    waitForAnswer();
    while (m_window->actions().undo->isEnabled()) m_window->actions().undo->trigger();
    QCOMPARE(document().mask().keptCount(), 6);
  }

  void pruneAndOpenAgain() {
    waitForAnswer();
    const double measured = document().answer()->metric.value;
    m_answer = {path("pruned")};
    m_window->actions().pruneCompact->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(document().state(), DocumentState::Ready, kLongWait);
    QVERIFY2(QFileInfo::exists(path("pruned/config.json")), qPrintable(m_window->messages()->text()));
    m_window->openPath(path("pruned"), {path("model/train.tsv"), path("model/dev.tsv")});
    QTRY_COMPARE_WITH_TIMEOUT(document().state(), DocumentState::Ready, kLongWait);
    QCOMPARE(document().mask().headCount(), 6);
    waitForAnswer();
    QCOMPARE(document().answer()->metric.value, measured);
  }

  void runIsOpenedAgain() {
    const QStringList runs = QDir(path("runs")).entryList({"*.h5"}, QDir::Files);
    QCOMPARE(runs.size(), 1);
    m_window->openPath(path("runs") + '/' + runs.front());
    QTRY_COMPARE_WITH_TIMEOUT(document().state(), DocumentState::Ready, kLongWait);
    QVERIFY2(document().hasOrder(), qPrintable(m_window->messages()->text()));
    QCOMPARE(document().mask().keptCount(), 6);
    waitForAnswer();
  }
};

int main(int argc, char** argv) {
  WatchedApplication application(argc, argv);
  WindowFlowTest test;
  QTEST_SET_MAIN_SOURCE_PATH
  return QTest::qExec(&test, argc, argv);
}

#include "window_flow_test.moc"
