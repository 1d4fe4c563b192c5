// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/project_panel.h"

#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "widgets/panels/elided_label.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

ElidedLabel* secondaryLabel(QWidget* parent) {
  auto* label = new ElidedLabel(parent);
  label->setFont(themeFont(TextRole::Body));
  label->setProperty("textRole", QStringLiteral("secondary"));
  return label;
}

QLabel* numberLabel(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setFont(themeFont(TextRole::Body));
  label->setProperty("textRole", QStringLiteral("secondary"));
  label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  return label;
}

/// "6 × 8 heads" when all blocks are alike, else the number of blocks and of heads.
QString shapeText(const HeadLayout& layout) {
  const int blocks = layout.blockCount();
  const bool even = layout.headCount() == blocks * layout.widestBlock();
  if (even) return ProjectPanel::tr("%1 × %2 heads").arg(blocks).arg(layout.widestBlock());
  return ProjectPanel::tr("%1 layers, %2 heads").arg(blocks).arg(layout.headCount());
}

QString familyText(const std::string& family) {
  const QString name = QString::fromStdString(family);
  return name.size() <= 4 ? name.toUpper() : name;
}

QString skippedText(const DataFileSummary& file) {
  std::int64_t rows = 0;
  for (const auto& [reason, count] : file.skipped) rows += count;
  return rows == 0 ? QString() : ProjectPanel::tr("%1 rows skipped").arg(countText(rows));
}

QString fileTooltip(const DataFileSummary& file) {
  QStringList lines{QString::fromStdString(file.path), QString::fromStdString(file.format)};
  lines << ProjectPanel::tr("%1 of %2 rows used").arg(countText(file.examples), countText(file.rows));
  for (const auto& [reason, count] : file.skipped)
    lines << ProjectPanel::tr("%1 skipped: %2").arg(countText(count), QString::fromStdString(reason));
  if (file.longest > 0)
    lines << ProjectPanel::tr("%1 tokens on average, %2 at most, %3 texts cut")
                 .arg(fixedText(file.meanLength, 1), countText(file.longest), countText(file.truncated));
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

ProjectPanel::ProjectPanel(QWidget* parent) : PanelFrame(tr("Project"), parent) {
  auto* body = new QWidget(this);
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(10, 8, 10, 8);
  column->setSpacing(4);
  auto* model = new QGridLayout;
  model->setHorizontalSpacing(6);
  model->setVerticalSpacing(3);
  column->addLayout(model);
  m_dataRows = new QGridLayout;
  m_dataRows->setHorizontalSpacing(6);
  m_dataRows->setVerticalSpacing(3);
  column->addLayout(m_dataRows);
  setBody(body);
  makeModel(model);
  makeRuns(column);
  setModel(std::nullopt);
  setRuns({});
}

void ProjectPanel::makeModel(QGridLayout* rows) {
  auto* name = new ElidedLabel(this);
  name->setFont(themeFont(TextRole::Body, true));
  m_modelName = name;
  m_modelShape = secondaryLabel(this);
  m_modelSize = numberLabel(this);
  m_modelSize->setToolTip(tr("Parameters of the model as it was opened"));
  rows->addWidget(m_modelName, 0, 0, 1, 2);
  rows->addWidget(m_modelShape, 1, 0);
  rows->addWidget(m_modelSize, 1, 1);
  rows->setColumnStretch(0, 1);
}

void ProjectPanel::makeRuns(QVBoxLayout* column) {
  auto* heading = new QLabel(tr("R&uns"), this);
  heading->setFont(themeFont(TextRole::Secondary, true));
  heading->setProperty("textRole", QStringLiteral("secondary"));
  m_runList = new QTreeWidget(this);
  m_runList->setColumnCount(2);
  m_runList->setHeaderHidden(true);
  m_runList->setRootIsDecorated(false);
  m_runList->setIndentation(0);
  m_runList->setUniformRowHeights(true);
  m_runList->header()->setStretchLastSection(false);
  m_runList->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_runList->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  m_runList->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_runList->setAccessibleName(tr("Runs"));
  m_runList->setToolTip(
      tr("Runs with method, number of heads kept, seed and score in percent. Double-click or Enter opens one."));
  m_runList->setMinimumHeight(scaledPixels(52));
  heading->setBuddy(m_runList);
  m_runsHint = new QLabel(tr("Runs appear here. Press Train to make one."), this);
  m_runsHint->setFont(themeFont(TextRole::Secondary));
  m_runsHint->setProperty("textRole", QStringLiteral("secondary"));
  m_runsHint->setWordWrap(true);
  column->addSpacing(4);
  column->addWidget(heading);
  column->addWidget(m_runsHint);
  column->addWidget(m_runList, 1);
  column->addStretch(0);
  connect(m_runList, &QTreeWidget::itemActivated, this,
          [this](QTreeWidgetItem* item) { emit runActivated(item->data(0, Qt::UserRole).toString()); });
}

void ProjectPanel::setModel(const std::optional<ModelSummary>& model) {
  auto* name = static_cast<ElidedLabel*>(m_modelName);
  auto* shape = static_cast<ElidedLabel*>(m_modelShape);
  m_modelSize->setVisible(model.has_value());
  if (!model) {
    name->setFullText(tr("No model open"));
    shape->setFullText(tr("Drop a model's folder on the window"));
    return;
  }
  name->setFullText(QString::fromStdString(model->name));
  name->setToolTip(QString::fromStdString(model->path));
  shape->setFullText(familyText(model->family) + QStringLiteral(", ") + shapeText(model->layout));
  m_modelSize->setText(magnitudeText(model->parameters));
  m_modelSize->setToolTip(
      tr("%1 parameters%2")
          .arg(countText(model->parameters), model->alreadyPruned ? tr(", already pruned") : QString()));
}

void ProjectPanel::setData(const std::optional<DataSummary>& summary) {
  while (QLayoutItem* item = m_dataRows->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  if (!summary) return;
  addDataFile(tr("training data"), summary->train);
  addDataFile(tr("dev data"), summary->dev);
}

void ProjectPanel::addDataFile(const QString& role, const DataFileSummary& file) {
  if (file.path.empty()) return;
  const int row = m_dataRows->rowCount();
  const QString path = QString::fromStdString(file.path);
  ElidedLabel* name = secondaryLabel(this);
  name->setFullText(path.mid(path.lastIndexOf(QLatin1Char('/')) + 1));
  name->setToolTip(role + QLatin1Char('\n') + fileTooltip(file));
  QLabel* count = numberLabel(this);
  count->setText(tr("%1 examples").arg(countText(file.examples)));
  count->setToolTip(name->toolTip());
  m_dataRows->addWidget(name, row, 0);
  m_dataRows->addWidget(count, row, 1);
  m_dataRows->setColumnStretch(0, 1);
  const QString skipped = skippedText(file);
  if (skipped.isEmpty()) return;
  QLabel* note = numberLabel(this);
  note->setFont(themeFont(TextRole::Axis));
  note->setText(skipped);
  note->setToolTip(name->toolTip());
  m_dataRows->addWidget(note, row + 1, 0, 1, 2);
}

void ProjectPanel::setRuns(const std::vector<RunRow>& runs) {
  m_runs = runs;
  showRuns();
}

void ProjectPanel::setCurrentRun(const QString& path) {
  m_currentRun = path;
  showRuns();
}

void ProjectPanel::showRuns() {
  m_runsHint->setVisible(m_runs.empty());
  m_runList->setVisible(!m_runs.empty());
  m_runList->clear();
  for (const RunRow& run : m_runs) {
    const bool current = run.path == m_currentRun;
    const QString method = methodText(run.method.toStdString());
    const QString score = run.score ? fixedText(100 * *run.score, 1) : run.status;
    const QString name = run.keep > 0 || run.method != QLatin1String("none")
                             ? tr("%1 K %2 s%3").arg(method).arg(run.keep).arg(run.seed)
                             : tr("%1 s%2").arg(method).arg(run.seed);
    auto* item =
        new QTreeWidgetItem(m_runList, {(current ? QStringLiteral("● ") : QStringLiteral("○ ")) + name, score});
    item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
    item->setData(0, Qt::UserRole, run.path);
    item->setData(0, Qt::AccessibleTextRole,
                  tr("%1, %2 %3 kept, seed %4, %5%6")
                      .arg(method)
                      .arg(run.keep)
                      .arg(run.groups ? tr("groups") : tr("heads"))
                      .arg(run.seed)
                      .arg(score, current ? tr(", shown") : QString()));
    for (const int column : {0, 1}) item->setToolTip(column, run.path);
    if (current) m_runList->setCurrentItem(item);
  }
}

}  // namespace headroom
