// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/watched_application.h"

#include <QElapsedTimer>
#include <QMetaEnum>
#include <cstdio>

namespace headroom {

namespace {

bool isPainting(QEvent::Type type) {
  return type == QEvent::Paint || type == QEvent::UpdateRequest || type == QEvent::Expose;
}

}  // namespace

WatchedApplication::WatchedApplication(int& argc, char** argv)
    : QApplication(argc, argv), m_watches(qEnvironmentVariableIntValue("HEADROOM_WATCHDOG") == 1) {}

bool WatchedApplication::notify(QObject* receiver, QEvent* event) {
  if (!m_watches) return QApplication::notify(receiver, event);
  const QEvent::Type type = event->type();
  const bool outermost = m_depth == 0;
  const bool paints = isPainting(type);
  if (!outermost && !paints) return QApplication::notify(receiver, event);
  if (outermost) m_painting = 0;
  const QByteArray name = receiver->metaObject()->className();  // the receiver may delete itself
  const double paintedBefore = m_painting;
  QElapsedTimer clock;
  clock.start();
  ++m_depth;
  const bool done = QApplication::notify(receiver, event);
  --m_depth;
  const double elapsed = static_cast<double>(clock.nsecsElapsed()) / 1e6;
  if (paints) {
    m_painting = paintedBefore + elapsed;  // painting inside painting counts once
  } else if (elapsed - m_painting > kLongest) {
    ++m_stalls;
    const char* key = QMetaEnum::fromType<QEvent::Type>().valueToKey(type);
    std::fprintf(stderr, "watchdog: %s for %s took %.1f ms\n", key != nullptr ? key : "event", name.constData(),
                 elapsed - m_painting);
  }
  return done;
}

}  // namespace headroom
