// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/compare_dialog.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "core/base/head_units.h"
#include "widgets/panels/compare_results.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

/// Seconds on the bundled sample: what a first comparison starts with.
constexpr const char* kFirst[] = {"random", "magnitude", "confidence", "output-norm", "taylor", "leave-one-out"};

/// Whole numbers with commas or spaces between; empty where one is none.
std::vector<std::int64_t> numbersOf(const QString& text) {
  std::vector<std::int64_t> numbers;
  for (const QString& part : text.split(QRegularExpression(QStringLiteral("[,\\s]+")), Qt::SkipEmptyParts)) {
    bool good = false;
    const qlonglong number = part.toLongLong(&good);
    if (!good || number < 0) return {};
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

CompareDialog::CompareDialog(QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Compare methods"));
  auto* row = new QHBoxLayout(this);
  row->addWidget(makeWishes());
  m_results = new CompareResults;
  row->addWidget(m_results, 1);
  resize(scaledPixels(1060), scaledPixels(660));
  refresh();
}

QWidget* CompareDialog::makeWishes() {
  auto* side = new QWidget;
  side->setFixedWidth(scaledPixels(250));
  auto* column = new QVBoxLayout(side);
  column->setContentsMargins(0, 0, 0, 0);
  auto* name = new QLabel(tr("&Methods"));
  m_methods = new QListWidget;
  m_methods->setAccessibleName(tr("Methods to compare"));
  m_methods->setToolTip(tr("Ways to choose heads; Space switches one"));
  m_methods->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  name->setBuddy(m_methods);
  column->addWidget(name);
  column->addWidget(m_methods, 1);
  auto* form = m_form = new QFormLayout;
  m_keeps = new QLineEdit;
  m_seeds = new QLineEdit(QStringLiteral("1, 2, 3"));
  m_steps = new QSpinBox;
  m_steps->setRange(1, 1000000);
  m_steps->setValue(1200);
  m_recover = new QCheckBox(tr("&recover after pruning"));
  const auto add = [&](const QString& label, QWidget* field, const QString& tip) {
    field->setToolTip(tip);
    field->setAccessibleName(QString(label).remove(QLatin1Char('&')));
    form->addRow(label, field);
  };
  add(tr("&Heads kept"), m_keeps, tr("Numbers of heads, with commas"));
  add(tr("Se&eds"), m_seeds, tr("With commas; three or more for an interval that says something"));
  add(tr("&Steps"), m_steps, tr("Of joint training, and of recovery: the same for all"));
  m_recover->setToolTip(tr("Methods that do not train: also with as many steps of training after pruning"));
  form->addRow(m_recover);
  m_frozen = new QCheckBox(tr("gates also with &frozen weights"));
  m_frozen->setToolTip(
      tr("Methods that train gates: also with the weights as they are, beside those that judge the trained model"));
  form->addRow(m_frozen);
  column->addLayout(form);
  m_start = new QPushButton;
  m_start->setDefault(true);
  m_open = new QPushButton(tr("&Open\u2026"));
  m_open->setAccessibleName(tr("Open a comparison"));
  m_open->setToolTip(tr("Show a comparison that lies in a folder, such as one of headroom-cli compare"));
  m_open->setAutoDefault(false);
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(m_start, 1);
  buttons->addWidget(m_open);
  column->addLayout(buttons);
  m_note = new QLabel;
  m_note->setWordWrap(true);
  m_note->setTextInteractionFlags(Qt::TextSelectableByMouse);  // it may name a folder
  m_note->setFont(themeFont(TextRole::Secondary));
  m_note->setProperty("textRole", QStringLiteral("secondary"));
  column->addWidget(m_note);
  connect(m_start, &QPushButton::clicked, this, [this] { m_running ? emit stopWanted() : emit startWanted(); });
  connect(m_open, &QPushButton::clicked, this, &CompareDialog::openWanted);
  for (QLineEdit* edit : {m_keeps, m_seeds}) connect(edit, &QLineEdit::textChanged, this, &CompareDialog::changed);
  connect(m_methods, &QListWidget::itemChanged, this, &CompareDialog::changed);
  return side;
}

void CompareDialog::setMethods(const std::vector<MethodInfo>& methods) {
  m_methods->clear();
  m_infos.clear();
  for (const MethodInfo& method : methods) {
    if (method.regime == "joint training" && !method.gates) continue;
    auto* item = new QListWidgetItem(
        QString::fromStdString(method.title) + (method.gates ? tr("  (trains)") : QString()), m_methods);
    item->setData(Qt::UserRole, QString::fromStdString(method.name));
    const bool first = std::find(std::begin(kFirst), std::end(kFirst), method.name) != std::end(kFirst);
    item->setCheckState(first ? Qt::Checked : Qt::Unchecked);
    m_infos.push_back(method);
  }
  offerMethods();
  refresh();
}

void CompareDialog::offerMethods() {
  for (int i = 0; i < m_methods->count(); ++i) {
    const MethodInfo& method = m_infos[static_cast<size_t>(i)];
    const std::string unmet = m_heads > 0 ? unmetNeed(method, m_layout) : std::string();
    QListWidgetItem* item = m_methods->item(i);
    item->setFlags(unmet.empty() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable
                                 : Qt::ItemFlags(Qt::ItemIsSelectable));
    if (!unmet.empty()) item->setCheckState(Qt::Unchecked);
    const QString about = QString::fromStdString(method.description);
    item->setToolTip(unmet.empty() ? about
                                   : about + QLatin1Char('\n') + tr("Not here: ") + QString::fromStdString(unmet));
    // A screen reader hears what the pointer reads.
    item->setData(Qt::AccessibleDescriptionRole, item->toolTip());
  }
}

void CompareDialog::setPossible(const QString& whyNot) {
  if (m_whyNot != whyNot) m_said.clear();
  m_whyNot = whyNot;
  refresh();
}

void CompareDialog::setHeads(const HeadLayout& layout, const std::string& unit) {
  const bool groups = unit == "group";
  m_layout = layout;
  m_heads = layout.headCount();
  m_unit = unit;
  m_units = HeadUnits(layout, unit).count();
  qobject_cast<QLabel*>(m_form->labelForField(m_keeps))->setText(groups ? tr("&Groups kept") : tr("&Heads kept"));
  m_keeps->setAccessibleName(groups ? tr("Groups kept") : tr("Heads kept"));
  m_keeps->setToolTip(groups ? tr("Numbers of key/value groups, with commas") : tr("Numbers of heads, with commas"));
  offerMethods();
  QStringList numbers;
  for (const double share : {1.0 / 12, 1.0 / 6, 1.0 / 4, 1.0 / 2})
    numbers << QString::number(std::lround(share * m_units));
  numbers.removeDuplicates();
  m_keeps->setText(numbers.join(QStringLiteral(", ")));
}

void CompareDialog::setRunning(bool running) {
  m_running = running;
  m_said.clear();
  refresh();
  if (running) setProgress(tr("Measuring the unpruned model\u2026"));
}

void CompareDialog::setComparison(const Comparison& comparison) { m_results->setComparison(comparison); }

void CompareDialog::setProgress(const QString& text) {
  if (m_running) m_note->setText(text);
}

void CompareDialog::setNote(const QString& text) {
  m_said = text;
  refresh();
}

void CompareDialog::changed() {
  m_said.clear();
  refresh();
}

CompareDialog::Wish CompareDialog::wish() const {
  Wish wish;
  for (int i = 0; i < m_methods->count(); ++i)
    if (m_methods->item(i)->checkState() == Qt::Checked)
      wish.methods.push_back(m_methods->item(i)->data(Qt::UserRole).toString().toStdString());
  for (const std::int64_t keep : numbersOf(m_keeps->text()))
    wish.keeps.push_back(static_cast<int>(std::min<std::int64_t>(keep, 1 << 20)));
  for (const std::int64_t seed : numbersOf(m_seeds->text())) wish.seeds.push_back(static_cast<std::uint64_t>(seed));
  wish.unit = m_unit;
  wish.steps = m_steps->value();
  wish.recover = m_recover->isChecked();
  wish.frozen = m_frozen->isChecked();
  return wish;
}

QString CompareDialog::problem() const {
  const Wish now = wish();
  if (!m_whyNot.isEmpty()) return m_whyNot;
  if (now.methods.empty()) return tr("Choose a method.");
  if (now.keeps.empty() || *std::max_element(now.keeps.begin(), now.keeps.end()) > m_units)
    return (m_unit == "group" ? tr("Groups kept: expected numbers from 0 to %1, with commas.")
                              : tr("Heads kept: expected numbers from 0 to %1, with commas."))
        .arg(m_units);
  if (now.seeds.empty()) return tr("Seeds: expected whole numbers, with commas.");
  return {};
}

void CompareDialog::refresh() {
  const QString wrong = problem();
  m_start->setText(m_running ? tr("S&top") : tr("&Compare"));
  m_start->setEnabled(m_running || wrong.isEmpty());
  m_open->setEnabled(!m_running && m_heads > 0);
  for (QWidget* field : std::initializer_list<QWidget*>{m_methods, m_keeps, m_seeds, m_steps, m_recover, m_frozen})
    field->setEnabled(!m_running);
  if (!m_running)
    m_note->setText(!m_said.isEmpty() ? m_said
                    : wrong.isEmpty()
                        ? tr("Heads are judged on training data and compared on dev data. What is done is "
                             "kept: the same comparison goes on where it was stopped.")
                        : wrong);
}

}  // namespace headroom
