// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/compare_dialog.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "widgets/panels/segmented_buttons.h"
#include "widgets/plots/compare_plot.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

enum Column { Method, Keep, Score, Seeds, Blocks, Overlap, Passes, Seconds, Columns };
constexpr Regime kRegimes[] = {Regime::PostHoc, Regime::Recovered, Regime::Joint};
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

QTableWidgetItem* cell(const QString& text) { return new QTableWidgetItem(text); }

}  // namespace

CompareDialog::CompareDialog(QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Compare methods"));
  auto* row = new QHBoxLayout(this);
  row->addWidget(makeWishes());
  row->addWidget(makeResults(), 1);
  resize(scaledPixels(1000), scaledPixels(600));
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
  name->setBuddy(m_methods);
  column->addWidget(name);
  column->addWidget(m_methods, 1);
  auto* form = new QFormLayout;
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
  column->addLayout(form);
  m_start = new QPushButton;
  m_start->setDefault(true);
  column->addWidget(m_start);
  m_note = new QLabel;
  m_note->setWordWrap(true);
  m_note->setFont(themeFont(TextRole::Secondary));
  m_note->setProperty("textRole", QStringLiteral("secondary"));
  column->addWidget(m_note);
  connect(m_start, &QPushButton::clicked, this, [this] { m_running ? emit stopWanted() : emit startWanted(); });
  for (QLineEdit* edit : {m_keeps, m_seeds}) connect(edit, &QLineEdit::textChanged, this, &CompareDialog::refresh);
  connect(m_methods, &QListWidget::itemChanged, this, &CompareDialog::refresh);
  return side;
}

QWidget* CompareDialog::makeResults() {
  auto* side = new QWidget;
  auto* column = new QVBoxLayout(side);
  column->setContentsMargins(0, 0, 0, 0);
  m_regimes = new SegmentedButtons(tr("What is compared"));
  m_regimes->addOption(tr("post-hoc"), tr("The model's weights stay as they are; heads go by their scores"));
  m_regimes->addOption(tr("recovered"),
                       tr("Heads go by their scores, then the rest is trained for the same number of steps"));
  m_regimes->addOption(tr("joint"), tr("Weights and gates are trained together, for the same number of steps"));
  m_plot = new ComparePlot;
  m_table = new QTableWidget(0, Columns);
  m_table->setAccessibleName(tr("The methods' results"));
  m_table->setHorizontalHeaderLabels({tr("Method"), tr("K"), tr("Mean (95 %)"), tr("Seeds"), tr("Live blocks"),
                                      tr("Overlap (chance)"), tr("Passes"), tr("Seconds")});
  m_table->horizontalHeaderItem(Overlap)->setToolTip(
      tr("How much the survivors of two seeds agree (Jaccard index), and what random choices would"));
  m_table->horizontalHeaderItem(Passes)->setToolTip(tr("Forward and backward passes over the examples"));
  m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setTabKeyNavigation(false);
  m_table->setShowGrid(false);
  m_table->setFont(themeFont(TextRole::Secondary));
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(scaledPixels(20));
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  m_table->horizontalHeader()->setStretchLastSection(true);
  column->addWidget(m_regimes, 0, Qt::AlignLeft);
  column->addWidget(m_plot, 3);
  column->addWidget(m_table, 2);
  connect(m_regimes, &SegmentedButtons::chosen, this, &CompareDialog::refresh);
  return side;
}

void CompareDialog::setMethods(const std::vector<MethodInfo>& methods) {
  m_methods->clear();
  for (const MethodInfo& method : methods) {
    if (method.regime == "joint training" && !method.gates) continue;
    auto* item = new QListWidgetItem(
        QString::fromStdString(method.title) + (method.gates ? tr("  (trains)") : QString()), m_methods);
    item->setData(Qt::UserRole, QString::fromStdString(method.name));
    item->setToolTip(QString::fromStdString(method.description));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    const bool first = std::find(std::begin(kFirst), std::end(kFirst), method.name) != std::end(kFirst);
    item->setCheckState(first ? Qt::Checked : Qt::Unchecked);
  }
  refresh();
}

void CompareDialog::setPossible(const QString& whyNot) {
  m_whyNot = whyNot;
  refresh();
}

void CompareDialog::setHeadCount(int heads) {
  m_heads = heads;
  QStringList numbers;
  for (const double share : {1.0 / 12, 1.0 / 6, 1.0 / 4, 1.0 / 2})
    numbers << QString::number(std::lround(share * heads));
  numbers.removeDuplicates();
  m_keeps->setText(numbers.join(QStringLiteral(", ")));
}

void CompareDialog::setRunning(bool running) {
  m_running = running;
  if (!running) setProgress({});
  refresh();
}

void CompareDialog::setComparison(const Comparison& comparison) {
  // The first look is at what there is.
  const auto has = [&](Regime regime) {
    return std::any_of(comparison.cells.begin(), comparison.cells.end(),
                       [regime](const CompareCell& each) { return each.done && each.regime == regime; });
  };
  if (!m_comparison && !has(Regime::PostHoc) && has(Regime::Joint)) m_regimes->setCurrent(2);
  m_comparison = comparison;
  refresh();
}

void CompareDialog::setProgress(const QString& text) {
  if (m_running) m_note->setText(text);
}

CompareDialog::Wish CompareDialog::wish() const {
  Wish wish;
  for (int i = 0; i < m_methods->count(); ++i)
    if (m_methods->item(i)->checkState() == Qt::Checked)
      wish.methods.push_back(m_methods->item(i)->data(Qt::UserRole).toString().toStdString());
  for (const std::int64_t keep : numbersOf(m_keeps->text()))
    wish.keeps.push_back(static_cast<int>(std::min<std::int64_t>(keep, 1 << 20)));
  for (const std::int64_t seed : numbersOf(m_seeds->text())) wish.seeds.push_back(static_cast<std::uint64_t>(seed));
  wish.steps = m_steps->value();
  wish.recover = m_recover->isChecked();
  return wish;
}

QString CompareDialog::problem() const {
  const Wish now = wish();
  if (!m_whyNot.isEmpty()) return m_whyNot;
  if (now.methods.empty()) return tr("Choose a method.");
  if (now.keeps.empty() || *std::max_element(now.keeps.begin(), now.keeps.end()) > m_heads)
    return tr("Heads kept: expected numbers from 0 to %1, with commas.").arg(m_heads);
  if (now.seeds.empty()) return tr("Seeds: expected whole numbers, with commas.");
  return {};
}

void CompareDialog::refresh() {
  const QString wrong = problem();
  m_start->setText(m_running ? tr("S&top") : tr("&Compare"));
  m_start->setEnabled(m_running || wrong.isEmpty());
  for (QWidget* field : std::initializer_list<QWidget*>{m_methods, m_keeps, m_seeds, m_steps, m_recover})
    field->setEnabled(!m_running);
  if (!m_running)
    m_note->setText(wrong.isEmpty() ? tr("Heads are judged on training data and compared on dev data. What is done is "
                                         "kept: the same comparison goes on where it was stopped.")
                                    : wrong);
  if (!m_comparison) return;
  std::vector<CompareRow> rows;
  for (const CompareRow& row : summarise(*m_comparison))
    if (row.regime == kRegimes[m_regimes->current()]) rows.push_back(row);
  m_plot->setRows(rows, m_comparison->full);
  fillTable(rows);
}

void CompareDialog::fillTable(const std::vector<CompareRow>& rows) {
  m_table->setRowCount(static_cast<int>(rows.size()));
  for (int i = 0; i < m_table->rowCount(); ++i) {
    const CompareRow& row = rows[static_cast<size_t>(i)];
    const bool any = row.metric.seeds > 0;
    m_table->setItem(i, Method, cell(methodText(row.method)));
    m_table->setItem(i, Keep, cell(countText(row.keep)));
    m_table->setItem(i, Score,
                     cell(any ? tr("%1 (%2 \u2013 %3)")
                                    .arg(percentText(row.metric.mean), fixedText(100 * row.metric.low, 1),
                                         fixedText(100 * row.metric.high, 1))
                              : QStringLiteral("\u2013")));
    m_table->setItem(
        i, Seeds,
        cell(row.failed > 0 ? tr("%1, %2 failed").arg(row.metric.seeds).arg(row.failed) : countText(row.metric.seeds)));
    m_table->setItem(i, Blocks, cell(any ? fixedText(row.liveBlocks, 1) : QString()));
    m_table->setItem(i, Overlap,
                     cell(row.metric.seeds > 1 ? tr("%1 (%2)").arg(fixedText(row.overlap, 2), fixedText(row.chance, 2))
                                               : QString()));
    m_table->setItem(
        i, Passes, cell(any ? tr("%1 + %2").arg(fixedText(row.forwards, 1), fixedText(row.backwards, 1)) : QString()));
    m_table->setItem(i, Seconds, cell(any ? fixedText(row.seconds, 1) : QString()));
  }
}

}  // namespace headroom
