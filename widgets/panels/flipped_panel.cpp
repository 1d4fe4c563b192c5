// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/flipped_panel.h"

#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/style_sheet.h"

namespace headroom {

namespace {

constexpr int kMostTooltip = 800;  ///< letters

enum Column { Change, Text, Expected, Before, After, Columns };

QTableWidgetItem* cell(const std::string& text) {
  const QString shown = QString::fromStdString(text).simplified();
  auto* item = new QTableWidgetItem(shown);
  item->setToolTip(shown.left(kMostTooltip));
  return item;
}

QString probabilityText(double p) { return p < 0.001 ? QStringLiteral("< 0.001") : fixedText(p, 3); }

}  // namespace

FlippedPanel::FlippedPanel(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(10, 6, 10, 6);
  column->setSpacing(5);
  m_summary = new QLabel;
  m_summary->setWordWrap(true);
  m_summary->setFont(themeFont(TextRole::Secondary));
  m_summary->setProperty("textRole", QStringLiteral("secondary"));
  m_table = new QTableWidget(0, Columns);
  m_table->setAccessibleName(tr("Examples that the mask flips"));
  m_table->setHorizontalHeaderLabels({QString(), tr("Example"), tr("Data"), tr("Every head"), tr("This mask")});
  m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setWordWrap(false);
  m_table->setTabKeyNavigation(false);
  m_table->setShowGrid(false);
  m_table->setFont(themeFont(TextRole::Secondary));
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(scaledPixels(20));
  m_table->horizontalHeader()->setFont(themeFont(TextRole::Secondary));
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  m_table->horizontalHeader()->setSectionResizeMode(Text, QHeaderView::Stretch);
  column->addWidget(m_summary);
  column->addWidget(m_table, 1);
  connect(m_table, &QTableWidget::cellActivated, this,
          [this](int row, int) { emit exampleWanted(m_comparison->flipped[static_cast<size_t>(row)].index); });
  setComparison(std::nullopt);
}

void FlippedPanel::setComparison(const std::optional<MaskComparison>& comparison) {
  m_comparison = comparison;
  m_summary->setText(summaryText());
  fill();
}

void FlippedPanel::setHasData(bool hasData) {
  m_hasData = hasData;
  m_summary->setText(summaryText());
}

QString FlippedPanel::summaryText() const {
  if (!m_comparison && m_hasData) return tr("comparing \u2026");
  if (!m_comparison)
    return tr(
        "Which examples change sides under the mask appears here. Open dev data (Data\u2026), then switch a head or "
        "slide.");
  const MaskComparison& c = *m_comparison;
  if (c.gained + c.lost == 0) return tr("No example flips: the mask answers as every head does, right or wrong.");
  QString text = tr("%1 lost, %2 gained (McNemar's exact p %3)")
                     .arg(countText(c.lost), countText(c.gained), probabilityText(c.mcNemar));
  if (c.flipped.size() < static_cast<size_t>(c.gained + c.lost))
    text += tr("; the first %1 are listed").arg(countText(static_cast<std::int64_t>(c.flipped.size())));
  return text + tr(". Enter looks at an example.");
}

void FlippedPanel::fill() {
  m_table->setRowCount(0);
  m_table->setVisible(m_comparison && !m_comparison->flipped.empty());
  if (!m_comparison) return;
  m_table->setRowCount(static_cast<int>(m_comparison->flipped.size()));
  bool classes = false;
  for (int row = 0; row < m_table->rowCount(); ++row) {
    const FlippedExample& example = m_comparison->flipped[static_cast<size_t>(row)];
    m_table->setItem(row, Change, cell(example.gained ? "+ gained" : "\u2212 lost"));
    m_table->setItem(row, Text, cell(example.text));
    m_table->setItem(row, Expected, cell(example.expected));
    m_table->setItem(row, Before, cell(example.before));
    m_table->setItem(row, After, cell(example.after));
    classes = classes || !example.expected.empty();
  }
  m_table->setColumnHidden(Expected, !classes);
}

void FlippedPanel::setDimmed(bool dimmed) {
  setLook(m_summary, "dimmed", dimmed);
  m_table->setEnabled(!dimmed);
}

}  // namespace headroom
