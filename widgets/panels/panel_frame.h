// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace headroom {

class ElidedLabel;

/// A flat frame with a title line: title, widgets beside it, a note and widgets on the right; the body below.
class PanelFrame : public QFrame {
  Q_OBJECT
 public:
  explicit PanelFrame(const QString& title, QWidget* parent = nullptr);

  /// Takes ownership; replaces the body there was.
  void setBody(QWidget* body);
  /// Next to the title.
  void addBesideTitle(QWidget* widget);
  /// At the right end of the title line.
  void addHeaderWidget(QWidget* widget);
  /// Secondary text on the right of the title line.
  void setNote(const QString& note);
  [[nodiscard]] QString title() const;

 private:
  QHBoxLayout* m_header = nullptr;
  QHBoxLayout* m_beside = nullptr;
  QVBoxLayout* m_column = nullptr;
  QLabel* m_title = nullptr;
  ElidedLabel* m_note = nullptr;
  QWidget* m_body = nullptr;
};

}  // namespace headroom
