// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/segmented_buttons.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QToolButton>

#include "widgets/plots/plot_theme.h"
#include "widgets/plots/style_sheet.h"

namespace headroom {
namespace {

constexpr char kLeftOut[] = "leftOut";

}  // namespace

SegmentedButtons::SegmentedButtons(const QString& name, QWidget* parent) : QWidget(parent) {
  setAccessibleName(name);
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  m_row = new QHBoxLayout(this);
  m_row->setContentsMargins(0, 0, 0, 0);
  m_row->setSpacing(0);
  m_group = new QButtonGroup(this);
  m_group->setExclusive(true);
  connect(m_group, &QButtonGroup::idClicked, this, &SegmentedButtons::chosen);
}

int SegmentedButtons::addOption(const QString& text, const QString& tooltip) {
  const int index = static_cast<int>(m_group->buttons().size());
  auto* button = new QToolButton(this);
  button->setText(text);
  button->setToolTip(tooltip);
  button->setAccessibleName(accessibleName() + QStringLiteral(": ") + text);
  button->setCheckable(true);
  button->setChecked(index == 0);
  button->setFocusPolicy(Qt::StrongFocus);
  button->setFont(themeFont(TextRole::Secondary));
  m_group->addButton(button, index);
  m_row->addWidget(button);
  restyle();
  return index;
}

void SegmentedButtons::setOptionText(int index, const QString& text) {
  m_group->button(index)->setText(text);
  m_group->button(index)->setAccessibleName(accessibleName() + QStringLiteral(": ") + text);
}

void SegmentedButtons::setOptionVisible(int index, bool visible) {
  m_group->button(index)->setVisible(visible);
  m_group->button(index)->setProperty(kLeftOut, !visible);
  restyle();
}

void SegmentedButtons::restyle() {
  QList<QAbstractButton*> shown;
  for (QAbstractButton* button : m_group->buttons())
    if (!button->property(kLeftOut).toBool()) shown.append(button);
  for (qsizetype i = 0; i < shown.size(); ++i) {
    const char* place = shown.size() == 1 ? "only" : i == 0 ? "first" : i + 1 == shown.size() ? "last" : "middle";
    setLook(shown[i], "segment", QString::fromLatin1(place));
  }
}

void SegmentedButtons::setCompact() {
  for (QAbstractButton* button : m_group->buttons()) {
    setLook(button, "compact", true);
    button->setFont(themeFont(TextRole::Axis));
  }
}

int SegmentedButtons::current() const { return m_group->checkedId(); }

void SegmentedButtons::setCurrent(int index) { m_group->button(index)->setChecked(true); }

}  // namespace headroom
