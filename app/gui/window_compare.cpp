// SPDX-License-Identifier: GPL-3.0-or-later
// The window's side of comparing methods: a dialog asks, the document works, campaigns lie beside the runs.
#include <QPointer>

#include "app/gui/known_places.h"
#include "app/gui/main_window.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/jobs/compared_methods.h"
#include "core/report/comparison_report.h"
#include "widgets/panels/compare_dialog.h"
#include "widgets/panels/compare_results.h"
#include "widgets/plots/figure.h"

namespace headroom {

namespace {

QString busyText() { return MainWindow::tr("Wait until what is under way is done."); }

}  // namespace

void MainWindow::showCompare() {
  if (auto* open = findChild<CompareDialog*>()) {
    open->raise();
    return open->activateWindow();
  }
  auto* dialog = new CompareDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setMethods(comparedMethods());
  // "Prune by" of the settings; a model without groups knows none.
  const auto showHeads = [this, dialog] {
    const HeadLayout& layout = m_document.model()->layout;
    dialog->setHeads(layout, layout.grouped() ? m_document.settings().unit : "head");
  };
  showHeads();
  const auto possible = [this, dialog] {
    const bool hasData = m_document.hasTrainData() && m_document.hasDevData();
    const bool free = m_document.state() == DocumentState::Ready || m_document.state() == DocumentState::Busy;
    dialog->setPossible(!hasData ? tr("Open training and dev data first (Data\u2026).")
                        : free   ? QString()
                                 : tr("Wait until training or opening is done."));
  };
  possible();
  connect(&m_document, &Document::stateChanged, dialog, possible);
  connect(&m_document, &Document::modelChanged, dialog, showHeads);
  connect(&m_document, &Document::settingsChanged, dialog, [this, dialog, showHeads] {
    if (!m_document.model()) return;
    const bool groups = m_document.settings().unit == "group" && m_document.model()->layout.grouped();
    if (groups != (dialog->wish().unit == "group")) showHeads();
  });
  connect(&m_document, &Document::campaignChanged, dialog, &CompareDialog::setComparison);
  connect(&m_document, &Document::campaignEnded, dialog, [dialog] { dialog->setRunning(false); });
  connect(&m_document, &Document::campaignFailed, dialog, &CompareDialog::setNote);
  connect(&m_document, &Document::campaignOpened, dialog,
          [dialog](const QString& path) { dialog->setNote(tr("Shown is %1.").arg(path)); });
  connect(&m_document, &Document::progressChanged, dialog, [this, dialog] {
    const Progress& progress = m_document.progress();
    if (progress.total > 0 && progress.task == "comparing")  // not: examples of the unpruned model's evaluation
      dialog->setProgress(tr("cell %1 of %2").arg(progress.step + 1).arg(progress.total));
  });
  connect(dialog, &CompareDialog::stopWanted, &m_document, &Document::stopComparing);
  connect(dialog, &QDialog::finished, &m_document, &Document::stopComparing);
  connect(dialog, &CompareDialog::startWanted, this, [this, dialog] {
    const CompareDialog::Wish wish = dialog->wish();
    CompareRequest request;
    request.methods = wish.methods;
    request.keeps = wish.keeps;
    request.unit = wish.unit;
    request.seeds = wish.seeds;
    request.steps = wish.steps;
    request.recover = wish.recover;
    request.frozen = wish.frozen;
    request.outPath =
        campaignFolder(m_runFolder, *m_document.model(), *m_document.data(),
                       {wish.steps, m_document.settings().maxLength, wish.unit, m_document.device().dtype})
            .toStdString();
    m_document.compareMethods(request);
    dialog->setRunning(m_document.isComparing());
    if (!m_document.isComparing()) dialog->setNote(busyText());
  });
  connect(dialog, &CompareDialog::openWanted, this, [this, dialog] {
    m_chooser(dialog, {FileQuestion::Kind::Folder, "campaign", tr("Open a comparison"), {}, {}},
              [this, shown = QPointer(dialog)](const QStringList& chosen) {
                if (m_document.state() == DocumentState::Ready)
                  m_document.openCampaign(chosen.front().toStdString());
                else if (shown)
                  shown->setNote(busyText());
              });
  });
  connect(dialog->results(), &CompareResults::pictureWanted, this, &MainWindow::chooseComparePicture);
  connect(dialog->results(), &CompareResults::tableWanted, this, &MainWindow::chooseCompareTable);
  connect(dialog->results(), &CompareResults::reportWanted, this, &MainWindow::chooseCompareReport);
  dialog->show();
}

void MainWindow::chooseCompareTable(const Comparison& comparison) {
  saveText({FileQuestion::Kind::SaveFile, "table", tr("Save the comparison as a table, a line a cell"),
            tr("Tables (*.csv)"), tr("%1-compare.csv").arg(QString::fromStdString(m_document.model()->name))},
           comparisonCsv(comparison));
}

void MainWindow::chooseCompareReport(const Comparison& comparison) {
  const std::string& model = m_document.model()->name;
  saveText({FileQuestion::Kind::SaveFile, "report", tr("Save the comparison as a page"), tr("Pages (*.html)"),
            tr("%1-compare.html").arg(QString::fromStdString(model))},
           comparisonReportHtml(comparison, "Headroom: ways to choose heads of " + model));
}

void MainWindow::saveText(const FileQuestion& question, const std::string& text) {
  m_chooser(this, question, [this, text](const QStringList& chosen) {
    try {
      writeFileAtomically(chosen.front().toStdString(), text);
      note(tr("Comparison saved: %1").arg(chosen.front()));
    } catch (const Error& error) {
      report(tr("The comparison was not saved"), QString::fromStdString(error.what()));
    }
  });
}

void MainWindow::chooseComparePicture(Figure* figure, const QString& name, const QString& caption) {
  const QString model = QString::fromStdString(m_document.model()->name);
  const QString suggested = QStringLiteral("%1-compare-%2.png").arg(model, name);
  const QString said = QStringLiteral("%1 \u00b7 %2").arg(model, caption);
  // The dialog may be closed before a name is chosen.
  const QPointer<QWidget> view = dynamic_cast<QWidget*>(figure);
  m_chooser(this,
            {FileQuestion::Kind::SaveFile, "picture", tr("Save a picture of this view"), figureFilter(), suggested},
            [this, view, figure, said](const QStringList& chosen) {
              if (view) saveView(*figure, chosen.front(), said);
            });
}

}  // namespace headroom
