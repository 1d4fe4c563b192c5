// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/message_bar.h"

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPlainTextEdit>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/plots/icons.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

QString kindText(MessageBar::Severity severity) {
  switch (severity) {
    case MessageBar::Severity::Warning: return MessageBar::tr("Warning");
    case MessageBar::Severity::Error: return MessageBar::tr("Error");
    default: return MessageBar::tr("Note");
  }
}

}  // namespace

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  setAccessibleName(tr("Message"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(14, 5, 8, 5);
  column->setSpacing(4);
  auto* row = new QHBoxLayout;
  row->setSpacing(6);
  m_kind = new QLabel(this);
  m_kind->setFont(themeFont(TextRole::Body, true));
  m_text = new QLabel(this);
  m_text->setWordWrap(true);
  m_text->setTextFormat(Qt::PlainText);
  m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_action = makeButton({}, tr("Does what the message proposes"));
  m_detailsButton = makeButton(tr("Details"), tr("Shows or hides what the program knows about it"));
  m_detailsButton->setCheckable(true);
  QToolButton* copyButton = makeButton(tr("Copy"), tr("Copies message and details"));
  QToolButton* close = makeButton({}, tr("Closes the message (Escape)"));
  close->setAccessibleName(tr("Close message"));
  close->setIcon(themeIcon(IconName::Close));
  close->setProperty("quiet", true);
  row->addWidget(m_kind);
  row->addWidget(m_text, 1);
  for (QToolButton* button : {m_action, m_detailsButton, copyButton, close}) row->addWidget(button);
  m_details = new QPlainTextEdit(this);
  m_details->setReadOnly(true);
  m_details->setMaximumHeight(scaledPixels(110));
  m_details->setAccessibleName(tr("Details of the message"));
  m_details->setToolTip(tr("What the program knows about it"));
  column->addLayout(row);
  column->addWidget(m_details);
  connect(m_action, &QToolButton::clicked, this, &MessageBar::actionChosen);
  connect(m_detailsButton, &QToolButton::toggled, m_details, &QWidget::setVisible);
  connect(copyButton, &QToolButton::clicked, this, &MessageBar::copy);
  connect(close, &QToolButton::clicked, this, &MessageBar::dismiss);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  hide();
}

QToolButton* MessageBar::makeButton(const QString& text, const QString& tooltip) {
  auto* button = new QToolButton(this);
  button->setText(text);
  button->setAccessibleName(text.isEmpty() ? tr("Remedy") : text);
  button->setToolTip(tooltip);
  button->setFocusPolicy(Qt::StrongFocus);
  return button;
}

void MessageBar::showMessage(Severity severity, const QString& text, const QString& details) {
  m_severity = severity;
  m_kind->setText(kindText(severity));
  m_text->setText(text);
  m_details->setPlainText(details);
  m_details->hide();
  m_detailsButton->setChecked(false);
  m_detailsButton->setVisible(!details.isEmpty());
  m_action->hide();
  show();
  update();
  announce();
}

void MessageBar::announce() {
  setAccessibleDescription(m_kind->text() + QStringLiteral(": ") + m_text->text());
  QAccessibleEvent alert(this, QAccessible::Alert);
  QAccessible::updateAccessibility(&alert);
}

void MessageBar::setAction(const QString& text) {
  m_action->setText(text);
  m_action->setAccessibleName(text);
  m_action->show();
}

void MessageBar::dismiss() {
  if (isHidden()) return;
  hide();
  emit dismissed();
}

QString MessageBar::text() const { return m_text->text(); }

void MessageBar::copy() const {
  const QString details = m_details->toPlainText();
  QGuiApplication::clipboard()->setText(details.isEmpty() ? text() : text() + QLatin1Char('\n') + details);
}

void MessageBar::paintEvent(QPaintEvent*) {
  const PlotTheme theme = PlotTheme::current(palette());
  const QColor edge = m_severity == Severity::Note ? theme.accent : theme.cursor;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(theme.line);
  painter.setBrush(theme.panel);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
  painter.setPen(Qt::NoPen);
  painter.setBrush(edge);
  // Errors have a thicker edge than warnings: the kind is told by word, colour and form.
  painter.drawRoundedRect(QRectF(1, 1, m_severity == Severity::Error ? 7 : 4, height() - 2), 3, 3);
}

void MessageBar::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Escape) return dismiss();
  QFrame::keyPressEvent(event);
}

}  // namespace headroom
