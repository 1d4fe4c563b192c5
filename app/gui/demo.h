// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "app/gui/command_line.h"

namespace headroom {

class MainWindow;

/// Does what the command line asks of an open window: settings, a run that starts by itself, pictures at named moments.
class Demo : public QObject {
  Q_OBJECT
 public:
  Demo(MainWindow* window, CommandLine line);

 signals:
  /// Every picture is taken, or none can be any more. `exitCode` 1 = something failed.
  void picturesTaken(int exitCode);

 private:
  void begin();
  void watchTraining();
  void finishWhenMeasured();
  void take(const QString& moment);
  void finish(int exitCode);

  MainWindow* m_window;
  CommandLine m_line;
  bool m_begun = false;
  bool m_started = false;
  bool m_tookTraining = false;
  bool m_done = false;
};

}  // namespace headroom
