// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/keep_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/panels/elided_label.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/style_sheet.h"

namespace headroom {
namespace {

const QString kSeparator = QStringLiteral(" · ");

}  // namespace

KeepPanel::KeepPanel(QWidget* parent) : PanelFrame({}, parent) {
  setAccessibleName(tr("Heads kept"));
  auto* body = new QWidget(this);
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(14, 8, 14, 8);
  column->setSpacing(4);
  column->addLayout(makeSliderRow());
  column->addLayout(makeAnswer());
  column->addWidget(m_detailLabel);
  m_effectLabel = new ElidedLabel(this);
  m_effectLabel->setObjectName(QStringLiteral("effect"));
  m_effectLabel->setFont(themeFont(TextRole::Secondary));
  m_effectLabel->setToolTip(tr("Paired difference to the shown mask on the same examples, with its 95 % interval"));
  m_effectLabel->setVisible(false);
  column->addWidget(m_effectLabel);
  column->addStretch(1);
  setBody(body);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  setHeadCount(0);
}

QLayout* KeepPanel::makeSliderRow() {
  auto* row = new QHBoxLayout;
  row->setSpacing(10);
  auto* name = new QLabel(tr("Heads &kept"), this);
  name->setFont(themeFont(TextRole::Body, true));
  auto* zero = new QLabel(QStringLiteral("0"), this);
  m_maximum = new QLabel(this);
  for (QLabel* label : {zero, m_maximum}) label->setProperty("textRole", QStringLiteral("secondary"));
  m_slider = new QSlider(Qt::Horizontal, this);
  m_slider->setAccessibleName(tr("Heads kept"));
  m_slider->setToolTip(tr("How many heads stay, in the order of the curve; the answer below is for exactly this mask"));
  m_slider->setMinimumHeight(scaledPixels(20));
  m_number = new QSpinBox(this);
  m_number->setAccessibleName(tr("Number of heads kept"));
  m_number->setToolTip(tr("Number of heads that stay"));
  m_number->setKeyboardTracking(false);
  m_number->setAlignment(Qt::AlignCenter);
  m_number->setFont(themeFont(TextRole::Body, true));
  m_number->setMinimumWidth(scaledPixels(64));
  name->setBuddy(m_slider);
  row->addWidget(name);
  row->addWidget(zero);
  row->addWidget(m_slider, 1);
  row->addWidget(m_maximum);
  row->addWidget(m_number);
  connect(m_slider, &QSlider::valueChanged, this, &KeepPanel::userMoved);
  connect(m_slider, &QSlider::sliderPressed, this, [this] { m_touched = true; });
  connect(m_slider, &QSlider::sliderReleased, this, [this] { emit keptReleased(kept()); });
  connect(m_number, &QSpinBox::valueChanged, this, &KeepPanel::userMoved);
  return row;
}

QLayout* KeepPanel::makeAnswer() {
  m_answerLabel = new QLabel(this);
  m_answerLabel->setObjectName(QStringLiteral("answer"));
  m_answerLabel->setFont(themeFont(TextRole::Answer, true));
  m_answerLabel->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_answerLabel->setToolTip(tr("What the model with the shown mask scores on the dev data"));
  m_differenceLabel = new ElidedLabel(this);
  m_differenceLabel->setFont(themeFont(TextRole::Body));
  m_detailLabel = new QLabel(this);
  m_detailLabel->setWordWrap(true);
  m_detailLabel->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  m_detailLabel->setFont(themeFont(TextRole::Secondary));
  m_detailLabel->setProperty("textRole", QStringLiteral("secondary"));
  // Both texts on one base line.
  const int descent = QFontMetrics(m_answerLabel->font()).descent() - QFontMetrics(m_differenceLabel->font()).descent();
  m_differenceLabel->setContentsMargins(0, 0, 0, descent);
  auto* row = new QHBoxLayout;
  row->setSpacing(22);
  row->addStrut(QFontMetrics(m_answerLabel->font()).height());  // nothing jumps when the answer comes
  row->addWidget(m_answerLabel);
  row->addWidget(m_differenceLabel, 1, Qt::AlignBottom);
  return row;
}

void KeepPanel::setHeadCount(int heads) {
  m_placing = true;
  m_slider->setRange(0, heads);
  m_slider->setPageStep(std::max(1, heads / 8));
  m_number->setRange(0, heads);
  m_maximum->setText(countText(heads));
  m_slider->setEnabled(heads > 0);
  m_number->setEnabled(heads > 0);
  m_placing = false;
  m_touched = false;
  m_answer.reset();
  m_mask = {};
  m_maskHash.clear();
  m_updating = false;
  place(heads);
  refresh();
}

void KeepPanel::setStep(int heads) {
  m_slider->setSingleStep(heads);
  m_number->setSingleStep(heads);
}

void KeepPanel::setKept(int kept) { place(kept); }

void KeepPanel::followKept(int kept) {
  if (!m_touched) place(kept);
}

int KeepPanel::kept() const { return m_slider->value(); }

void KeepPanel::place(int kept) {
  m_placing = true;
  m_slider->setValue(kept);
  m_number->setValue(kept);
  m_placing = false;
}

void KeepPanel::userMoved(int kept) {
  if (m_placing) return;
  m_touched = true;
  place(kept);
  emit keptChosen(kept);
  // Keys, wheel and the number field have no moment of letting go.
  if (!m_slider->isSliderDown()) emit keptReleased(kept);
}

void KeepPanel::setShownMask(const HeadMask& mask, bool handEdited) {
  m_mask = mask;
  m_maskHash = mask.headCount() > 0 ? mask.hash() : std::string();
  m_handEdited = handEdited;
  refresh();
}

void KeepPanel::setAnswer(const EvalResult& answer, bool cached) {
  m_answer = answer;
  m_answer->correct.reset();  // one byte an example that is not needed here
  m_answerHash = answer.mask.hash();
  m_cached = cached;
  m_updating = false;
  refresh();
}

void KeepPanel::clearAnswer() {
  m_answer.reset();
  m_updating = false;
  refresh();
}

void KeepPanel::setAnswerNote(const QString& note) {
  m_answerNote = note;
  refresh();
}

void KeepPanel::setEffect(const QString& text) {
  m_effectLabel->setFullText(text);
  m_effectLabel->setVisible(!text.isEmpty());
}

void KeepPanel::setHint(const QString& hint) {
  m_hint = hint;
  refresh();
}

void KeepPanel::setUpdating(bool updating) {
  m_updating = updating;
  refresh();
}

bool KeepPanel::dimmed() const { return m_answer && m_answerHash != m_maskHash; }

QString KeepPanel::answerText() const { return m_answer ? percentText(m_answer->metric.value) : QStringLiteral("–"); }

QString KeepPanel::differenceText() const {
  if (!m_answer) {
    if (m_slider->maximum() == 0) return tr("Open a model and data to see what it scores.");
    return m_updating ? tr("evaluating …") : m_hint;
  }
  if (!m_answer->toFull) return {};
  const PairedDifference& difference = *m_answer->toFull;
  if (m_answer->mask.all() && difference.gained == 0 && difference.lost == 0) return tr("every head kept");
  return tr("%1 ± %2 points to the unpruned model")
      .arg(signedText(100 * difference.value, 1), fixedText(50 * (difference.high - difference.low), 1));
}

QString KeepPanel::detailText() const { return detailParts().join(kSeparator); }

QStringList KeepPanel::detailParts() const {
  QStringList parts;
  if (dimmed() || m_updating) parts << tr("updating …");
  if (m_answer) {
    const MetricValue& metric = m_answer->metric;
    parts << (!m_answer->complete ? tr("preliminary") : m_cached ? tr("exact, measured before") : tr("exact"));
    if (!m_answerNote.isEmpty()) parts << m_answerNote;
    parts << tr("%1 on %2 of %3 examples")
                 .arg(QString::fromStdString(metric.name), countText(metric.examples),
                      countText(std::max(m_answer->examplesTotal, metric.examples)));
    parts << tr("95 % interval %1 – %2").arg(fixedText(100 * metric.low, 1), fixedText(100 * metric.high, 1));
  }
  if (m_mask.headCount() > 0) {
    const int blocks = m_mask.layout().blockCount();
    parts << (m_mask.layout().onlyOneKind() ? tr("%1 of %2 layers keep heads") : tr("%1 of %2 blocks keep heads"))
                 .arg(m_mask.liveBlocks())
                 .arg(blocks);
    if (m_mask.layout().grouped())
      parts << tr("%1 of %2 query heads on %3 of %4 key/value heads")
                   .arg(countText(m_mask.keptCount()), countText(m_mask.headCount()),
                        countText(m_mask.keptKeyValueCount()), countText(m_mask.layout().keyValueHeadCount()));
    if (m_handEdited) parts << tr("edited by hand, %1 heads").arg(countText(m_mask.keptCount()));
    parts << tr("mask %1").arg(hashText(m_maskHash));
  }
  return parts;
}

void KeepPanel::resizeEvent(QResizeEvent* event) {
  PanelFrame::resizeEvent(event);
  // As many lines are kept free as the longest answer takes, so that the map above does not jump with every one.
  const QFontMetrics metrics(m_detailLabel->font());
  const QString longest =
      tr("exact, measured before · accuracy on 2 000 of 2 000 examples · 95 % interval 93.5 – 95.5 · "
         "12 of 12 layers keep heads · edited by hand, 144 heads · mask 5f3a c1");
  const int lines =
      std::clamp(1 + static_cast<int>(1.15 * metrics.horizontalAdvance(longest)) / std::max(1, width() - 40), 1, 4);
  m_detailLabel->setMinimumHeight(lines * metrics.lineSpacing());
}

void KeepPanel::refresh() {
  m_answerLabel->setText(answerText());
  m_answerLabel->setAccessibleName(
      m_answer ? QString::fromStdString(m_answer->metric.name) + QLatin1Char(' ') + answerText() : tr("not measured"));
  m_differenceLabel->setFullText(differenceText());
  m_differenceLabel->setToolTip(
      tr("Paired difference on the same examples, in percentage points, with half the width of its 95 % interval"));
  // Lines break between the parts, not inside of them.
  QStringList parts = detailParts();
  for (QString& part : parts) part.replace(QLatin1Char(' '), QChar(QChar::Nbsp));
  m_detailLabel->setText(parts.join(kSeparator));
  m_detailLabel->setAccessibleName(detailText());
  m_answerLabel->setVisible(m_answer.has_value());
  for (QLabel* label : std::initializer_list<QLabel*>{m_answerLabel, m_differenceLabel})
    setLook(label, "dimmed", dimmed());
}

}  // namespace headroom
