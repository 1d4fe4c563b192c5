// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <functional>

class QMenu;
class QSettings;

namespace headroom {

/// The last ten models and runs that were opened, newest first.
class RecentFiles {
 public:
  static constexpr int kMost = 10;
  explicit RecentFiles(QSettings& settings) : m_settings(settings) {}
  void add(const QString& path);
  void clear();
  [[nodiscard]] QStringList paths() const;
  /// Fills the menu: missing files are greyed, the last entry clears the list.
  void fill(QMenu* menu, const std::function<void(const QString&)>& open);

 private:
  QSettings& m_settings;
};

}  // namespace headroom
