// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/demo.h"

#include <QDir>
#include <algorithm>

#include "app/gui/main_window.h"

namespace headroom {

namespace {

/// Where in a run the gates have something to tell: after the first events, before the last.
constexpr double kTellingShare = 0.6;

}  // namespace

Demo::Demo(MainWindow* window, CommandLine line) : QObject(window), m_window(window), m_line(std::move(line)) {
  Document* document = window->document();
  connect(document, &Document::dataChanged, this, [this] {
    if (!std::exchange(m_begun, true)) begin();
  });
  // The run starts when the opened model's own accuracy is on screen.
  connect(document, &Document::answerChanged, this, [this, document] {
    const bool answered = document->answer() && document->answer()->complete && !document->isEvaluating();
    if (!m_line.demo || !m_begun || m_started || !answered) return;
    if (document->run().report) {  // a finished run was opened: there is nothing to start
      m_started = true;
      return finishWhenMeasured();
    }
    m_started = true;
    take(QStringLiteral("opened"));
    QMetaObject::invokeMethod(m_window, &MainWindow::startTraining, Qt::QueuedConnection);
  });
  connect(document, &Document::pointsArrived, this, &Demo::watchTraining);
  connect(document, &Document::stateChanged, this, &Demo::finishWhenMeasured);
  connect(document, &Document::failed, this, [this] { finish(1); });
}

void Demo::begin() {
  Document* document = m_window->document();
  if (m_line.demo && !(document->hasTrainData() && document->hasDevData())) {
    qWarning("the demo needs training and dev texts beside the model, or --data-train and --data-dev");
    return finish(1);
  }
  TrainSettings settings = document->settings();
  const int heads = document->model()->layout.headCount();
  if (m_line.keep) settings.keep = std::min(*m_line.keep, heads);
  if (m_line.steps) settings.steps = *m_line.steps;
  document->setSettings(settings);
}

void Demo::finishWhenMeasured() {
  const Document* document = m_window->document();
  const bool ready = document->state() == DocumentState::Ready && document->run().report;
  if (!m_started || m_done || !ready || !document->isMeasured()) return;
  take(QStringLiteral("done"));
  finish(0);
}

void Demo::watchTraining() {
  const OpenRun& run = m_window->document()->run();
  if (m_tookTraining || run.step < static_cast<std::int64_t>(kTellingShare * static_cast<double>(run.settings.steps)))
    return;
  m_tookTraining = true;
  take(QStringLiteral("training"));
}

void Demo::take(const QString& moment) {
  if (m_line.screenshotFolder.isEmpty()) return;
  const QString path = QDir(m_line.screenshotFolder).filePath(QStringLiteral("window-%1.png").arg(moment));
  if (!QDir().mkpath(m_line.screenshotFolder) || !m_window->grab().save(path, "PNG")) {
    qWarning("%s: the picture cannot be written", qPrintable(path));
    finish(1);
  }
}

void Demo::finish(int exitCode) {
  if (std::exchange(m_done, true)) return;
  emit picturesTaken(exitCode);
}

}  // namespace headroom
