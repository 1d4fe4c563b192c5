// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/compare_results.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/panels/cell_chooser.h"
#include "widgets/panels/segmented_buttons.h"
#include "widgets/plots/compare_plot.h"
#include "widgets/plots/cost_quality_plot.h"
#include "widgets/plots/depth_plot.h"
#include "widgets/plots/map_comparison.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/overlap_plot.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/rank_plot.h"

namespace headroom {

namespace {

enum Column { Method, Keep, Score, Seeds, Blocks, Effective, Gini, SeedOverlap, Passes, Seconds, Columns };
/// What items know beside their text: the row's method; method and K.
enum Role { kMethod = Qt::UserRole, kRow };
constexpr Regime kRegimes[] = {Regime::PostHoc, Regime::Recovered, Regime::Joint, Regime::RunTime};

/// Ordered by its number, where it has one: "9.5" comes before "12.0".
class Cell : public QTableWidgetItem {
 public:
  Cell(const QString& text, std::optional<double> number) : QTableWidgetItem(text), m_number(number) {}
  bool operator<(const QTableWidgetItem& other) const override {
    const auto* cell = dynamic_cast<const Cell*>(&other);
    if (cell == nullptr || !m_number || !cell->m_number) return text() < other.text();
    return *m_number < *cell->m_number;
  }

 private:
  std::optional<double> m_number;
};

QTableWidgetItem* cell(const QString& text, std::optional<double> number = std::nullopt) {
  return new Cell(text, number);
}

QLabel* smallLabel(const QString& text) {
  auto* label = new QLabel(text);
  label->setFont(themeFont(TextRole::Secondary));
  return label;
}

/// What must be known before anything here is believed.
QString cautionOf(const Comparison& comparison) {
  QStringList cautions;
  if (comparison.ofOtherModel)
    cautions << CompareResults::tr("Made with other weights than the open model's: these are not its results.");
  if (comparison.seenData)
    cautions << CompareResults::tr("Heads were chosen on the data that are reported here, which flatters methods.");
  return cautions.join(QLatin1Char(' '));
}

}  // namespace

CompareResults::CompareResults(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  makeHeader();
  makeViews();
  makeTable();
  auto* split = new QSplitter(Qt::Vertical, this);
  split->setChildrenCollapsible(false);
  auto* top = new QWidget;
  auto* views = new QVBoxLayout(top);
  views->setContentsMargins(0, 0, 0, 0);
  for (QWidget* row : {m_pair, m_atKeep}) views->addWidget(row);
  views->addWidget(m_stack, 1);
  split->addWidget(top);
  split->addWidget(m_table);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  column->addWidget(split, 1);
  arrange();
}

void CompareResults::makeHeader() {
  m_regimes = new SegmentedButtons(tr("What is compared"));
  m_regimes->addOption(tr("post-hoc"), tr("The model's weights stay as they are; heads go by their scores"));
  m_regimes->addOption(tr("recovered"),
                       tr("Heads go by their scores, then the rest is trained for the same number of steps"));
  m_regimes->addOption(tr("joint"), tr("Weights and gates are trained together, for the same number of steps"));
  m_regimes->addOption(tr("run-time"), tr("Heads are chosen anew for every input, K in the mean"));
  m_views = new SegmentedButtons(tr("Views of the comparison"));
  m_views->addOption(tr("Curves"), tr("Score against heads kept, all methods"));
  m_views->addOption(tr("Maps"), tr("Which heads survive: two maps and their difference"));
  m_views->addOption(tr("Ranks"), tr("How alike two methods rank all heads"));
  m_views->addOption(tr("Overlap"), tr("How much survivors agree, between methods and seeds, against chance"));
  m_views->addOption(tr("Depth"), tr("In which third of the layers survivors lie"));
  m_views->addOption(tr("Cost"), tr("Score against what choosing took"));
  m_picture = new QPushButton(tr("&Picture…"));
  m_picture->setToolTip(tr("Save this view as PNG, SVG or PDF"));
  m_csv = new QPushButton(tr("CS&V\u2026"));
  m_csv->setAccessibleName(tr("Save as CSV"));
  m_csv->setToolTip(tr("Save every cell of the comparison as a table (CSV)"));
  m_page = new QPushButton(tr("HTM&L\u2026"));
  m_page->setAccessibleName(tr("Save as HTML"));
  m_page->setToolTip(tr("Save the whole comparison, tables and charts, as a page (HTML)"));
  for (QPushButton* button : {m_picture, m_csv, m_page}) {
    button->setAutoDefault(false);
    button->setEnabled(false);
  }
  auto* row = new QHBoxLayout;
  row->addWidget(m_regimes);
  row->addStretch(1);
  for (QPushButton* button : {m_picture, m_csv, m_page}) row->addWidget(button);
  connect(m_csv, &QPushButton::clicked, this, [this] { emit tableWanted(*m_comparison); });
  connect(m_page, &QPushButton::clicked, this, [this] { emit reportWanted(*m_comparison); });
  m_caution = new QLabel;
  m_caution->setWordWrap(true);
  m_caution->setFont(themeFont(TextRole::Secondary));
  m_caution->hide();
  static_cast<QVBoxLayout*>(layout())->addLayout(row);
  static_cast<QVBoxLayout*>(layout())->addWidget(m_caution);
  static_cast<QVBoxLayout*>(layout())->addWidget(m_views, 0, Qt::AlignLeft);
  connect(m_regimes, &SegmentedButtons::chosen, this, &CompareResults::refresh);
  connect(m_views, &SegmentedButtons::chosen, this, &CompareResults::arrange);
  connect(m_picture, &QPushButton::clicked, this, &CompareResults::askForPicture);
}

void CompareResults::makeViews() {
  m_stack = new QStackedWidget;
  m_curves = new ComparePlot;
  m_maps = new MapComparison;
  m_ranks = new RankPlot;
  m_overlap = new OverlapPlot;
  m_depth = new DepthPlot;
  m_cost = new CostQualityPlot;
  for (QWidget* view : std::initializer_list<QWidget*>{m_curves, m_maps, m_ranks, m_overlap, m_depth, m_cost})
    m_stack->addWidget(view);
  m_pair = makePair();
  m_costs = new SegmentedButtons(tr("What is counted as cost"));
  m_costs->addOption(tr("s"), tr("Seconds"));
  m_costs->addOption(tr("passes"), tr("Passes over the examples that heads are judged on, in forwards"));
  m_costs->setCompact();
  m_cost->addTitleWidget(m_costs);
  connect(m_costs, &SegmentedButtons::chosen, this,
          [this](int index) { m_cost->setCost(static_cast<CostQualityPlot::Cost>(index)); });
  m_atKeep = new QWidget;
  auto* row = new QHBoxLayout(m_atKeep);
  row->setContentsMargins(5, 0, 0, 0);
  m_keepName = smallLabel(tr("Heads &kept"));
  m_keep = new QComboBox;
  m_keep->setAccessibleName(tr("Heads kept of what is shown"));
  m_keep->setToolTip(tr("The number of heads kept whose choices are shown"));
  m_keep->setFont(themeFont(TextRole::Secondary));
  m_keepName->setBuddy(m_keep);
  m_detail = new SegmentedButtons(tr("What is laid over what"));
  m_detail->addOption(tr("methods"),
                      tr("Means over pairs of seeds; on the diagonal, a method's seeds against each other"));
  m_detail->addOption(tr("every seed"), tr("Every choice of heads against every other"));
  m_detail->addOption(tr("orders"), tr("How alike methods order all heads (Kendall's tau-b), kept or not"));
  m_detail->setCompact();
  row->addWidget(m_keepName);
  row->addWidget(m_keep);
  row->addWidget(m_detail);
  row->addStretch(1);
  connect(m_keep, &QComboBox::activated, this, &CompareResults::fillAtKeep);
  connect(m_detail, &SegmentedButtons::chosen, this, &CompareResults::fillAtKeep);
}

QWidget* CompareResults::makePair() {
  auto* pair = new QWidget;
  auto* row = new QHBoxLayout(pair);
  row->setContentsMargins(5, 0, 0, 0);
  m_left = new CellChooser(tr("Left"));
  m_right = new CellChooser(tr("Right"));
  auto* swap = new QPushButton(tr("S&wap"));
  swap->setToolTip(tr("Left to the right and right to the left"));
  swap->setAutoDefault(false);
  swap->setFont(themeFont(TextRole::Secondary));
  m_blink = new QPushButton(tr("&Blink"));
  m_blink->setCheckable(true);
  m_blink->setToolTip(tr("Left and right take turns in one place, so that what differs flickers (B in the map)"));
  m_blink->setAutoDefault(false);
  m_blink->setFont(themeFont(TextRole::Secondary));
  row->addWidget(smallLabel(tr("left")));
  row->addWidget(m_left, 1);
  row->addWidget(smallLabel(tr("right")));
  row->addWidget(m_right, 1);
  row->addWidget(swap);
  row->addWidget(m_blink);
  connect(m_blink, &QPushButton::toggled, m_maps, &MapComparison::setBlinking);
  connect(m_maps, &MapComparison::blinkingChanged, m_blink, &QPushButton::setChecked);
  for (CellChooser* chooser : {m_left, m_right})
    connect(chooser, &CellChooser::chosen, this, &CompareResults::fillPair);
  connect(swap, &QPushButton::clicked, this, [this] {
    const CellChoice left = m_left->choice();
    m_left->choose(m_right->choice());
    m_right->choose(left);
    fillPair();
  });
  return pair;
}

void CompareResults::makeTable() {
  m_table = new QTableWidget(0, Columns);
  m_table->setAccessibleName(tr("The methods' results"));
  m_table->setHorizontalHeaderLabels({tr("Method"), tr("K"), tr("Mean (95 %)"), tr("Seeds"), tr("Live blocks"),
                                      tr("Effective"), tr("Gini"), tr("Overlap (chance)"), tr("Passes"),
                                      tr("Seconds")});
  const auto tip = [this](int column, const QString& text) { m_table->horizontalHeaderItem(column)->setToolTip(text); };
  tip(Keep, tr("Heads kept; in brackets those that were kept in the mean, where every input has its own"));
  tip(Blocks, tr("Attention blocks that keep a head, mean of the seeds"));
  tip(Effective, tr("Effective blocks: as many equally full ones would be spread as widely (e to the entropy)"));
  tip(Gini, tr("0 = the same number of heads in every block, towards 1 = all in one"));
  tip(SeedOverlap, tr("How much the survivors of two seeds agree (Jaccard index), and what random choices would"));
  tip(Passes, tr("Forward and backward passes over the examples that heads are judged on"));
  m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setToolTip(tr("A row brings its method's curve forward. A click on a heading sorts."));
  connect(m_table, &QTableWidget::itemSelectionChanged, this, &CompareResults::bringForward);
  m_table->setTabKeyNavigation(false);
  m_table->setShowGrid(false);
  m_table->setFont(themeFont(TextRole::Secondary));
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(scaledPixels(20));
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  m_table->horizontalHeader()->setStretchLastSection(true);
  m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  m_table->setMinimumHeight(scaledPixels(80));
}

/// The curve of the method whose row is selected, or none more than the others.
void CompareResults::bringForward() {
  const QList<QTableWidgetItem*> selected = m_table->selectedItems();
  m_curves->bringForward(selected.isEmpty() ? std::string() : selected.front()->data(kMethod).toString().toStdString());
}

void CompareResults::setComparison(const Comparison& comparison) {
  // The first look is at what there is.
  if (!m_comparison) {
    for (const Regime each : kRegimes) {
      if (keepsOf(comparison, each).empty()) continue;
      showRegime(each);
      break;
    }
  }
  m_comparison = comparison;
  refresh();
}

CompareResults::View CompareResults::view() const { return static_cast<View>(m_views->current()); }
Regime CompareResults::regime() const { return kRegimes[m_regimes->current()]; }

void CompareResults::showView(View view) {
  m_views->setCurrent(view);
  arrange();
}

void CompareResults::showRegime(Regime regime) {
  m_regimes->setCurrent(
      static_cast<int>(std::find(std::begin(kRegimes), std::end(kRegimes), regime) - std::begin(kRegimes)));
  refresh();
}

void CompareResults::arrange() {
  m_stack->setCurrentIndex(view());
  m_pair->setVisible(view() == Maps || view() == Ranks);
  m_atKeep->setVisible(view() == Overlap || view() == Depth);
  m_detail->setVisible(view() == Overlap);
  m_blink->setVisible(view() == Maps);
  fillAtKeep();
}

void CompareResults::refresh() {
  for (QPushButton* button : {m_picture, m_csv, m_page}) button->setEnabled(m_comparison.has_value());
  if (!m_comparison) return;
  m_caution->setText(cautionOf(*m_comparison));
  m_caution->setVisible(!m_caution->text().isEmpty());
  const bool groups = m_comparison->unit == "group";
  m_keepName->setText(groups ? tr("Groups &kept") : tr("Heads &kept"));
  m_keep->setAccessibleName(groups ? tr("Groups kept of what is shown") : tr("Heads kept of what is shown"));
  std::vector<CompareRow> rows;
  for (const CompareRow& row : summarise(*m_comparison))
    if (row.regime == regime()) rows.push_back(row);
  m_curves->setUnit(m_comparison->unit);
  m_curves->setRows(rows, m_comparison->full);
  m_cost->setRows(rows, m_comparison->full);
  m_left->setComparison(*m_comparison, regime(), 0);
  m_right->setComparison(*m_comparison, regime(), 1);
  fillPair();
  fillKeeps();
  fillAtKeep();
  fillTable(rows);
}

void CompareResults::fillKeeps() {
  const QVariant before = m_keep->currentData();
  m_keep->clear();
  for (const int keep : keepsOf(*m_comparison, regime())) m_keep->addItem(countText(keep), keep);
  m_keep->setCurrentIndex(std::max(0, m_keep->findData(before)));
  m_keep->setEnabled(m_keep->count() > 0);
}

void CompareResults::fillPair() {
  if (!m_comparison) return;
  const auto sharesOf = [this](const CellChooser* chooser) {
    return NamedShares{chooser->text(), survivalShares(*m_comparison, chooser->choice())};
  };
  const auto ranksOf = [this](const CellChooser* chooser) {
    const CellChoice choice = chooser->choice();
    // Ranks are of heads, K may be of groups.
    const int units = std::max(1, m_comparison->unitCount());
    return HeadRanks{chooser->text(), meanRanks(*m_comparison, choice),
                     choice.keep * m_comparison->layout.headCount() / units};
  };
  m_maps->setMaps(m_comparison->layout, sharesOf(m_left), sharesOf(m_right));
  m_ranks->setRanks(m_comparison->layout, ranksOf(m_left), ranksOf(m_right));
}

void CompareResults::fillAtKeep() {
  if (!m_comparison || (view() != Overlap && view() != Depth)) return;
  const int keep = m_keep->currentData().toInt();
  constexpr OverlapMatrix (*kMatrices[])(const Comparison&, Regime, int) = {overlapOfMethods, overlapOfSeeds,
                                                                            agreementOfOrders};
  m_overlap->setMatrix(kMatrices[m_detail->current()](*m_comparison, regime(), keep));
  m_depth->setRows(depthRows(*m_comparison, regime(), keep), m_comparison->layout);
}

void CompareResults::fillTable(const std::vector<CompareRow>& rows) {
  const QSignalBlocker quiet(m_table);
  const QList<QTableWidgetItem*> before = m_table->selectedItems();
  const QVariant selected = before.isEmpty() ? QVariant() : before.front()->data(kRow);
  m_table->setSortingEnabled(false);  // else rows move while they are filled
  m_table->setRowCount(static_cast<int>(rows.size()));
  for (int i = 0; i < m_table->rowCount(); ++i) fillRow(i, rows[static_cast<size_t>(i)]);
  m_table->setSortingEnabled(true);
  m_table->clearSelection();
  for (int i = 0; i < m_table->rowCount() && selected.isValid(); ++i)
    if (m_table->item(i, Method)->data(kRow) == selected) m_table->selectRow(i);
  bringForward();
}

void CompareResults::fillRow(int i, const CompareRow& row) {
  const bool any = row.metric.seeds > 0, several = row.metric.seeds > 1;
  const auto put = [this, i](int column, const QString& text, std::optional<double> number) {
    m_table->setItem(i, column, cell(text, number));
  };
  const auto number = [any, &put](int column, double value, int decimals) {
    put(column, any ? fixedText(value, decimals) : QString(), any ? value : -1);
  };
  put(Method, methodText(row.method), std::nullopt);
  put(Keep,
      row.meanKept >= 0 ? tr("%1 (%2)").arg(countText(row.keep), fixedText(row.meanKept, 1)) : countText(row.keep),
      row.keep);
  put(Score, any ? meanText(row.metric) : QStringLiteral("–"), any ? row.metric.mean : -2);
  put(Seeds, row.failed > 0 ? tr("%1, %2 failed").arg(row.metric.seeds).arg(row.failed) : countText(row.metric.seeds),
      row.metric.seeds);
  number(Blocks, row.liveBlocks, 1);
  number(Effective, row.effectiveBlocks, 1);
  number(Gini, row.gini, 2);
  put(SeedOverlap, several ? tr("%1 (%2)").arg(fixedText(row.overlap, 2), fixedText(row.chance, 2)) : QString(),
      several ? row.overlap : -1);
  put(Passes, any ? tr("%1 + %2").arg(fixedText(row.forwards, 1), fixedText(row.backwards, 1)) : QString(),
      any ? row.forwardsEquivalent() : -1);
  number(Seconds, row.seconds, row.seconds < 1 ? 3 : 1);
  const QString method = QString::fromStdString(row.method);
  for (int column = 0; column < Columns; ++column) {
    m_table->item(i, column)->setData(kMethod, method);
    m_table->item(i, column)->setData(kRow, QStringLiteral("%1 %2").arg(method).arg(row.keep));
  }
  if (row.failed > 0) m_table->item(i, Seeds)->setToolTip(failuresOf(row));
}

/// Why cells of the row failed, a line each.
QString CompareResults::failuresOf(const CompareRow& row) const {
  QStringList lines;
  for (const CompareCell& cell : m_comparison->cells)
    if (!cell.error.empty() && cell.method == row.method && cell.regime == row.regime && cell.keep == row.keep)
      lines << tr("seed %1: %2").arg(cell.seed).arg(QString::fromStdString(cell.error));
  return lines.join(QLatin1Char('\n'));
}

Figure* CompareResults::figure() const {
  Figure* const figures[] = {m_curves, m_maps, m_ranks, m_overlap, m_depth, m_cost};
  return figures[view()];
}

void CompareResults::askForPicture() {
  static constexpr const char* kNames[] = {"curves", "maps", "ranks", "overlap", "depth", "cost"};
  QStringList caption{QString::fromStdString(regimeName(regime()))};
  if (view() == Maps || view() == Ranks) caption << tr("%1 against %2").arg(m_left->text(), m_right->text());
  if (view() == Overlap || view() == Depth)
    caption << (m_comparison->unit == "group" ? tr("%1 groups kept") : tr("%1 heads kept")).arg(m_keep->currentText());
  emit pictureWanted(figure(), QLatin1String(kNames[view()]), caption.join(QStringLiteral(" · ")));
}

}  // namespace headroom
