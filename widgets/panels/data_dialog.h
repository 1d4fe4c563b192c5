// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <array>
#include <optional>

#include "core/base/data_preview.h"

class QComboBox;
class QLabel;
class QPushButton;
class QTableWidget;

namespace headroom {

class SegmentedButtons;

/// Training and dev data before they are opened: how each file is understood, what is skipped, its first rows as texts,
/// pairs, translations or pictures; the columns of tables can be put right. Shows values; reading is for others.
class DataDialog : public QDialog {
  Q_OBJECT
 public:
  enum class Role { Train, Dev };

  explicit DataDialog(QWidget* parent = nullptr);

  /// Asks for a preview of each file that is named.
  void setPaths(const QString& train, const QString& dev);
  void setPreview(const DataPreview& preview);
  void setFailure(const QString& path, const QString& reason);

  [[nodiscard]] QString path(Role role) const { return of(role).path; }
  /// As the user put them right; empty = guessed.
  [[nodiscard]] QStringList textColumns() const { return m_texts; }
  [[nodiscard]] QString labelColumn() const { return m_label; }
  [[nodiscard]] QString summaryText() const;

 signals:
  void previewWanted(const QString& path);
  void fileWanted(headroom::DataDialog::Role role);

 private:
  struct File {
    QString path;
    std::optional<DataPreview> preview;
    QString failure;
  };
  [[nodiscard]] File& of(Role role) { return m_files[static_cast<size_t>(role)]; }
  [[nodiscard]] const File& of(Role role) const { return m_files[static_cast<size_t>(role)]; }
  [[nodiscard]] const File& shown() const { return m_files[static_cast<size_t>(m_role)]; }
  QWidget* makeFileRow();
  QWidget* makeColumnRow();
  void ask(Role role);
  void takeColumns();
  void refresh();
  void fillColumns();
  void fillTable();

  std::array<File, 2> m_files;
  Role m_role = Role::Train;
  QStringList m_texts;
  QString m_label;
  SegmentedButtons* m_roles = nullptr;
  QLabel* m_path = nullptr;
  QLabel* m_summary = nullptr;
  QWidget* m_columnRow = nullptr;
  QComboBox *m_first = nullptr, *m_second = nullptr, *m_labels = nullptr;
  QTableWidget* m_table = nullptr;
  QPushButton* m_open = nullptr;
};

}  // namespace headroom
