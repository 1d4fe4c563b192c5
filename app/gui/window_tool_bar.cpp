// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/window_tool_bar.h"

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>

#include "app/gui/document.h"
#include "core/methods/method_table.h"
#include "widgets/plots/number_text.h"

namespace headroom {

namespace {

constexpr int kWide = 1180;  // px: below this the words beside the undo arrows and the device go

}  // namespace

WindowToolBar::WindowToolBar(const WindowActions& actions, Document* document, QWidget* parent)
    : QToolBar(tr("Tool bar"), parent), m_actions(actions), m_document(document) {
  setObjectName(QStringLiteral("toolBar"));
  setMovable(false);
  setFloatable(false);
  setContextMenuPolicy(Qt::PreventContextMenu);
  setIconSize({14, 14});
  addButton(actions.openModel, tr("Open model\u2026"))->setToolButtonStyle(Qt::ToolButtonTextOnly);
  addButton(actions.openData, tr("Data\u2026"))->setToolButtonStyle(Qt::ToolButtonTextOnly);
  addSeparator();
  addButton(actions.start, tr("Train"))->setProperty("primary", true);
  m_pause = addButton(actions.pause, tr("Pause"));
  addButton(actions.stop, tr("Stop"));
  addSeparator();
  makeMethod();
  makeKeep();
  m_device = new QLabel;
  m_device->setAccessibleName(tr("Device"));
  addLabelled(tr("Device"), m_device);
  m_onlyWhenWide = this->actions().mid(this->actions().size() - 2);
  addSeparator();
  m_iconsWhenNarrow = {addButton(actions.undo, tr("Undo")), addButton(actions.redo, tr("Redo"))};
  connect(document, &Document::settingsChanged, this, &WindowToolBar::showSettings);
  connect(document, &Document::modelChanged, this, &WindowToolBar::showSettings);
  connect(document, &Document::stateChanged, this, &WindowToolBar::showState);
  connect(document, &Document::deviceChanged, this,
          [this] { m_device->setText(QString::fromStdString(m_document->device().name)); });
  showSettings();
  showState();
}

QToolButton* WindowToolBar::addButton(QAction* action, const QString& text) {
  auto* button = new QToolButton;
  action->setIconText(text);
  button->setDefaultAction(action);
  button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  button->setAccessibleName(text);
  button->setFocusPolicy(Qt::TabFocus);
  addWidget(button);
  return button;
}

void WindowToolBar::addLabelled(const QString& text, QWidget* control) {
  auto* label = new QLabel(text);
  label->setBuddy(control);
  label->setProperty("textRole", "secondary");
  label->setContentsMargins(4, 0, 2, 0);
  addWidget(label);
  addWidget(control);
}

void WindowToolBar::makeMethod() {
  m_method = new QComboBox;
  m_method->setAccessibleName(tr("Method"));
  m_method->setToolTip(tr("How the heads to keep are found; PASSCONC also prefers to empty whole layers"));
  for (const MethodInfo& method : methodTable())
    m_method->addItem(methodText(method.name), QString::fromStdString(method.name));
  connect(m_method, &QComboBox::activated, this, [this](int index) {
    TrainSettings settings = m_document->settings();
    settings.method = m_method->itemData(index).toString().toStdString();
    m_document->setSettings(settings);
  });
  addLabelled(tr("Method"), m_method);
}

void WindowToolBar::makeKeep() {
  m_keep = new QSpinBox;
  m_keep->setAccessibleName(tr("Heads to keep in training"));
  m_keep->setKeyboardTracking(false);
  connect(m_keep, &QSpinBox::valueChanged, this, [this](int keep) {
    TrainSettings settings = m_document->settings();
    settings.keep = keep;
    m_document->setSettings(settings);
  });
  addLabelled(tr("Keep"), m_keep);
}

void WindowToolBar::showSettings() {
  const TrainSettings& settings = m_document->settings();
  const HeadLayout layout = m_document->model() ? m_document->model()->layout : HeadLayout();
  const bool groups = settings.unit == "group";
  const int units = groups ? layout.keyValueHeadCount() : layout.headCount();
  const QSignalBlocker quietKeep(m_keep), quietMethod(m_method);
  m_keep->setToolTip(groups ? tr("K: how many key/value groups a training run leaves open")
                            : tr("K: how many heads a training run leaves open"));
  m_keep->setRange(0, units);
  m_keep->setSuffix(groups ? tr(" of %1 groups").arg(units) : tr(" of %1").arg(units));
  m_keep->setValue(settings.keep);
  m_method->setCurrentIndex(m_method->findData(QString::fromStdString(settings.method)));
}

void WindowToolBar::showState() {
  const bool fixed = !m_document->model() || m_document->isTraining();
  m_keep->setEnabled(!fixed);
  m_method->setEnabled(!fixed);
  // One button pauses and goes on, as on every player.
  const bool resumes = m_document->state() == DocumentState::Paused ||
                       (m_document->state() == DocumentState::Ready && m_document->run().resumable);
  QAction* action = resumes ? m_actions.resume : m_actions.pause;
  if (m_pause->defaultAction() == action) return;
  m_pause->removeAction(m_pause->defaultAction());
  action->setIconText(resumes ? tr("Resume") : tr("Pause"));
  m_pause->setDefaultAction(action);
  m_pause->setAccessibleName(action->iconText());
}

void WindowToolBar::fitTo(int width) {
  const bool wide = width >= kWide;
  for (QAction* action : m_onlyWhenWide) action->setVisible(wide);
  for (QToolButton* button : m_iconsWhenNarrow)
    button->setToolButtonStyle(wide ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
}

}  // namespace headroom
