// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/settings_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QRegularExpressionValidator>
#include <QScrollArea>
#include <QSpinBox>
#include <algorithm>
#include <cmath>

#include "widgets/panels/rate_edit.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

constexpr int kNoLimit = 1 << 30;
constexpr char kTooltip[] = "headroomTooltip";

QString explanationOf(const QString& method, bool groups) {
  const QString unit = groups ? SettingsPanel::tr("key/value group") : SettingsPanel::tr("head");
  if (method == QLatin1String("passconc"))
    return SettingsPanel::tr(
               "PASSCONC trains one gate a %1 until exactly K are open with probability 1, and prefers "
               "to empty whole layers.")
        .arg(unit);
  if (method == QLatin1String("pass"))
    return SettingsPanel::tr(
               "PASS trains one gate a %1 until exactly K are open with probability 1, wherever they are.")
        .arg(unit);
  return SettingsPanel::tr(
      "Plain training: no gates, every head stays. The control that pruned models are compared with.");
}

QString sharesText(const std::vector<double>& shares) {
  QStringList parts;
  for (const double share : shares) parts << QString::number(std::lround(share * 100));
  return parts.join(QStringLiteral(", "));
}

/// The number on screen; the one that was given while the field shows it rounded.
double numberOf(const QDoubleSpinBox* field, double given) {
  const double half = 0.5 * std::pow(10.0, -field->decimals());
  return std::abs(field->value() - given) <= half * (1 + 1e-9) ? given : field->value();
}

}  // namespace

SettingsPanel::SettingsPanel(QWidget* parent) : PanelFrame(tr("Settings"), parent) {
  auto* body = new QWidget;
  m_form = new QFormLayout(body);
  m_form->setContentsMargins(10, 8, 8, 8);
  m_form->setHorizontalSpacing(8);
  m_form->setVerticalSpacing(4);
  m_form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  m_form->setRowWrapPolicy(QFormLayout::DontWrapRows);
  m_form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  makeMethodFields();
  makeWeightFields();
  makeGateFields();
  makeL0Fields();
  m_explanation = new QLabel(body);
  m_explanation->setFont(themeFont(TextRole::Secondary));
  m_explanation->setProperty("textRole", QStringLiteral("secondary"));
  m_explanation->setWordWrap(true);
  m_form->addRow(m_explanation);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(body);
  // Set after setWidget(), which switches it on.
  body->setAutoFillBackground(false);
  scroll->viewport()->setAutoFillBackground(false);
  setBody(scroll);
  setSettings(TrainSettings());
}

void SettingsPanel::setMethods(const std::vector<MethodInfo>& methods) {
  m_filling = true;
  m_methods = methods;
  m_method->clear();
  for (const MethodInfo& method : methods)
    m_method->addItem(methodText(method.name), QString::fromStdString(method.name));
  m_filling = false;
  setSettings(m_settings);
}

QSpinBox* SettingsPanel::makeCount(int low, int high) {
  auto* box = new QSpinBox;
  box->setRange(low, high);
  box->setKeyboardTracking(false);
  connect(box, &QSpinBox::valueChanged, this, &SettingsPanel::changed);
  return box;
}

void SettingsPanel::addField(const QString& label, QWidget* field, const QString& tooltip) {
  auto* name = new QLabel(label);
  name->setBuddy(field);
  name->setFont(themeFont(TextRole::Body));
  name->setToolTip(tooltip);
  field->setToolTip(tooltip);
  field->setProperty(kTooltip, tooltip);
  QString spoken = label;
  field->setAccessibleName(spoken.remove(QLatin1Char('&')));
  field->setMinimumWidth(scaledPixels(74));
  field->setFocusPolicy(Qt::StrongFocus);
  field->installEventFilter(this);
  m_form->addRow(name, field);
  m_fields.push_back(field);
}

void SettingsPanel::makeMethodFields() {
  m_method = new QComboBox;
  for (const char* method : {"passconc", "pass", "none"})
    m_method->addItem(methodText(method), QString::fromLatin1(method));
  connect(m_method, &QComboBox::currentIndexChanged, this, &SettingsPanel::changed);
  addField(tr("&Method"), m_method, tr("How the heads to keep are found"));
  m_unit = new QComboBox;
  m_unit->addItem(tr("head"), QStringLiteral("head"));
  m_unit->addItem(tr("group"), QStringLiteral("group"));
  connect(m_unit, &QComboBox::currentIndexChanged, this, &SettingsPanel::changeUnit);
  addField(tr("Pr&une by"), m_unit,
           tr("What has a gate and what K counts: every query head by itself, or a key/value head together with all "
              "query heads that read it"));
  m_keep = makeCount(0, kNoLimit);
  addField(tr("Number t&o keep"), m_keep, tr("K: number of heads (or groups) that stay, from 0 to all of them"));
  m_loss = new QComboBox;
  m_loss->addItem(tr("PASS"), false);
  m_loss->addItem(tr("base"), true);
  connect(m_loss, &QComboBox::currentIndexChanged, this, &SettingsPanel::changed);
  addField(tr("&Loss"), m_loss,
           tr("What pushes the gates: Eq. 7 of the paper, or its Eq. 6. The base loss does not count open gates and "
              "has local optima: see Help > Losses."));
  m_recipe = new QComboBox;
  m_recipe->addItem(tr("scaled"), false);
  m_recipe->addItem(tr("published"), true);
  connect(m_recipe, &QComboBox::currentIndexChanged, this, &SettingsPanel::changed);
  addField(tr("Rec&ipe"), m_recipe,
           tr("scaled: schedule and events fit the number of steps, gradients of weights and gates are clipped apart.\n"
              "published: the authors' own schedule and joint clipping, made for runs of many thousand steps."));
}

void SettingsPanel::makeWeightFields() {
  m_steps = makeCount(0, kNoLimit);
  m_steps->setSpecialValueText(tr("3 epochs"));
  m_steps->setSingleStep(100);
  addField(tr("&Steps"), m_steps, tr("Optimiser steps; at 0 the number follows from the epochs"));
  m_batch = makeCount(1, 4096);
  addField(tr("&Batch"), m_batch, tr("Examples a step"));
  m_lr = new RateEdit;
  connect(m_lr, &QDoubleSpinBox::valueChanged, this, &SettingsPanel::changed);
  addField(tr("&Learning rate"), m_lr, tr("Of the weights: AdamW, falls to zero in a straight line"));
  m_gateLr = new RateEdit;
  connect(m_gateLr, &QDoubleSpinBox::valueChanged, this, &SettingsPanel::changed);
  addField(tr("&Gate rate"), m_gateLr,
           tr("Learning rate of the gates (log α): AdamW, falls to zero in a straight line"));
  m_weights = new QComboBox;
  m_weights->addItem(tr("train too"), false);
  m_weights->addItem(tr("frozen"), true);
  connect(m_weights, &QComboBox::currentIndexChanged, this, &SettingsPanel::changed);
  addField(tr("&Weights"), m_weights,
           tr("Whether the model learns to do without the heads while they close, or only the gates are trained"));
  m_recover = makeCount(0, kNoLimit);
  m_recover->setSpecialValueText(tr("none"));
  m_recover->setSingleStep(100);
  addField(tr("Reco&very"), m_recover,
           tr("Steps after these in which the K heads are fixed and the weights are trained, frozen ones too"));
  m_seed = makeCount(0, kNoLimit);
  addField(tr("See&d"), m_seed, tr("The same seed gives the same run, bit for bit, on the same device"));
}

void SettingsPanel::makeGateFields() {
  m_lambda = new RateEdit;
  connect(m_lambda, &QDoubleSpinBox::valueChanged, this, &SettingsPanel::changed);
  addField(tr("λ"), m_lambda,
           tr("What L0 multiplies the expected number of open heads with; the K largest log α are kept"));
  m_reopen = new QCheckBox;
  connect(m_reopen, &QCheckBox::toggled, this, &SettingsPanel::changed);
  addField(tr("Reopen"), m_reopen,
           tr("At the events below, gates are clipped and closed heads with confident attention get a second chance: "
              "part of PASS and PASSCONC, a "
              "choice for the others"));
  m_events = new QLineEdit;
  m_events->setValidator(new QRegularExpressionValidator(
      QRegularExpression(QStringLiteral("[0-9]{0,3}([,; ]+[0-9]{1,3})*[,; ]*")), m_events));
  connect(m_events, &QLineEdit::editingFinished, this, &SettingsPanel::changed);
  addField(tr("Eve&nts [%]"), m_events, tr("When gates are clipped and reopened, in percent of the steps, up to 75"));
  m_clipAt = new QDoubleSpinBox;
  m_clipAt->setRange(2.4, 20);
  m_clipAt->setDecimals(1);
  m_clipAt->setSingleStep(0.5);
  m_clipAt->setKeyboardTracking(false);
  connect(m_clipAt, &QDoubleSpinBox::valueChanged, this, &SettingsPanel::changed);
  addField(tr("Clip &at |log α|"), m_clipAt,
           tr("Bound of |log α| at the events; a gate counts as settled from 2.4 on"));
  m_cap = makeCount(0, 1'000'000);
  m_cap->setSingleStep(100);
  addField(tr("λc cap"), m_cap, tr("Largest λc: how hard PASSCONC pulls heads out of layers that are almost empty"));
}

QCheckBox* SettingsPanel::makeCheck() {
  auto* box = new QCheckBox;
  connect(box, &QCheckBox::toggled, this, &SettingsPanel::changed);
  return box;
}

QDoubleSpinBox* SettingsPanel::makeNumber(double low, double high, double step) {
  auto* box = new QDoubleSpinBox;
  box->setRange(low, high);
  box->setDecimals(2);
  box->setSingleStep(step);
  box->setKeyboardTracking(false);
  connect(box, &QDoubleSpinBox::valueChanged, this, &SettingsPanel::changed);
  return box;
}

void SettingsPanel::makeL0Fields() {
  m_searchLambda = makeCheck();
  addField(
      tr("Search λ"), m_searchLambda,
      tr("Find λ by bisection: before the run, up to twelve whole runs are trained, beginning with the λ above, to "
         "find the one that leaves exactly K gates open. Off: one run with the λ above, and the K largest log α "
         "are kept"));
  m_lambdaWarmup = makeNumber(0, 1, 0.05);
  addField(tr("λ warm-up"), m_lambdaWarmup,
           tr("Share of the steps, 0 to 1, over which λ rises from 0: the model trains with all heads before the "
              "penalty closes some"));
  m_gateStart = makeNumber(-100, 100, 0.5);
  addField(tr("Gate start"), m_gateStart,
           tr("log α of every gate at the start: above 0 gates begin open, below 0 closed. At 0 each is drawn at "
              "random"));
  m_hardGates = makeCheck();
  addField(tr("Hard gates"), m_hardGates,
           tr("A drawn gate is rounded to 0 or 1, so that training sees whole heads only; gradients pass as if it were "
              "not"));
  m_scaleByOpen = makeCheck();
  addField(tr("Scale by open"), m_scaleByOpen,
           tr("What a layer's open heads give is multiplied by all its heads / its open heads, so that closing some "
              "does not make it smaller. Needs steps of recovery, for the factor goes with the gates"));
}

TrainSettings SettingsPanel::settings() const {
  TrainSettings settings = m_settings;
  settings.baseLoss = m_loss->currentData().toBool();
  settings.method = m_method->currentData().toString().toStdString();
  settings.published = m_recipe->currentData().toBool();
  settings.unit = m_unit->currentData().toString().toStdString();
  settings.keep = m_keep->value();
  settings.steps = m_steps->value();
  settings.batch = m_batch->value();
  settings.lr = m_lr->value();
  settings.gateLr = m_gateLr->value();
  settings.seed = static_cast<std::uint64_t>(m_seed->value());
  settings.freezeWeights =
      m_weights->currentData().toBool() && settings.method != "none";  // or nothing would be trained
  settings.recover = m_recover->value();
  settings.lambda = m_lambda->value();
  settings.reopen = m_reopen->isChecked();
  settings.clipAt = m_clipAt->value();
  settings.concentratorCap = m_cap->value();
  settings.lambdaSearched = m_searchLambda->isChecked();
  settings.lambdaWarmup = numberOf(m_lambdaWarmup, m_settings.lambdaWarmup);
  settings.gateStart = numberOf(m_gateStart, m_settings.gateStart);
  settings.hardGates = m_hardGates->isChecked();
  settings.scaleByOpen = m_scaleByOpen->isChecked();
  // A third is shown as 33 %; it stays a third unless the text was changed.
  if (m_events->text() != sharesText(m_settings.eventsAt)) settings.eventsAt = eventShares();
  return settings;
}

std::vector<double> SettingsPanel::eventShares() const {
  std::vector<double> shares;
  for (const QString& part : m_events->text().split(QRegularExpression(QStringLiteral("[,; ]+")), Qt::SkipEmptyParts))
    if (const int percent = part.toInt(); percent > 0 && percent <= 75) shares.push_back(percent / 100.0);
  std::sort(shares.begin(), shares.end());
  shares.erase(std::unique(shares.begin(), shares.end()), shares.end());
  return shares;
}

void SettingsPanel::setSettings(const TrainSettings& settings) {
  m_filling = true;
  m_settings = settings;
  m_loss->setCurrentIndex(settings.baseLoss ? 1 : 0);
  m_method->setCurrentIndex(std::max(0, m_method->findData(QString::fromStdString(settings.method))));
  m_recipe->setCurrentIndex(settings.published ? 1 : 0);
  m_unit->setCurrentIndex(settings.unit == "group" ? 1 : 0);
  limitKeep();
  m_keep->setValue(settings.keep);
  m_steps->setSpecialValueText(tr("%1 epochs").arg(shortText(settings.epochs)));
  m_steps->setValue(static_cast<int>(std::min<std::int64_t>(settings.steps, kNoLimit)));
  m_batch->setValue(settings.batch);
  m_lr->setValue(settings.lr);
  m_gateLr->setValue(settings.gateLr);
  m_seed->setValue(static_cast<int>(std::min<std::uint64_t>(settings.seed, kNoLimit)));
  m_weights->setCurrentIndex(settings.freezeWeights ? 1 : 0);
  m_recover->setValue(static_cast<int>(std::min<std::int64_t>(settings.recover, kNoLimit)));
  m_lambda->setValue(settings.lambda);
  m_reopen->setChecked(settings.reopen);
  m_events->setText(sharesText(settings.eventsAt));
  m_clipAt->setValue(settings.clipAt);
  m_cap->setValue(static_cast<int>(settings.concentratorCap));
  m_searchLambda->setChecked(settings.lambdaSearched);
  m_lambdaWarmup->setValue(settings.lambdaWarmup);
  m_gateStart->setValue(settings.gateStart);
  m_hardGates->setChecked(settings.hardGates);
  m_scaleByOpen->setChecked(settings.scaleByOpen);
  m_filling = false;
  explainMethod();
}

void SettingsPanel::setMaximumHeads(int heads, int groups) {
  m_filling = true;
  m_heads = heads;
  m_groups = groups;
  if (groups == 0) m_unit->setCurrentIndex(0);
  limitKeep();
  m_filling = false;
  explainMethod();
}

bool SettingsPanel::byGroup() const { return m_unit->currentIndex() == 1; }

void SettingsPanel::limitKeep() {
  const int units = byGroup() ? m_groups : m_heads;
  m_keep->setMaximum(units > 0 ? units : kNoLimit);
  m_keep->setSuffix(units == 0 ? QString() : tr(" of %1").arg(countText(units)));
}

/// K keeps its share of the model.
void SettingsPanel::changeUnit() {
  if (m_filling || m_heads == 0 || m_groups == 0) return;
  m_filling = true;
  const double from = byGroup() ? m_heads : m_groups, to = byGroup() ? m_groups : m_heads;
  const int keep = m_keep->value();
  limitKeep();
  m_keep->setValue(keep == 0 ? 0 : std::max(1, static_cast<int>(std::lround(keep * to / from))));
  m_filling = false;
  changed();
}

void SettingsPanel::setTraining(bool training) {
  const QString reason = tr("Locked while a run is training: its settings belong to it. Stop the run to change them.");
  for (QWidget* field : m_fields) {
    field->setEnabled(!training);
    const QString own = field->property(kTooltip).toString();
    field->setToolTip(training ? reason + QLatin1Char('\n') + own : own);
  }
  if (!training) explainMethod();
}

void SettingsPanel::explainMethod() {
  const QString method = m_method->currentData().toString();
  const bool gates = method != QLatin1String("none");
  const bool passes = method.startsWith(QLatin1String("pass"));
  QString explanation = explanationOf(method, byGroup());
  for (const MethodInfo& info : m_methods)
    if (gates && !passes && QString::fromStdString(info.name) == method)
      explanation = QString::fromStdString(info.description);
  m_explanation->setText(explanation);
  if (!m_method->isEnabled()) return;
  for (QWidget* field : std::initializer_list<QWidget*>{m_keep, m_gateLr, m_weights, m_recover})
    field->setEnabled(gates);
  enableL0Fields(method == QLatin1String("l0"));
  m_recipe->setEnabled(passes);
  m_loss->setEnabled(passes);
  m_reopen->setEnabled(gates);
  for (QWidget* field : std::initializer_list<QWidget*>{m_events, m_clipAt})
    field->setEnabled(gates && m_reopen->isChecked());
  m_cap->setEnabled(method == QLatin1String("passconc"));
  m_unit->setEnabled(gates && m_groups > 0);
  const QString own = m_unit->property(kTooltip).toString();
  const QString none = tr("This model's query heads do not share key/value heads: there are no groups to prune.");
  m_unit->setToolTip(m_groups > 0 || m_heads == 0 ? own : none + QLatin1Char('\n') + own);
}

void SettingsPanel::enableL0Fields(bool l0) {
  for (QWidget* field : std::initializer_list<QWidget*>{m_lambda, m_searchLambda, m_lambdaWarmup, m_gateStart,
                                                        m_hardGates, m_scaleByOpen}) {
    const QString own = field->property(kTooltip).toString();
    field->setEnabled(l0);
    field->setToolTip(l0 ? own : tr("Only the method L0 uses this.") + QLatin1Char('\n') + own);
  }
}

void SettingsPanel::changed() {
  if (m_filling) return;
  explainMethod();
  emit settingsChanged(settings());
}

bool SettingsPanel::eventFilter(QObject* watched, QEvent* event) {
  // Scrolling the panel must not change a value that the pointer happens to pass.
  if (event->type() == QEvent::Wheel && !static_cast<QWidget*>(watched)->hasFocus()) {
    event->ignore();
    return true;
  }
  return PanelFrame::eventFilter(watched, event);
}

}  // namespace headroom
