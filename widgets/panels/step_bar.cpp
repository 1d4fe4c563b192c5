// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/step_bar.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QSlider>
#include <QToolButton>
#include <algorithm>

#include "widgets/plots/icons.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

QToolButton* quietButton(QWidget* parent, const QString& name, const QString& tooltip) {
  auto* button = new QToolButton(parent);
  button->setProperty("quiet", true);
  button->setAccessibleName(name);
  button->setToolTip(tooltip);
  button->setFocusPolicy(Qt::StrongFocus);
  button->setFont(themeFont(TextRole::Secondary));
  return button;
}

}  // namespace

StepBar::StepBar(QWidget* parent) : QWidget(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(4);
  m_text = new QLabel(this);
  m_text->setFont(themeFont(TextRole::Secondary));
  m_text->setProperty("textRole", QStringLiteral("secondary"));
  m_slider = new QSlider(Qt::Horizontal, this);
  m_slider->setAccessibleName(tr("Step shown"));
  m_slider->setToolTip(tr("Optimiser step that all views show. End follows the newest step again."));
  m_slider->setMinimumSize(scaledPixels(70), scaledPixels(20));
  m_slider->setMaximumWidth(scaledPixels(220));
  m_previous = quietButton(this, tr("Previous step"), tr("One logged step back"));
  m_previous->setIcon(themeIcon(IconName::Previous));
  m_next = quietButton(this, tr("Next step"), tr("One logged step on"));
  m_next->setIcon(themeIcon(IconName::Next));
  for (QToolButton* button : {m_previous, m_next}) {
    button->setIconSize(QSize(scaledPixels(11), scaledPixels(11)));
    button->setAutoRepeat(true);
  }
  m_follow = quietButton(
      this, tr("Follow"),
      tr("Show every new step as it comes; lets go at the first touch of the slider (key End follows again)"));
  m_follow->setCheckable(true);
  for (QWidget* widget : std::initializer_list<QWidget*>{m_text, m_slider, m_previous, m_next, m_follow})
    row->addWidget(widget);
  row->setStretch(1, 1);
  for (QWidget* widget : std::initializer_list<QWidget*>{m_slider, m_previous, m_next})
    widget->installEventFilter(this);
  connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
    if (!m_moving) choose(value);
  });
  connect(m_slider, &QSlider::sliderPressed, this, [this] { setFollowing(false); });
  connect(m_previous, &QToolButton::clicked, this, [this] { choose(m_step - m_interval); });
  connect(m_next, &QToolButton::clicked, this, [this] { choose(m_step + m_interval); });
  connect(m_follow, &QToolButton::clicked, this, &StepBar::setFollowing);
  refreshText();
}

void StepBar::setRange(std::int64_t last, std::int64_t total) {
  m_last = last;
  m_total = std::max(last, total);
  m_moving = true;
  m_slider->setMaximum(static_cast<int>(std::min<std::int64_t>(m_last, 1 << 30)));
  m_slider->setPageStep(static_cast<int>(std::max<std::int64_t>(1, m_last / 20)));
  m_moving = false;
  if (m_following)
    showStep(m_last);
  else
    showStep(std::min(m_step, m_last));
}

void StepBar::setInterval(std::int64_t steps) {
  m_interval = std::max<std::int64_t>(1, steps);
  m_slider->setSingleStep(static_cast<int>(m_interval));
}

void StepBar::choose(std::int64_t step) {
  setFollowing(false);
  showStep(std::clamp<std::int64_t>(step, 0, m_last));
}

void StepBar::setFollowing(bool following) {
  const bool changed = following != m_following;
  m_following = following;
  if (following) showStep(m_last);
  refreshText();
  if (changed) emit followingChanged(following);
}

void StepBar::showStep(std::int64_t step) {
  const bool changed = step != m_step;
  m_step = step;
  m_moving = true;
  m_slider->setValue(static_cast<int>(step));
  m_moving = false;
  refreshText();
  if (changed) emit stepChanged(step);
}

void StepBar::refreshText() {
  m_text->setText(m_last == 0 ? tr("no steps yet") : tr("step %1 of %2").arg(countText(m_step), countText(m_total)));
  m_follow->setChecked(m_following);
  m_follow->setText(m_following ? tr("Follow ✓") : tr("Follow"));
  for (QWidget* widget : std::initializer_list<QWidget*>{m_slider, m_previous, m_next}) widget->setEnabled(m_last > 0);
}

bool StepBar::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_End) {
    setFollowing(true);
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace headroom
