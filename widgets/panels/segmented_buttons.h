// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QButtonGroup;
class QHBoxLayout;

namespace headroom {

/// Buttons side by side of which exactly one is down; arrow keys move between them.
class SegmentedButtons : public QWidget {
  Q_OBJECT
 public:
  /// `name` is what a screen reader calls the group.
  explicit SegmentedButtons(const QString& name, QWidget* parent = nullptr);

  /// Returns the index. The first option is chosen at once.
  int addOption(const QString& text, const QString& tooltip);
  void setOptionText(int index, const QString& text);
  /// A hidden option can still be the current one.
  void setOptionVisible(int index, bool visible);
  /// Low buttons, for a plot's title line.
  void setCompact();
  [[nodiscard]] int current() const;
  /// Does not emit.
  void setCurrent(int index);

 signals:
  /// The user chose another option.
  void chosen(int index);

 private:
  void restyle();

  QHBoxLayout* m_row = nullptr;
  QButtonGroup* m_group = nullptr;
};

}  // namespace headroom
