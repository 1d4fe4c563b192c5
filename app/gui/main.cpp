// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include "app/gui/core_engine.h"
#include "app/gui/demo.h"
#include "app/gui/main_window.h"
#include "app/gui/watched_application.h"
#include "core/base/freed_memory.h"
#include "core/base/version.h"

using namespace headroom;

namespace {

/// Help and version must answer where there is no display, so they are looked for before Qt looks for a screen.
bool wantsOnlyText(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const QByteArray argument(argv[i]);
    if (argument == "--help" || argument == "-h" || argument == "--version" || argument == "-v") return true;
  }
  return false;
}

void nameApplication() {
  QCoreApplication::setApplicationName(QStringLiteral("headroom"));
  QCoreApplication::setOrganizationName(QStringLiteral("headroom"));
  QCoreApplication::setApplicationVersion(QString::fromLatin1(kProgramVersion));
  QGuiApplication::setApplicationDisplayName(QStringLiteral("Headroom"));
  QGuiApplication::setDesktopFileName(QStringLiteral("org.headroom.Headroom"));
}

int print(const CommandLineAnswer& answer) {
  std::fputs(qPrintable(answer.text), answer.exitCode == 0 ? stdout : stderr);
  return answer.exitCode;
}

}  // namespace

int main(int argc, char** argv) {
  keepFreedMemory();
  nameApplication();
  CommandLine line;
  if (wantsOnlyText(argc, argv)) {
    const QCoreApplication application(argc, argv);
    if (const auto answer = parseCommandLine(QCoreApplication::arguments(), line)) return print(*answer);
  }
  WatchedApplication application(argc, argv);
  if (const auto answer = parseCommandLine(QCoreApplication::arguments(), line)) return print(*answer);
  if (line.demo && line.path.isEmpty()) line.path = findSample();
  if (line.demo && line.path.isEmpty()) {
    std::fputs("headroom: the sample is not installed here; name a model folder\n", stderr);
    return 1;
  }
  WindowOptions options;
  options.engine = coreEngine();
  options.themeGiven = line.theme.has_value();
  options.theme = line.theme.value_or(ThemeChoice::System);
  MainWindow window(std::move(options));
  Demo demo(&window, line);
  if (!line.screenshotFolder.isEmpty())
    QObject::connect(&demo, &Demo::picturesTaken, &application, &QCoreApplication::exit, Qt::QueuedConnection);
  window.show();
  if (!line.path.isEmpty()) window.openPath(line.path, {line.train, line.dev});
  return QApplication::exec();
}
