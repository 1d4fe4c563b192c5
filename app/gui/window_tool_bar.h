// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolBar>

#include "app/gui/actions.h"

class QComboBox;
class QLabel;
class QSpinBox;
class QToolButton;

namespace headroom {

/// The tool bar: open, train, pause, stop, method, K, device, undo and redo.
class WindowToolBar : public QToolBar {
  Q_OBJECT
 public:
  WindowToolBar(const WindowActions& actions, Document* document, QWidget* parent);
  /// Leaves out what is said elsewhere when the window is narrow.
  void fitTo(int width);

 private:
  QToolButton* addButton(QAction* action, const QString& text);
  void addLabelled(const QString& text, QWidget* control);
  void makeMethod();
  void makeKeep();
  void showSettings();
  void showState();

  WindowActions m_actions;
  Document* m_document;
  QToolButton* m_pause = nullptr;
  QComboBox* m_method = nullptr;
  QSpinBox* m_keep = nullptr;
  QLabel* m_device = nullptr;
  QList<QAction*> m_onlyWhenWide;
  QList<QToolButton*> m_iconsWhenNarrow;
};

}  // namespace headroom
