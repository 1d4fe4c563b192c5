// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStatusBar>

#include "core/base/job_context.h"
#include "core/base/snapshots.h"

class QLabel;

namespace headroom {

class Document;

/// The line at the foot of the window: task and time left, device, speed, last checkpoint, run file.
class StatusLine : public QStatusBar {
  Q_OBJECT
 public:
  StatusLine(Document* document, QWidget* parent);

 private:
  QLabel* addPart(const QString& name);
  void showTask();
  void showDevice();
  [[nodiscard]] QString precisionText() const;
  void showRun();

  Document* m_document;
  QLabel* m_task = nullptr;
  QLabel* m_device = nullptr;
  QLabel* m_speed = nullptr;
  QLabel* m_saved = nullptr;
  QLabel* m_run = nullptr;
};

/// "40–55 s", "6–8 min", "1.2–1.6 h": a range, for nobody knows better. Empty for negative seconds.
[[nodiscard]] QString timeRangeText(double seconds);
/// "Training: 40–55 s left", "Sweeping: 12 of 49", "Looking for lambda: run 3 of at most 12 (34 of 120)".
[[nodiscard]] QString progressText(const Progress& progress);

}  // namespace headroom
