// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/recent_files.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QMenu>
#include <QSettings>

namespace headroom {

namespace {

const char* const kKey = "recent/paths";

QString recentText(const char* text) { return QCoreApplication::translate("RecentFiles", text); }

/// An ampersand in a file name is no mnemonic.
QString menuText(const QString& path, int number) {
  QString name = QFileInfo(path).fileName();
  const QString folder = QDir::toNativeSeparators(QFileInfo(path).absolutePath());
  return QStringLiteral("&%1  %2 \u2014 %3")
      .arg(number % 10)
      .arg(name.replace('&', "&&"), QString(folder).replace('&', "&&"));
}

}  // namespace

void RecentFiles::add(const QString& path) {
  const QString clean = QDir::cleanPath(QFileInfo(path).absoluteFilePath());
  QStringList list = paths();
  list.removeAll(clean);
  list.prepend(clean);
  m_settings.setValue(kKey, list.mid(0, kMost));
}

void RecentFiles::clear() { m_settings.remove(kKey); }

QStringList RecentFiles::paths() const { return m_settings.value(kKey).toStringList(); }

void RecentFiles::fill(QMenu* menu, const std::function<void(const QString&)>& open) {
  menu->clear();
  const QStringList list = paths();
  int number = 0;
  for (const QString& path : list) {
    QAction* action = menu->addAction(menuText(path, ++number));
    QObject::connect(action, &QAction::triggered, menu, [open, path] { open(path); });
    if (QFileInfo::exists(path)) continue;
    action->setEnabled(false);
    action->setText(action->text() + recentText(" (missing)"));
  }
  if (list.isEmpty()) menu->addAction(recentText("Nothing was opened yet"))->setEnabled(false);
  menu->addSeparator();
  QAction* forget = menu->addAction(recentText("&Clear list"));
  forget->setEnabled(!list.isEmpty());
  QObject::connect(forget, &QAction::triggered, menu, [this] { clear(); });
}

}  // namespace headroom
