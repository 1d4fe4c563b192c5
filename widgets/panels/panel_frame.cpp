// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/panel_frame.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "widgets/panels/elided_label.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

PanelFrame::PanelFrame(const QString& title, QWidget* parent) : QFrame(parent) {
  setAttribute(Qt::WA_StyledBackground);
  setAccessibleName(title);
  m_column = new QVBoxLayout(this);
  m_column->setContentsMargins(1, 1, 1, 1);
  m_column->setSpacing(0);
  auto* line = new QWidget(this);
  line->setFixedHeight(scaledPixels(27));
  m_header = new QHBoxLayout(line);
  m_header->setContentsMargins(10, 0, 10, 0);
  m_header->setSpacing(8);
  m_title = new QLabel(title, line);
  m_title->setFont(themeFont(TextRole::Body, true));
  m_note = new ElidedLabel(line);
  m_note->setFont(themeFont(TextRole::Secondary));
  m_note->setProperty("textRole", QStringLiteral("secondary"));
  m_note->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);  // what a panel says must not make it wider
  m_note->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  m_note->hide();
  m_beside = new QHBoxLayout;
  m_beside->setSpacing(6);
  m_header->addWidget(m_title);
  m_header->addLayout(m_beside);
  m_header->addWidget(m_note, 1);
  m_header->addStretch(0);
  auto* rule = new QFrame(this);
  rule->setObjectName(QStringLiteral("panelRule"));
  m_column->addWidget(line);
  m_column->addWidget(rule);
  if (!title.isEmpty()) return;
  line->hide();
  rule->hide();
}

void PanelFrame::setBody(QWidget* body) {
  delete m_body;
  m_body = body;
  m_column->addWidget(body, 1);
}

void PanelFrame::addBesideTitle(QWidget* widget) { m_beside->addWidget(widget); }
void PanelFrame::addHeaderWidget(QWidget* widget) { m_header->addWidget(widget); }

void PanelFrame::setNote(const QString& note) {
  m_note->setFullText(note);
  m_note->setVisible(!note.isEmpty());
}

QString PanelFrame::title() const { return m_title->text(); }

}  // namespace headroom
