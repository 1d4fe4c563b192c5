// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/example_panel.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/panels/example_image.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/style_sheet.h"

namespace headroom {

namespace {

constexpr int kPictureSide = 84;

QLabel* makeLabel(TextRole role, bool strong, bool secondary) {
  auto* label = new QLabel;
  label->setFont(themeFont(role, strong));
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  if (secondary) label->setProperty("textRole", QStringLiteral("secondary"));
  return label;
}

/// The answer itself: the most probable choice, or the translation.
QString answerOf(const Prediction& prediction) {
  return QString::fromStdString(prediction.choices.empty() ? prediction.text : prediction.choices.front().name);
}

QString choiceText(const Choice& choice) {
  const QString text = QString::fromStdString(choice.name) + QStringLiteral("  ") + percentText(choice.probability);
  return choice.right ? text + QStringLiteral("  \u2713") : text;
}

}  // namespace

ExamplePanel::ExamplePanel(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(10, 6, 10, 6);
  column->setSpacing(5);
  auto* row = new QHBoxLayout;
  auto* name = new QLabel(tr("E&xample"));
  m_index = new QSpinBox;
  m_index->setAccessibleName(tr("Number of the example in the dev data, from 0"));
  m_index->setToolTip(tr("Which example of the dev data"));
  m_index->setKeyboardTracking(false);
  name->setBuddy(m_index);
  m_count = makeLabel(TextRole::Secondary, false, true);
  m_count->setWordWrap(false);
  row->addWidget(name);
  row->addWidget(m_index);
  row->addWidget(m_count, 1);
  column->addLayout(row);
  m_hint = makeLabel(TextRole::Body, false, true);
  column->addWidget(m_hint);

  m_body = new QWidget;
  auto* body = new QVBoxLayout(m_body);
  body->setContentsMargins(0, 0, 0, 0);
  body->setSpacing(5);
  auto* input = new QHBoxLayout;
  m_picture = new QLabel;
  m_picture->setAccessibleName(tr("The example's image"));
  m_text = makeLabel(TextRole::Body, false, false);
  m_expected = makeLabel(TextRole::Secondary, false, true);
  auto* words = new QVBoxLayout;
  words->addWidget(m_text);
  words->addWidget(m_expected);
  m_verdict = makeLabel(TextRole::Body, true, false);
  words->addWidget(m_verdict);
  words->addStretch(1);
  input->addWidget(m_picture, 0, Qt::AlignTop);
  input->addLayout(words, 1);
  body->addLayout(input);
  m_grid = new QGridLayout;
  m_grid->setHorizontalSpacing(14);
  m_grid->setVerticalSpacing(2);
  body->addLayout(m_grid);
  body->addStretch(1);
  auto* scroll = new QScrollArea;
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(m_body);
  column->addWidget(scroll, 1);
  connect(m_index, &QSpinBox::valueChanged, this, [this](int value) { emit indexChosen(value); });
  setCount(0);
}

void ExamplePanel::setCount(std::int64_t count) {
  m_index->setEnabled(count > 0);
  m_index->setRange(0, static_cast<int>(std::max<std::int64_t>(count, 1)) - 1);
  m_count->setText(count > 0 ? tr("of %1, counted from 0").arg(countText(count)) : QString());
  setPrediction(std::nullopt);
}

std::int64_t ExamplePanel::index() const { return m_index->value(); }
void ExamplePanel::setIndex(std::int64_t index) { m_index->setValue(static_cast<int>(index)); }

void ExamplePanel::setPrediction(const std::optional<ExamplePrediction>& prediction) {
  m_prediction = prediction;
  m_body->setVisible(prediction.has_value());
  m_hint->setVisible(!prediction);
  m_hint->setText(m_index->isEnabled()
                      ? tr("predicting \u2026")
                      : tr("What the model makes of one example appears here. Open dev data (Data\u2026) first."));
  if (!prediction) return;
  showPicture();
  const QString text = QString::fromStdString(prediction->text), second = QString::fromStdString(prediction->second);
  m_text->setText(second.isEmpty() ? text : text + QStringLiteral("\n") + second);
  m_text->setVisible(!m_text->text().isEmpty());
  m_expected->setText(tr("data: %1").arg(QString::fromStdString(prediction->expected)));
  m_expected->setVisible(!prediction->expected.empty());
  showPredictions();
}

void ExamplePanel::showPicture() {
  m_picture->setVisible(m_prediction->image.has_value());
  if (!m_prediction->image) return;
  const int side = scaledPixels(kPictureSide);
  m_picture->setPixmap(QPixmap::fromImage(
      toPicture(*m_prediction->image).scaled(side, side, Qt::KeepAspectRatio, Qt::FastTransformation)));
}

void ExamplePanel::showPredictions() {
  while (QLayoutItem* item = m_grid->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  addColumn(0, tr("every head"), m_prediction->full);
  addColumn(1, tr("this mask"), m_prediction->masked);
  m_grid->setColumnStretch(0, 1);
  m_grid->setColumnStretch(1, 1);
  m_verdict->setText(verdictText());
}

void ExamplePanel::addColumn(int column, const QString& title, const Prediction& prediction) {
  QLabel* heading = makeLabel(TextRole::Secondary, true, true);
  heading->setText(title);
  m_grid->addWidget(heading, 0, column, Qt::AlignTop);
  int row = 1;
  if (prediction.choices.empty()) {
    QLabel* text = makeLabel(TextRole::Body, false, false);
    text->setText(prediction.text.empty() ? tr("(nothing)") : QString::fromStdString(prediction.text));
    m_grid->addWidget(text, row, column, Qt::AlignTop);
  }
  for (const Choice& choice : prediction.choices) {
    QLabel* line = makeLabel(TextRole::Body, row == 1, row > 1);
    line->setText(choiceText(choice));
    line->setWordWrap(false);
    m_grid->addWidget(line, row++, column, Qt::AlignTop);
  }
}

QString ExamplePanel::verdictText() const {
  if (!m_prediction) return {};
  const QString full = answerOf(m_prediction->full), masked = answerOf(m_prediction->masked),
                right = QString::fromStdString(m_prediction->expected);
  if (full == masked) return tr("= the same answer");
  if (masked == right) return tr("\u2260 another answer: right only without the closed heads");
  return full == right ? tr("\u2260 another answer: right only with them") : tr("\u2260 another answer");
}

void ExamplePanel::setDimmed(bool dimmed) {
  for (QLabel* label : m_body->findChildren<QLabel*>()) setLook(label, "dimmed", dimmed);
}

}  // namespace headroom
