// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QLabel;
class QPlainTextEdit;
class QToolButton;

namespace headroom {

/// One inline message: what happened, with details and copy. Never modal; hidden while there is nothing to say.
class MessageBar : public QFrame {
  Q_OBJECT
 public:
  enum class Severity { Note, Warning, Error };

  explicit MessageBar(QWidget* parent = nullptr);
  /// Replaces the message there was. `details` may be empty.
  void showMessage(Severity severity, const QString& text, const QString& details = {});
  /// Adds a button for the remedy, e.g. "Reload"; it emits actionChosen(). Gone with the next message.
  void setAction(const QString& text);
  void dismiss();
  [[nodiscard]] QString text() const;
  [[nodiscard]] Severity severity() const { return m_severity; }

 signals:
  void actionChosen();
  void dismissed();

 protected:
  void paintEvent(QPaintEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QToolButton* makeButton(const QString& text, const QString& tooltip);
  void announce();
  void copy() const;

  Severity m_severity = Severity::Note;
  QLabel* m_kind = nullptr;
  QLabel* m_text = nullptr;
  QPlainTextEdit* m_details = nullptr;
  QToolButton* m_action = nullptr;
  QToolButton* m_detailsButton = nullptr;
};

}  // namespace headroom
