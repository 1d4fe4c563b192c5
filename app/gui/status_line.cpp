// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/status_line.h"

#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QTime>
#include <cmath>

#include "app/gui/document.h"
#include "widgets/plots/number_text.h"

namespace headroom {

namespace {

QString range(double low, double high, double unit, int decimals, const QString& name) {
  const QString from = fixedText(low / unit, decimals), to = fixedText(high / unit, decimals);
  return from == to ? QStringLiteral("%1\u00a0%2").arg(to, name)
                    : QStringLiteral("%1\u2013%2\u00a0%3").arg(from, to, name);
}

}  // namespace

QString timeRangeText(double seconds) {
  if (!(seconds >= 0) || seconds > 1e8) return {};
  const double low = 0.9 * seconds, high = 1.25 * seconds;
  if (high < 10) return StatusLine::tr("less than 10\u00a0s");
  if (high < 100) return range(5 * std::floor(low / 5), 5 * std::ceil(high / 5), 1, 0, StatusLine::tr("s"));
  if (high < 5400) return range(60 * std::floor(low / 60), 60 * std::ceil(high / 60), 60, 0, StatusLine::tr("min"));
  return range(low, high, 3600, 1, StatusLine::tr("h"));
}

QString progressText(const Progress& progress) {
  if (progress.task.empty()) return {};
  QString task = QString::fromStdString(progress.task);
  task[0] = task[0].toUpper();
  if (!progress.detail.empty())
    return StatusLine::tr("%1: %2 (%3 of %4)")
        .arg(task, QString::fromStdString(progress.detail), countText(progress.step), countText(progress.total));
  const QString left = timeRangeText(progress.secondsLeft);
  if (!left.isEmpty()) return StatusLine::tr("%1: %2 left").arg(task, left);
  if (progress.total <= 0) return task + QChar(0x2026);
  return StatusLine::tr("%1: %2 of %3").arg(task, countText(progress.step), countText(progress.total));
}

StatusLine::StatusLine(Document* document, QWidget* parent) : QStatusBar(parent), m_document(document) {
  setObjectName(QStringLiteral("statusLine"));
  setSizeGripEnabled(false);
  setContentsMargins(8, 2, 8, 2);
  m_task = addPart(tr("Task and time left"));
  m_device = addPart(tr("Device"));
  m_speed = addPart(tr("Training speed"));
  m_saved = addPart(tr("Last checkpoint"));
  m_run = new QLabel(this);
  m_run->setAccessibleName(tr("Run file"));
  m_run->setProperty("textRole", "secondary");
  addPermanentWidget(m_run);
  connect(document, &Document::stateChanged, this, &StatusLine::showTask);
  connect(document, &Document::progressChanged, this, &StatusLine::showTask);
  connect(document, &Document::answerChanged, this, &StatusLine::showTask);
  connect(document, &Document::deviceChanged, this, &StatusLine::showDevice);
  connect(document, &Document::disagreementChanged, this, &StatusLine::showDevice);
  connect(document, &Document::runBegan, this, &StatusLine::showRun);
  connect(document, &Document::runOpened, this, &StatusLine::showRun);
  connect(document, &Document::pointsArrived, this, [this](const std::vector<TrainPoint>& points) {
    m_speed->setText(tr("%1 examples/s").arg(countText(std::llround(points.back().examplesPerSecond))));
  });
  connect(document, &Document::eventArrived, this, [this](const TrainEvent& event) {
    if (event.kind == TrainEventKind::Checkpoint)
      m_saved->setText(tr("saved %1").arg(QTime::currentTime().toString(QStringLiteral("HH:mm:ss"))));
  });
  showTask();
}

QLabel* StatusLine::addPart(const QString& name) {
  auto* label = new QLabel(this);
  label->setAccessibleName(name);
  label->setProperty("textRole", "secondary");
  label->setIndent(m_task == nullptr ? 4 : 16);
  addWidget(label);
  return label;
}

void StatusLine::showTask() {
  QString text = progressText(m_document->progress());
  switch (m_document->state()) {
    case DocumentState::Empty: text = tr("No model is open"); break;
    case DocumentState::Failed: text = tr("Nothing could be opened"); break;
    case DocumentState::Paused: text = tr("Paused at step %1").arg(countText(m_document->run().step)); break;
    case DocumentState::Loading:
      if (text.isEmpty()) text = tr("Opening\u2026");
      break;
    case DocumentState::Training:
      if (text.isEmpty()) text = tr("Training\u2026");
      break;
    case DocumentState::Busy:
      if (text.isEmpty())
        text = m_document->isComparing() ? tr("Comparing\u2026") : tr("Saving the pruned model\u2026");
      break;
    case DocumentState::Ready:
      if (text.isEmpty())
        text = m_document->isSweeping()     ? tr("Sweeping\u2026")
               : m_document->isEvaluating() ? tr("Evaluating\u2026")
                                            : tr("Ready");
      break;
  }
  m_task->setText(text);
  // Not hidden: the bar itself hides and shows its parts around passing messages.
  if (!m_document->isTraining()) m_speed->clear();
}

void StatusLine::showDevice() {
  const DeviceSummary& device = m_document->device();
  QString text = QString::fromStdString(device.name);
  if (device.memoryTotal > 0) {
    constexpr double kGibibyte = 1024.0 * 1024 * 1024;
    text += tr(" \u00b7 %1 of %2\u00a0GiB")
                .arg(fixedText(device.memoryUsed / kGibibyte, 1), fixedText(device.memoryTotal / kGibibyte, 0));
  }
  if (device.dtype != "float32") text += QStringLiteral(" \u00b7 ") + precisionText();
  m_device->setText(text);
  m_device->setToolTip(
      tr("LibTorch %1. %2").arg(QString::fromStdString(device.libtorch), QString::fromStdString(device.blas)));
}

QString StatusLine::precisionText() const {
  const QString dtype = QString::fromStdString(m_document->device().dtype);
  const std::optional<TypeDisagreement>& found = m_document->disagreement();
  if (!found) return dtype;
  return tr("%1: %2 of %3 predictions differ from float32, logits by at most %4, score by %5 points")
      .arg(dtype, countText(found->differing), countText(found->predictions),
           QString::number(found->largestLogitDifference, 'g', 2),
           signedText(100 * (found->metric.value - found->float32.value), 2));
}

void StatusLine::showRun() {
  const QString path = QString::fromStdString(m_document->run().path);
  m_run->setText(QFileInfo(path).fileName());
  m_run->setToolTip(path);
  m_speed->clear();
  m_saved->clear();
}

}  // namespace headroom
