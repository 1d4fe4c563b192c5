// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>

namespace headroom {

/// An application that can watch its own event loop: with HEADROOM_WATCHDOG=1 every event other than painting that
/// takes longer than 10 ms is named on standard error.
class WatchedApplication : public QApplication {
  Q_OBJECT
 public:
  static constexpr double kLongest = 10;  ///< ms that anything but painting may take on the window's thread

  WatchedApplication(int& argc, char** argv);
  bool notify(QObject* receiver, QEvent* event) override;
  /// Stalls so far; 0 when the watchdog is off.
  [[nodiscard]] int stalls() const { return m_stalls; }

 private:
  bool m_watches;
  int m_depth = 0;
  double m_painting = 0;  ///< ms of painting inside the event that is being timed
  int m_stalls = 0;
};

}  // namespace headroom
