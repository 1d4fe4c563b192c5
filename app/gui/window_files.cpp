// SPDX-License-Identifier: GPL-3.0-or-later
// Files into and out of the window, and what it says about them.
#include <QCoreApplication>
#include <QDialog>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStatusBar>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "app/gui/main_window.h"
#include "core/base/files.h"
#include "core/checkpoint/mask_file.h"
#include "core/report/curve_csv.h"
#include "widgets/panels/data_dialog.h"
#include "widgets/panels/message_bar.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

QString droppedPath(const QMimeData* dropped) {
  const QList<QUrl> urls = dropped->urls();
  return urls.size() == 1 && urls.front().isLocalFile() ? urls.front().toLocalFile() : QString();
}

QString whatDroppingDoes(const QString& path) {
  const QString name = QFileInfo(path).fileName();
  switch (kindOfPath(path)) {
    case PathKind::ModelFolder: return MainWindow::tr("Drop to open the model %1").arg(name);
    case PathKind::Run: return MainWindow::tr("Drop to open the run %1").arg(name);
    case PathKind::Data: return MainWindow::tr("Drop to open the data %1").arg(name);
    case PathKind::Unknown: break;
  }
  return {};
}

}  // namespace

void MainWindow::openPath(const QString& path, const DataPair& texts) {
  const DataPair beside = texts.train.isEmpty() && texts.dev.isEmpty() ? findDataBeside(path) : texts;
  switch (kindOfPath(path)) {
    case PathKind::ModelFolder:
      m_recent.add(path);
      showStart(false);
      m_document.openModel(path.toStdString(), beside.train.toStdString(), beside.dev.toStdString());
      return;
    case PathKind::Run:
      m_recent.add(path);
      showStart(false);
      m_document.openRun(path.toStdString());
      return;
    case PathKind::Data: openPair(pairDataFiles({path}, openedData())); return;
    case PathKind::Unknown: break;
  }
  const QString found = QFileInfo::exists(path) ? tr("it is neither") : tr("there is no such file or folder");
  report(tr("Nothing was opened"),
         tr("%1: expected a model folder, a run (.h5) or data (tables, plain text, images); %2").arg(path, found));
}

void MainWindow::openPair(const DataPair& pair) {
  if (!m_document.model())
    return report(tr("The data could not be opened"), tr("open the model first that they are for"));
  m_document.openData(pair.train.toStdString(), pair.dev.toStdString());
}

DataPair MainWindow::openedData() const {
  const std::optional<DataSummary>& opened = m_document.data();
  if (!opened) return {};
  return {QString::fromStdString(opened->train.path), QString::fromStdString(opened->dev.path)};
}

void MainWindow::startTraining() {
  if (!m_document.model()) return;
  if (!QDir().mkpath(m_runFolder))
    return report(tr("Training did not start"), tr("%1: the folder for runs cannot be made").arg(m_runFolder));
  m_messages->dismiss();
  m_document.startTraining(newRunPath(m_runFolder, QString::fromStdString(m_document.model()->name),
                                      m_document.settings(), QDate::currentDate())
                               .toStdString());
}

// ---- questions -----------------------------------------------------------------------------------------------------

void MainWindow::chooseModel() {
  m_chooser(this, {FileQuestion::Kind::Folder, "model", tr("Open a model folder"), {}, {}},
            [this](const QStringList& chosen) { openPath(chosen.front()); });
}

void MainWindow::chooseData() {
  const DataPair opened = openedData();
  if (!opened.train.isEmpty() || !opened.dev.isEmpty()) return showDataDialog(opened);
  m_chooser(this,
            {FileQuestion::Kind::Files,
             "data",
             tr("Open training and dev data (one or two files)"),
             tr("Data (*.tsv *.csv *.jsonl *.txt *ubyte *ubyte.gz *.bin);;All files (*)"),
             {}},
            [this](const QStringList& chosen) { showDataDialog(pairDataFiles(chosen, openedData())); });
}

void MainWindow::showDataDialog(const DataPair& pair) {
  auto* dialog = new DataDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  const auto columns = [dialog] {
    ColumnNames names;
    for (const QString& text : dialog->textColumns()) names.texts.push_back(text.toStdString());
    names.label = dialog->labelColumn().toStdString();
    return names;
  };
  connect(dialog, &DataDialog::previewWanted, this,
          [this, columns](const QString& path) { m_document.previewData(path.toStdString(), columns()); });
  connect(&m_document, &Document::previewArrived, dialog, &DataDialog::setPreview);
  connect(&m_document, &Document::previewFailed, dialog, &DataDialog::setFailure);
  connect(dialog, &DataDialog::fileWanted, this, [this, dialog](DataDialog::Role role) {
    m_chooser(dialog, {FileQuestion::Kind::Files, "data", tr("Choose a data file"), {}, {}},
              [dialog, role](const QStringList& chosen) {
                const bool train = role == DataDialog::Role::Train;
                dialog->setPaths(train ? chosen.front() : dialog->path(DataDialog::Role::Train),
                                 train ? dialog->path(DataDialog::Role::Dev) : chosen.front());
              });
  });
  connect(dialog, &QDialog::accepted, this, [this, dialog, columns] {
    m_document.openData(dialog->path(DataDialog::Role::Train).toStdString(),
                        dialog->path(DataDialog::Role::Dev).toStdString(), columns());
  });
  dialog->open();
  dialog->setPaths(pair.train, pair.dev);
}

void MainWindow::chooseRun() {
  m_chooser(this, {FileQuestion::Kind::Files, "run", tr("Open a run"), tr("Runs (*.h5 *.hdf5)"), {}},
            [this](const QStringList& chosen) { openPath(chosen.front()); });
}

void MainWindow::chooseRunCopy() {
  const QString from = QString::fromStdString(m_document.run().path);
  m_chooser(this,
            {FileQuestion::Kind::SaveFile, "run", tr("Copy the run"), tr("Runs (*.h5)"), QFileInfo(from).fileName()},
            [this](const QStringList& chosen) { m_document.copyRun(chosen.front().toStdString()); });
}

void MainWindow::chooseMaskFile() {
  const QString name =
      tr("%1-k%2.json").arg(QString::fromStdString(m_document.model()->name)).arg(m_document.mask().keptCount());
  m_chooser(this, {FileQuestion::Kind::SaveFile, "mask", tr("Save the mask"), tr("Masks (*.json)"), name},
            [this](const QStringList& chosen) {
              try {
                writeMaskFile(chosen.front().toStdString(), m_document.mask());
                note(tr("Mask saved: %1").arg(chosen.front()));
              } catch (const Error& error) {
                report(tr("The mask was not saved"), QString::fromStdString(error.what()));
              }
            });
}

void MainWindow::chooseReportFile() {
  const QString name = QFileInfo(QString::fromStdString(m_document.run().path)).completeBaseName() + ".html";
  m_chooser(this, {FileQuestion::Kind::SaveFile, "report", tr("Save the run's report"), tr("Pages (*.html)"), name},
            [this](const QStringList& chosen) { m_document.saveReport(chosen.front().toStdString()); });
}

/// What is shown when it is asked for, whatever is measured until a name is found.
void MainWindow::chooseCurveFile() {
  const QString name = tr("%1-curve.csv").arg(QString::fromStdString(m_document.model()->name));
  m_chooser(this, {FileQuestion::Kind::SaveFile, "curve", tr("Save the curve"), tr("Tables (*.csv)"), name},
            [this, csv = curveCsv(m_document.curve())](const QStringList& chosen) {
              try {
                writeFileAtomically(chosen.front().toStdString(), csv);
                note(tr("Curve saved: %1").arg(chosen.front()));
              } catch (const Error& error) {
                report(tr("The curve was not saved"), QString::fromStdString(error.what()));
              }
            });
}

void MainWindow::choosePrunedFolder(const std::string& form) {
  const QString name = QStringLiteral("%1-pruned-k%2")
                           .arg(QString::fromStdString(m_document.model()->name))
                           .arg(m_document.mask().keptCount());
  m_chooser(this, {FileQuestion::Kind::NewFolder, "pruned", tr("Save the pruned model in a new folder"), {}, name},
            [this, form](const QStringList& chosen) { savePruned(form, chosen.front()); });
}

/// A folder that holds a model is replaced only after a yes; one that holds anything else is refused by the job.
void MainWindow::savePruned(const std::string& form, const QString& folder) {
  const auto save = [this, form, folder](bool overwrite) {
    m_document.prune(form, folder.toStdString(), overwrite, m_actions.foldValueBias->isChecked());
  };
  if (!QFileInfo::exists(folder + QStringLiteral("/config.json"))) return save(false);
  auto* question = new QMessageBox(QMessageBox::Question, tr("Replace the model?"),
                                   tr("%1 holds a model already.").arg(folder), QMessageBox::NoButton, this);
  question->setObjectName(QStringLiteral("replaceQuestion"));
  question->setAttribute(Qt::WA_DeleteOnClose);
  question->setInformativeText(tr("It is replaced once the new one is written, reopened and compared."));
  QPushButton* replace = question->addButton(tr("&Replace it"), QMessageBox::AcceptRole);
  QPushButton* keep = question->addButton(tr("&Keep it"), QMessageBox::RejectRole);
  question->setDefaultButton(keep);
  question->setEscapeButton(keep);
  connect(replace, &QPushButton::clicked, this, [save] { save(true); });
  question->open();
}

// ---- drag and drop -------------------------------------------------------------------------------------------------

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QString what = whatDroppingDoes(droppedPath(event->mimeData()));
  const bool accepts = !what.isEmpty() && m_actions.openModel->isEnabled();
  if (!accepts) return event->ignore();
  event->setDropAction(Qt::CopyAction);
  event->accept();
  statusBar()->showMessage(what, 5000);
}

void MainWindow::dropEvent(QDropEvent* event) {
  event->setDropAction(Qt::CopyAction);
  event->accept();
  statusBar()->clearMessage();
  openPath(droppedPath(event->mimeData()));
}

// ---- messages ------------------------------------------------------------------------------------------------------

void MainWindow::report(const QString& what, const QString& reason) {
  m_messages->showMessage(MessageBar::Severity::Error, QStringLiteral("%1: %2").arg(what, reason));
}

void MainWindow::note(const QString& text) { m_messages->showMessage(MessageBar::Severity::Note, text); }

void MainWindow::reportPruned(const PruneReport& pruned) {
  const double share = pruned.fullParameters > 0
                           ? 1 - static_cast<double>(pruned.parameters) / static_cast<double>(pruned.fullParameters)
                           : 0;
  const QString logits = pruned.maxAbsDiff > 0 ? tr("logits within %1").arg(QString::number(pruned.maxAbsDiff, 'g', 1))
                                               : tr("logits equal");
  const QString folded =
      pruned.foldedValueBias ? tr(" Value biases of the removed heads are in the output biases.") : QString();
  note(tr("Saved %1: %2 parameters (%3 fewer), reopened and compared: %4 of %5 predictions the same, %6.%7")
           .arg(QString::fromStdString(pruned.path), magnitudeText(pruned.parameters), percentText(share))
           .arg(pruned.samePredictions)
           .arg(pruned.examples)
           .arg(logits, folded));
  m_messageAction = QString::fromStdString(pruned.path);
  m_messages->setAction(tr("Open it"));
}

void MainWindow::reportTrained(const TrainReport& trained) {
  const TrainSettings& settings = trained.settings;
  const QString units = settings.unit == "group" ? tr("groups") : tr("heads");
  const QString lambda = QString::number(settings.lambda, 'g', 3);
  if (settings.lambdaSearched) {
    note(tr("\u03bb = %1, found by bisection, leaves exactly %2 %3 open.").arg(lambda).arg(settings.keep).arg(units));
  } else if (m_document.missedLambda()) {
    m_messages->showMessage(MessageBar::Severity::Warning,
                            tr("No \u03bb was found that leaves exactly %1 %2 open. The nearest, %3, was taken: shown "
                               "are the %1 with the largest log \u03b1.")
                                .arg(settings.keep)
                                .arg(units, lambda));
  } else if (trained.projected) {
    m_messages->showMessage(
        MessageBar::Severity::Warning,
        tr("The gates did not settle on exactly %1 %2: shown are the %1 with the largest log \u03b1. "
           "More steps usually help.")
            .arg(settings.keep)
            .arg(units));
  }
}

void MainWindow::showAbout() {
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Headroom"),
                              tr("<b>Headroom %1</b><br>Find out which attention heads a transformer needs.")
                                  .arg(QCoreApplication::applicationVersion()),
                              QMessageBox::Close, this);
  const DeviceSummary& device = m_document.device();
  box->setInformativeText(
      tr("Device: %1<br>LibTorch %2<br>%3<br><br>Free software under the GNU General Public License, "
         "version 3 or later.")
          .arg(QString::fromStdString(device.name), QString::fromStdString(device.libtorch),
               QString::fromStdString(device.blas)));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->open();
}

void MainWindow::showKeyboard() {
  auto* box = new QMessageBox(
      QMessageBox::NoIcon, tr("Keyboard"),
      tr("<b>Head map</b><br>Arrows walk, Space switches a head, R its row, C its column, L locks it, E measures what "
         "switching it changes (again: cancels)<br>A drag switches all heads in the frame<br><br><b>Heads "
         "kept</b><br>Arrows and "
         "Page keys move, Home "
         "keeps none, End keeps all<br><br><b>Trade-off</b><br>P pins the shown mask or lets it go, a click on a pin "
         "shows it, Enter steps through "
         "masks that none beats<br><br><b>Steps</b><br>Arrows move, End follows the run again"),
      QMessageBox::Close, this);
  QString keys;
  for (const QAction* action : findChildren<QAction*>()) {
    if (action->shortcut().isEmpty() || action->text().isEmpty()) continue;
    keys += tr("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>")
                .arg(action->shortcut().toString(QKeySequence::NativeText),
                     QString(action->text()).remove('&').toHtmlEscaped());
  }
  box->setInformativeText(QStringLiteral("<table>%1</table>").arg(keys));
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->open();
}

void MainWindow::showLosses() {
  auto* dialog = new QDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Losses"));
  auto* text = new QTextBrowser;
  text->setAccessibleName(tr("Why PASS ends at exactly K heads"));
  QFile page(QStringLiteral(":/headroom/help/losses.html"));
  if (page.open(QIODevice::ReadOnly)) text->setHtml(QString::fromUtf8(page.readAll()));
  auto* column = new QVBoxLayout(dialog);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(text);
  dialog->resize(scaledPixels(620), scaledPixels(560));
  dialog->show();
}

}  // namespace headroom
