// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/data_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/panels/example_image.h"
#include "widgets/panels/segmented_buttons.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

constexpr int kThumbnail = 44;

QLabel* secondaryLabel() {
  auto* label = new QLabel;
  label->setFont(themeFont(TextRole::Body));
  label->setProperty("textRole", QStringLiteral("secondary"));
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  return label;
}

QComboBox* addChoice(QHBoxLayout* row, const QString& name, const QString& tip) {
  auto* label = new QLabel(name);
  auto* box = new QComboBox;
  box->setToolTip(tip);
  box->setAccessibleName(QString(name).remove(QLatin1Char('&')));
  box->setMinimumWidth(scaledPixels(110));
  label->setBuddy(box);
  row->addWidget(label);
  row->addWidget(box);
  return box;
}

QString countsText(const DataPreview& preview) {
  const DataFileSummary& file = preview.file;
  std::int64_t skipped = 0;
  for (const auto& [reason, rows] : file.skipped) skipped += rows;
  QStringList parts{DataDialog::tr("%1: %2 rows, %3 examples")
                        .arg(QString::fromStdString(file.format), countText(file.rows), countText(file.examples))};
  if (skipped == 0) parts << DataDialog::tr("none skipped");
  for (const auto& [reason, rows] : file.skipped)
    parts << DataDialog::tr("%1 skipped: %2").arg(countText(rows), QString::fromStdString(reason));
  if (file.longest > 0)
    parts << DataDialog::tr("%1 tokens on average, %2 at most, %3 cut")
                 .arg(fixedText(file.meanLength, 1), countText(file.longest), countText(file.truncated));
  QStringList labels;
  for (size_t i = 0; i < std::min(file.labelCounts.size(), preview.labels.size()); ++i)
    labels << QString::fromStdString(preview.labels[i]) + QLatin1Char(' ') + countText(file.labelCounts[i]);
  if (!labels.isEmpty()) parts << labels.join(QStringLiteral(", "));
  return parts.join(QStringLiteral(" \u00b7 "));
}

}  // namespace

DataDialog::DataDialog(QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Data"));
  setObjectName(QStringLiteral("dataDialog"));
  resize(760, 520);
  auto* column = new QVBoxLayout(this);
  column->addWidget(makeFileRow());
  m_summary = secondaryLabel();
  column->addWidget(m_summary);
  column->addWidget(makeColumnRow());
  m_table = new QTableWidget;
  m_table->setAccessibleName(tr("First rows of the file"));
  m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->verticalHeader()->setVisible(false);
  m_table->setIconSize({scaledPixels(kThumbnail), scaledPixels(kThumbnail)});
  m_table->setTextElideMode(Qt::ElideRight);
  column->addWidget(m_table, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_open = buttons->addButton(tr("&Open"), QDialogButtonBox::AcceptRole);
  m_open->setObjectName(QStringLiteral("openData"));
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  column->addWidget(buttons);
  refresh();
}

QWidget* DataDialog::makeFileRow() {
  auto* whole = new QWidget;
  auto* row = new QHBoxLayout(whole);
  row->setContentsMargins(0, 0, 0, 0);
  m_roles = new SegmentedButtons(tr("Which file is shown"));
  m_roles->addOption(tr("Training"), tr("What gates and weights are trained on"));
  m_roles->addOption(tr("Dev"), tr("What the masks are measured on"));
  m_path = secondaryLabel();
  auto* choose = new QPushButton(tr("&Choose\u2026"));
  choose->setToolTip(tr("Take another file"));
  row->addWidget(m_roles);
  row->addWidget(m_path, 1);
  row->addWidget(choose);
  connect(m_roles, &SegmentedButtons::chosen, this, [this](int index) {
    m_role = static_cast<Role>(index);
    refresh();
  });
  connect(choose, &QPushButton::clicked, this, [this] { emit fileWanted(m_role); });
  return whole;
}

QWidget* DataDialog::makeColumnRow() {
  m_columnRow = new QWidget;
  auto* row = new QHBoxLayout(m_columnRow);
  row->setContentsMargins(0, 0, 0, 0);
  m_first = addChoice(row, tr("&Text"), tr("Column of the text, or of the first one, or of what is translated"));
  m_second = addChoice(row, tr("&Second"), tr("Column of the second text of a pair, or of the translation"));
  m_labels = addChoice(row, tr("&Label"), tr("Column of the class or number"));
  row->addStretch(1);
  for (QComboBox* box : {m_first, m_second, m_labels})
    connect(box, &QComboBox::activated, this, &DataDialog::takeColumns);
  return m_columnRow;
}

void DataDialog::setPaths(const QString& train, const QString& dev) {
  of(Role::Train) = {train, {}, {}};
  of(Role::Dev) = {dev, {}, {}};
  if (shown().path.isEmpty()) m_role = train.isEmpty() ? Role::Dev : Role::Train;
  m_roles->setCurrent(static_cast<int>(m_role));
  refresh();
  ask(Role::Train);
  ask(Role::Dev);
}

void DataDialog::ask(Role role) {
  if (!of(role).path.isEmpty()) emit previewWanted(of(role).path);
}

void DataDialog::setPreview(const DataPreview& preview) {
  for (File& file : m_files)
    if (file.path == QString::fromStdString(preview.file.path)) {
      file.preview = preview;
      file.failure.clear();
    }
  refresh();
}

void DataDialog::setFailure(const QString& path, const QString& reason) {
  for (File& file : m_files)
    if (file.path == path) {
      file.preview.reset();
      file.failure = reason;
    }
  refresh();
}

/// The columns hold for both files: they are read again as the user wants them.
void DataDialog::takeColumns() {
  m_texts = {m_first->currentText()};
  if (m_second->currentIndex() > 0) m_texts << m_second->currentText();
  if (m_labels->isEnabled()) m_label = m_labels->currentText();
  for (File& file : m_files) file.preview.reset();
  m_summary->setText(tr("reading \u2026"));
  ask(Role::Train);
  ask(Role::Dev);
}

QString DataDialog::summaryText() const {
  const File& file = shown();
  if (file.path.isEmpty()) return tr("No file is chosen.");
  if (!file.failure.isEmpty()) return file.failure;
  return file.preview ? countsText(*file.preview) : tr("reading \u2026");
}

void DataDialog::refresh() {
  m_path->setText(shown().path);
  m_path->setToolTip(shown().path);
  m_summary->setText(summaryText());
  fillColumns();
  fillTable();
  bool any = false, all = true;
  for (const File& file : m_files) {
    any |= !file.path.isEmpty();
    all &= file.path.isEmpty() || file.preview.has_value();
  }
  m_open->setEnabled(any && all);
  m_open->setToolTip(m_open->isEnabled() ? tr("Open what is shown")
                                         : tr("Not now: every file that is named has to be readable"));
}

void DataDialog::fillColumns() {
  const std::optional<DataPreview>& preview = shown().preview;
  m_columnRow->setVisible(preview && !preview->columns.empty());
  if (!preview || preview->columns.empty()) return;
  QStringList names;
  for (const std::string& name : preview->columns) names << QString::fromStdString(name);
  const std::vector<std::string>& texts = preview->file.textColumns;
  const auto fill = [](QComboBox* box, const QStringList& all, const QString& current) {
    box->clear();
    box->addItems(all);
    box->setCurrentIndex(std::max(0, static_cast<int>(all.indexOf(current))));
  };
  fill(m_first, names, texts.empty() ? QString() : QString::fromStdString(texts.front()));
  fill(m_second, QStringList{tr("(none)")} + names, texts.size() > 1 ? QString::fromStdString(texts[1]) : QString());
  fill(m_labels, names, QString::fromStdString(preview->file.labelColumn));
  m_labels->setEnabled(!preview->file.labelColumn.empty());
  if (!m_labels->isEnabled()) m_labels->setCurrentIndex(-1);
}

void DataDialog::fillTable() {
  m_table->clear();
  m_table->setRowCount(0);
  m_table->setColumnCount(0);
  const std::optional<DataPreview>& preview = shown().preview;
  if (!preview || preview->rows.empty()) return;
  const auto anyHas = [&preview](const auto& has) {
    return std::any_of(preview->rows.begin(), preview->rows.end(), has);
  };
  const bool pictures = anyHas([](const PreviewRow& row) { return row.image.has_value(); });
  const bool second = anyHas([](const PreviewRow& row) { return !row.second.empty(); });
  const bool label = anyHas([](const PreviewRow& row) { return !row.label.empty(); });
  QStringList headings{pictures ? tr("image") : tr("text")};
  if (second) headings << tr("second text");
  if (label) headings << tr("label");
  m_table->setColumnCount(static_cast<int>(headings.size()));
  m_table->setHorizontalHeaderLabels(headings);
  m_table->setRowCount(static_cast<int>(preview->rows.size()));
  for (int i = 0; i < m_table->rowCount(); ++i) {
    const PreviewRow& row = preview->rows[static_cast<size_t>(i)];
    auto* first = new QTableWidgetItem(QString::fromStdString(row.text));
    if (row.image) {
      first->setIcon(QIcon(QPixmap::fromImage(
          toPicture(*row.image).scaled(m_table->iconSize(), Qt::KeepAspectRatio, Qt::FastTransformation))));
      first->setText(tr("%1 \u00d7 %2").arg(row.image->width).arg(row.image->height));
    }
    first->setToolTip(first->text());
    m_table->setItem(i, 0, first);
    if (second) m_table->setItem(i, 1, new QTableWidgetItem(QString::fromStdString(row.second)));
    if (label)
      m_table->setItem(i, static_cast<int>(headings.size()) - 1,
                       new QTableWidgetItem(QString::fromStdString(row.label)));
  }
  m_table->verticalHeader()->setDefaultSectionSize(pictures ? scaledPixels(kThumbnail) + 6 : scaledPixels(24));
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  if (label)
    m_table->horizontalHeader()->setSectionResizeMode(static_cast<int>(headings.size()) - 1,
                                                      QHeaderView::ResizeToContents);
}

}  // namespace headroom
