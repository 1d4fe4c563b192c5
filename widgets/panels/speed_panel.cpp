// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/speed_panel.h"

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/plots/cost_plot.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

constexpr int kLongest = 100000, kUsualLength = 128;

QLabel* makeNote(TextRole role, bool secondary) {
  auto* label = new QLabel;
  label->setWordWrap(true);
  label->setFont(themeFont(role));
  if (secondary) label->setProperty("textRole", QStringLiteral("secondary"));
  return label;
}

QSpinBox* makeCount(int low, int high, int value, const QString& name) {
  auto* box = new QSpinBox;
  box->setRange(low, high);
  box->setValue(value);
  box->setAccessibleName(name);
  box->setToolTip(name);
  return box;
}

QDoubleSpinBox* makeBound(double high, double value, int decimals, const QString& suffix, const QString& name) {
  auto* box = new QDoubleSpinBox;
  box->setDecimals(decimals);
  box->setRange(0, high);
  box->setValue(value);
  box->setSuffix(suffix);
  box->setAccessibleName(name);
  box->setToolTip(name);
  box->setKeyboardTracking(false);
  return box;
}

QToolButton* makeStep(Qt::ArrowType arrow, const QString& tip) {
  auto* button = new QToolButton;
  button->setArrowType(arrow);
  button->setAccessibleName(tip);
  button->setToolTip(tip);
  return button;
}

}  // namespace

SpeedPanel::SpeedPanel(QWidget* parent) : QWidget(parent) {
  auto* body = new QWidget;
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(10, 6, 10, 6);
  column->setSpacing(5);
  auto* first = new QHBoxLayout;
  m_batch = makeCount(1, 1024, 8, tr("Texts or images a pass"));
  m_length = makeCount(1, kLongest, kUsualLength, tr("Tokens a text"));
  m_measure = new QPushButton(tr("&Measure"));
  first->addWidget(new QLabel(tr("batch")));
  first->addWidget(m_batch);
  first->addWidget(new QLabel(QStringLiteral("\u00d7")));
  first->addWidget(m_length);
  m_time = new QPushButton(tr("Time this mask"));
  first->addWidget(m_measure);
  first->addWidget(m_time);
  first->addStretch(1);
  m_speed = makeNote(TextRole::Body, false);
  m_origin = makeNote(TextRole::Secondary, true);
  m_unsure = makeNote(TextRole::Secondary, true);
  m_useUnsure = new QPushButton(tr("&Use them all the same"));
  m_useUnsure->setToolTip(tr("Predict with the times that the busy machine gave"));
  connect(m_useUnsure, &QPushButton::clicked, this, &SpeedPanel::unsureAccepted);
  auto* bounds = new QGridLayout;
  bounds->setHorizontalSpacing(8);
  bounds->setVerticalSpacing(4);
  m_hasMs = new QCheckBox(tr("at most"));
  m_hasMs->setToolTip(tr("Only masks that are fast enough"));
  m_ms = makeBound(1e6, 10, 2, tr(" ms"), tr("Time of a pass at most"));
  m_hasPoints = new QCheckBox(tr("lose at most"));
  m_hasPoints->setToolTip(tr("Only masks that lose no more against the unpruned model"));
  m_points = makeBound(100, 1, 1, tr(" points"), tr("Points lost at most"));
  bounds->addWidget(m_hasMs, 0, 0);
  bounds->addWidget(m_ms, 0, 1);
  bounds->addWidget(m_hasPoints, 1, 0);
  bounds->addWidget(m_points, 1, 1);
  bounds->setColumnStretch(3, 1);
  m_best = new QPushButton(tr("&Take the best"));
  m_best->setToolTip(tr("Show the best mask within the bounds (Enter)"));
  m_faster = makeStep(Qt::LeftArrow, tr("The next faster mask that none beats"));
  m_better = makeStep(Qt::RightArrow, tr("The next better mask that none beats"));
  m_proposal = makeNote(TextRole::Secondary, true);
  auto* steps = new QHBoxLayout;
  steps->addWidget(m_faster);
  steps->addWidget(m_better);
  steps->addStretch(1);
  bounds->addWidget(m_best, 0, 2);
  bounds->addLayout(steps, 1, 2);
  m_byTime = new QCheckBox(tr("Empty costly blocks first"));
  m_byTime->setObjectName(QStringLiteral("byTime"));
  m_costs = new CostPlot;
  column->addLayout(first);
  column->addWidget(m_speed);
  column->addWidget(m_unsure);
  column->addWidget(m_useUnsure, 0, Qt::AlignLeft);
  column->addWidget(m_origin);
  column->addLayout(bounds);
  column->addWidget(m_byTime);
  column->addWidget(m_proposal);
  m_costs->setMinimumHeight(scaledPixels(110));
  column->addWidget(m_costs, 1);
  // The page gives way to its neighbours: what does not fit is scrolled to.
  auto* scroll = new QScrollArea;
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(body);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(scroll);
  connect(m_measure, &QPushButton::clicked, this, [this] { emit measureWanted(m_batch->value(), m_length->value()); });
  connect(m_time, &QPushButton::clicked, this, [this] { emit timeWanted(m_batch->value(), m_length->value()); });
  connect(m_best, &QPushButton::clicked, this, &SpeedPanel::bestWanted);
  connect(m_byTime, &QCheckBox::clicked, this, &SpeedPanel::byTimeChosen);
  connect(m_faster, &QToolButton::clicked, this, [this] { emit paretoWanted(-1); });
  connect(m_better, &QToolButton::clicked, this, [this] { emit paretoWanted(1); });
  for (QCheckBox* box : {m_hasMs, m_hasPoints}) connect(box, &QCheckBox::toggled, this, &SpeedPanel::demandEdited);
  for (QDoubleSpinBox* box : {m_ms, m_points})
    connect(box, &QDoubleSpinBox::valueChanged, this, &SpeedPanel::demandEdited);
  setProposal({}, false);
  setByTime(false, tr("measure what heads cost first"));
  refresh();
}

void SpeedPanel::setMostTokens(int tokens) {
  m_length->setRange(1, tokens > 0 ? tokens : kLongest);
  m_length->setValue(std::min(m_length->maximum(), kUsualLength));
}

void SpeedPanel::setMeasurable(const QString& whyNot) {
  m_whyNot = whyNot;
  refresh();
}

void SpeedPanel::setMeasuring(bool measuring) {
  m_measuring = measuring;
  refresh();
}

void SpeedPanel::setTable(const std::optional<LatencyTable>& table, bool elsewhere) {
  m_table = table;
  m_elsewhere = elsewhere;
  m_costs->setTable(table);
  if (table) {
    const QSignalBlocker quiet(m_ms);
    if (!m_hasMs->isChecked()) m_ms->setValue(0.7 * table->predict(HeadMask(m_mask.layout())));
    m_ms->setSingleStep(0.02 * table->predict(HeadMask(m_mask.layout())));
  }
  refresh();
}

void SpeedPanel::setUnsure(const QString& why) {
  m_whyUnsure = why;
  refresh();
}

void SpeedPanel::setMask(const HeadMask& mask) {
  m_mask = mask;
  refresh();
}

void SpeedPanel::setTimed(const std::optional<Timed>& timed) {
  m_timed = timed;
  refresh();
}

void SpeedPanel::setDemand(std::optional<double> mostMs, std::optional<double> mostPoints) {
  m_filling = true;
  m_hasMs->setChecked(mostMs.has_value());
  m_hasPoints->setChecked(mostPoints.has_value());
  if (mostMs) m_ms->setValue(*mostMs);
  if (mostPoints) m_points->setValue(*mostPoints);
  m_filling = false;
  refresh();
}

void SpeedPanel::setProposal(const QString& text, bool any) {
  m_proposal->setText(text);
  for (QWidget* widget : std::initializer_list<QWidget*>{m_best, m_faster, m_better}) widget->setEnabled(any);
}

void SpeedPanel::setByTime(bool byTime, const QString& whyNot) {
  m_byTime->setChecked(byTime);
  m_byTime->setEnabled(whyNot.isEmpty());
  const QString tip =
      tr("Removes heads by what their rank costs for each millisecond saved; the trade-off is measured in that order");
  m_byTime->setToolTip(whyNot.isEmpty() ? tip : tr("%1. Not now: %2.").arg(tip, whyNot));
}

void SpeedPanel::demandEdited() {
  refresh();
  if (m_filling) return;
  emit demandChosen(m_hasMs->isChecked() ? std::optional(m_ms->value()) : std::nullopt,
                    m_hasPoints->isChecked() ? std::optional(m_points->value()) : std::nullopt);
}

QString SpeedPanel::speedText() const {
  if (m_measuring) return tr("measuring \u2026");
  if (!m_table && !m_timed)
    return tr("How long a pass takes with so many heads is measured here, on this machine, layer by layer.");
  if (m_mask.headCount() == 0) return {};
  QStringList texts;
  if (m_table) texts << predictedText();
  if (m_timed)
    texts << (m_timed->busy ? tr("\u26a0 timed, on a busy machine: %1 ms, unpruned %2 ms: %3 times as fast")
                            : tr("timed: %1 ms, unpruned %2 ms: %3 times as fast"))
                 .arg(fixedText(m_timed->ms, 2), fixedText(m_timed->fullMs, 2),
                      fixedText(m_timed->fullMs / m_timed->ms, 2));
  return texts.join(QLatin1Char('\n'));
}

QString SpeedPanel::predictedText() const {
  const HeadMask every(m_mask.layout());
  const double now = m_table->predict(m_mask), full = m_table->predict(every),
               attention = m_table->predictAttention(m_mask), attentionFull = m_table->predictAttention(every);
  QString text = tr("%1 ms a pass, unpruned %2 ms: %3 times as fast")
                     .arg(fixedText(now, 2), fixedText(full, 2), fixedText(full / now, 2));
  text += attention > 0 ? tr(" (attention alone %1 times)").arg(fixedText(attentionFull / attention, 2))
                        : tr(" (no attention is left)");
  return text;
}

void SpeedPanel::refresh() {
  m_measure->setEnabled(m_whyNot.isEmpty() && !m_measuring);
  m_measure->setToolTip(m_whyNot.isEmpty()
                            ? tr("Times one layer of each kind with 0, 1, 2 \u2026 heads; takes half a minute at most")
                            : tr("Not now: %1.").arg(m_whyNot));
  m_ms->setEnabled(m_hasMs->isChecked());
  m_points->setEnabled(m_hasPoints->isChecked());
  m_hasMs->setEnabled(m_table.has_value());
  m_time->setEnabled(m_whyNot.isEmpty() && !m_measuring);
  m_time->setToolTip(m_whyNot.isEmpty()
                         ? tr("Really compacts the model to this mask and times it beside the unpruned one; it "
                              "becomes a square on the trade-off (ms)")
                         : tr("Not now: %1.").arg(m_whyNot));
  m_speed->setText(speedText());
  m_origin->setVisible(m_table.has_value() && !m_measuring);
  const bool unsure = !m_whyUnsure.isEmpty() && !m_measuring;
  m_unsure->setVisible(unsure);
  m_useUnsure->setVisible(unsure);
  m_unsure->setText(tr("\u26a0 %1; close other programs and measure again").arg(m_whyUnsure));
  if (!m_table) return;
  const HeadMask every(m_mask.layout());
  const double full = m_mask.headCount() > 0 ? m_table->predict(every) : 0;
  QString origin =
      tr("predicted from layers measured at batch %1 \u00d7 %2, %3, %4; attention takes %5 of the unpruned time")
          .arg(m_table->settings.batch)
          .arg(m_table->settings.length)
          .arg(QString::fromStdString(m_table->device), QString::fromStdString(m_table->dtype),
               full > 0 ? percentText(m_table->predictAttention(every) / full) : QString());
  if (!m_table->busy.empty())
    origin = QStringLiteral("\u26a0 ") + QString::fromStdString(m_table->busy) + QStringLiteral("; ") + origin;
  if (m_elsewhere) {
    QStringList of;
    for (const std::string& known : {m_table->machine, m_table->measured})
      if (!known.empty()) of << QString::fromStdString(known);
    origin = tr("\u26a0 measured elsewhere (%1), measure again for this machine; %2")
                 .arg(of.join(QStringLiteral(", ")), origin);
  }
  m_origin->setText(origin);
}

}  // namespace headroom
