// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QStatusBar>
#include <QVBoxLayout>

#include "app/gui/bundled_samples.h"
#include "app/gui/explore_view.h"
#include "app/gui/status_line.h"
#include "app/gui/window_tool_bar.h"
#include "widgets/panels/head_map_panel.h"
#include "widgets/panels/message_bar.h"
#include "widgets/panels/start_page.h"
#include "widgets/plots/icons.h"

namespace headroom {

namespace {

constexpr int kWindowVersion = 1;
constexpr QSize kFirstSize(1440, 900);
constexpr QSize kLeastSize(1024, 640);

std::unique_ptr<QSettings> makeSettings(const QString& file) {
  return file.isEmpty() ? std::make_unique<QSettings>() : std::make_unique<QSettings>(file, QSettings::IniFormat);
}

}  // namespace

MainWindow::MainWindow(WindowOptions options)
    : m_chooser(std::move(options.chooser)),
      m_runFolder(options.runFolder),
      m_saveTheme(!options.themeGiven),
      m_settings(makeSettings(options.settingsFile)),
      m_recent(*m_settings),
      m_document(std::move(options.engine)),
      m_actions(makeActions(this, m_document.undoStack())) {
  setObjectName(QStringLiteral("mainWindow"));
  setWindowIcon(applicationIcon());
  setAcceptDrops(true);
  setMinimumSize(kLeastSize);
  makeLayout();
  connectFileActions();
  connectPictureActions();
  connectViewActions();
  connectRunActions();
  connectDocument();
  restoreSession();
  const auto saved = static_cast<ThemeChoice>(m_settings->value(QStringLiteral("theme")).toInt());
  setTheme(options.themeGiven ? options.theme : saved);
  refresh();
  showStart(true);
}

// Defined here, where QSettings is complete.
MainWindow::~MainWindow() = default;

void MainWindow::makeLayout() {
  m_toolBar = new WindowToolBar(m_actions, &m_document, this);
  addToolBar(m_toolBar);
  auto* central = new QWidget;
  auto* column = new QVBoxLayout(central);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  m_messages = new MessageBar;
  m_view = new ExploreView(&m_document, central);
  column->addWidget(m_messages);
  column->addWidget(m_view, 1);
  m_start = new StartPage(central);
  m_start->setSamples(bundledSamples());
  column->addWidget(m_start, 1);
  setCentralWidget(central);
  setStatusBar(new StatusLine(&m_document, this));
  m_view->setFocus();  // no control is marked before the first Tab
}

void MainWindow::restoreSession() {
  resize(kFirstSize);
  if (m_settings->value(QStringLiteral("window/version")).toInt() != kWindowVersion) return;
  restoreGeometry(m_settings->value(QStringLiteral("window/geometry")).toByteArray());
  restoreState(m_settings->value(QStringLiteral("window/state")).toByteArray(), kWindowVersion);
  m_view->restoreSizes(*m_settings);
}

void MainWindow::saveSession() {
  m_settings->setValue(QStringLiteral("window/version"), kWindowVersion);
  m_settings->setValue(QStringLiteral("window/geometry"), saveGeometry());
  m_settings->setValue(QStringLiteral("window/state"), saveState(kWindowVersion));
  m_view->saveSizes(*m_settings);
}

void MainWindow::connectFileActions() {
  const WindowActions& a = m_actions;
  connect(a.startPage, &QAction::triggered, this, [this] { showStart(m_start->isHidden() || !m_document.model()); });
  connect(m_start, &StartPage::chosen, this, [this](const QString& path) { openPath(path); });
  connect(m_start, &StartPage::openModelRequested, this, &MainWindow::chooseModel);
  connect(m_start, &StartPage::openRunRequested, this, &MainWindow::chooseRun);
  connect(a.openModel, &QAction::triggered, this, &MainWindow::chooseModel);
  connect(a.openData, &QAction::triggered, this, &MainWindow::chooseData);
  connect(a.openRun, &QAction::triggered, this, &MainWindow::chooseRun);
  connect(a.recent, &QMenu::aboutToShow, this,
          [this] { m_recent.fill(m_actions.recent, [this](const QString& path) { openPath(path); }); });
  connect(a.saveRun, &QAction::triggered, this, &MainWindow::chooseRunCopy);
  connect(a.saveMask, &QAction::triggered, this, &MainWindow::chooseMaskFile);
  connect(a.saveReport, &QAction::triggered, this, &MainWindow::chooseReportFile);
  connect(a.saveCurve, &QAction::triggered, this, &MainWindow::chooseCurveFile);
  connect(a.quit, &QAction::triggered, this, &MainWindow::close);
  connect(a.bfloat16, &QAction::triggered, this,
          [this](bool on) { m_document.setEvaluationType(on ? "bfloat16" : "float32"); });
  connect(a.pin, &QAction::triggered, &m_document, &Document::togglePin);
  connect(a.clearPins, &QAction::triggered, &m_document, &Document::clearPins);
  connect(a.effect, &QAction::triggered, this, [this] {
    if (const auto head = m_view->headMap()->map()->selected()) return m_document.askEffect(*head);
    statusBar()->showMessage(tr("Select a head in the map first: click it, or walk there by arrow keys."), 5000);
  });
  connect(a.pruneCompact, &QAction::triggered, this, [this] { choosePrunedFolder("compact"); });
  connect(a.pruneZeroed, &QAction::triggered, this, [this] { choosePrunedFolder("zeroed"); });
  connect(a.pruneOnnx, &QAction::triggered, this, [this] { choosePrunedFolder("onnx"); });
  connect(a.about, &QAction::triggered, this, &MainWindow::showAbout);
  connect(a.keyboard, &QAction::triggered, this, &MainWindow::showKeyboard);
  connect(a.losses, &QAction::triggered, this, &MainWindow::showLosses);
}

void MainWindow::connectViewActions() {
  const WindowActions& a = m_actions;
  const auto showMode = [this](HeadMap::Mode mode) { m_view->headMap()->setMode(mode); };
  connect(a.showOpen, &QAction::triggered, this, [showMode] { showMode(HeadMap::Mode::OpenProbability); });
  connect(a.showLogAlpha, &QAction::triggered, this, [showMode] { showMode(HeadMap::Mode::LogAlpha); });
  connect(a.showKept, &QAction::triggered, this, [showMode] { showMode(HeadMap::Mode::Kept); });
  connect(a.themeSystem, &QAction::triggered, this, [this] { setTheme(ThemeChoice::System); });
  connect(a.themeLight, &QAction::triggered, this, [this] { setTheme(ThemeChoice::Light); });
  connect(a.themeDark, &QAction::triggered, this, [this] { setTheme(ThemeChoice::Dark); });
  connect(a.resetLayout, &QAction::triggered, m_view, &ExploreView::resetSizes);
  connect(a.fullScreen, &QAction::toggled, this, [this](bool full) {
    setWindowState(full ? windowState() | Qt::WindowFullScreen : windowState() & ~Qt::WindowFullScreen);
  });
}

void MainWindow::connectRunActions() {
  const WindowActions& a = m_actions;
  connect(a.start, &QAction::triggered, this, &MainWindow::startTraining);
  connect(a.pause, &QAction::triggered, &m_document, &Document::pauseTraining);
  connect(a.resume, &QAction::triggered, this, [this] {
    m_messages->dismiss();  // "stopped" no longer holds
    m_document.resumeTraining();
  });
  connect(a.stop, &QAction::triggered, &m_document, &Document::stopTraining);
  connect(a.follow, &QAction::triggered, m_view, &ExploreView::follow);
  connect(a.sweep, &QAction::triggered, &m_document, &Document::sweep);
  connect(a.compare, &QAction::triggered, this, &MainWindow::showCompare);
  for (QAction* action : a.choose)
    connect(action, &QAction::triggered, this,
            [this, action] { m_document.chooseBy(action->data().toString().toStdString()); });
  for (QAction* action : a.rank)
    connect(action, &QAction::triggered, this, [this, action] {
      m_document.rankBy(action->data().toString().toStdString(), action->text().remove(QLatin1Char('&')).toStdString());
    });
  connect(a.keepAll, &QAction::triggered, this,
          [this] { m_document.editMask(HeadMask(m_document.model()->layout, true)); });
  connect(a.closeAll, &QAction::triggered, this,
          [this] { m_document.editMask(HeadMask(m_document.model()->layout, false)); });
}

void MainWindow::connectDocument() {
  for (const auto signal :
       {&Document::stateChanged, &Document::maskChanged, &Document::orderChanged, &Document::modelChanged,
        &Document::runBegan, &Document::curveChanged, &Document::pinsChanged, &Document::deviceChanged})
    connect(&m_document, signal, this, &MainWindow::refresh);
  connect(&m_document, &Document::failed, this, &MainWindow::report);
  connect(&m_document, &Document::pruned, this, &MainWindow::reportPruned);
  connect(&m_document, &Document::trained, this, &MainWindow::reportTrained);
  connect(&m_document, &Document::runCopied, this,
          [this](const QString& path) { note(tr("Run copied: %1").arg(path)); });
  connect(&m_document, &Document::reportSaved, this,
          [this](const QString& path) { note(tr("Report saved: %1").arg(path)); });
  connect(&m_document, &Document::trainingStopped, this, [this](std::int64_t step) {
    note(step < 0 ? tr("Stopped before the first step: no run was made.")
                  : tr("Stopped at step %1. Run \u25b8 Resume goes on from the last checkpoint.").arg(step));
  });
  connect(&m_document, &Document::modelChanged, this, [this] {
    showStart(!m_document.model());
    if (m_messages->severity() == MessageBar::Severity::Error) m_messages->dismiss();
  });
  connect(&m_document, &Document::deviceChanged, this, [this] {
    const QString warning = QString::fromStdString(m_document.device().warning);
    if (!warning.isEmpty() && !std::exchange(m_warned, true))
      m_messages->showMessage(MessageBar::Severity::Warning, warning);
  });
  connect(&m_document, &Document::stateChanged, this, &MainWindow::closeWhenIdle);
  connect(m_view, &ExploreView::runActivated, this, [this](const QString& path) { openPath(path); });
  connect(m_messages, &MessageBar::actionChosen, this, [this] { openPath(m_messageAction, openedData()); });
}

void MainWindow::refresh() {
  updateActions(m_actions, m_document);
  const std::optional<ModelSummary>& model = m_document.model();
  setWindowTitle(model ? QString::fromStdString(model->name) : QString());
  setWindowFilePath(model ? QString::fromStdString(model->path) : QString());
}

void MainWindow::showStart(bool shown) {
  if (shown) m_start->setRecent(m_recent.paths());
  m_start->setVisible(shown);
  m_view->setVisible(!shown);
}

void MainWindow::setTheme(ThemeChoice choice) {
  QAction* actions[] = {m_actions.themeSystem, m_actions.themeLight, m_actions.themeDark};
  actions[static_cast<int>(choice) % 3]->setChecked(true);
  if (m_saveTheme) m_settings->setValue(QStringLiteral("theme"), static_cast<int>(choice));
  applyTheme(*static_cast<QApplication*>(QApplication::instance()), choice);
}

// ---- closing -------------------------------------------------------------------------------------------------------

void MainWindow::closeEvent(QCloseEvent* event) {
  if (m_document.isTraining()) {
    event->ignore();
    if (!m_closing) askBeforeClosing();
    return;
  }
  saveSession();
  event->accept();
}

void MainWindow::askBeforeClosing() {
  if (findChild<QMessageBox*>(QStringLiteral("closeQuestion")) != nullptr) return;
  auto* question = new QMessageBox(QMessageBox::Question, tr("Close Headroom"), tr("A training run is under way."),
                                   QMessageBox::NoButton, this);
  question->setObjectName(QStringLiteral("closeQuestion"));
  question->setAttribute(Qt::WA_DeleteOnClose);
  question->setInformativeText(tr("Stopping writes a checkpoint: the run can go on later."));
  QPushButton* stop = question->addButton(tr("&Stop and close"), QMessageBox::AcceptRole);
  QPushButton* keep = question->addButton(tr("&Keep training"), QMessageBox::RejectRole);
  question->setDefaultButton(keep);
  question->setEscapeButton(keep);
  connect(stop, &QPushButton::clicked, this, [this] {
    m_closing = true;
    m_document.stopTraining();
  });
  question->open();
}

void MainWindow::closeWhenIdle() {
  if (m_closing && !m_document.isTraining()) QMetaObject::invokeMethod(this, &QWidget::close, Qt::QueuedConnection);
}

// ---- events --------------------------------------------------------------------------------------------------------

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() != QEvent::WindowStateChange) return;
  m_document.setWatched(!isMinimized());
  m_actions.fullScreen->setChecked(isFullScreen());
}

void MainWindow::showEvent(QShowEvent* event) {
  QMainWindow::showEvent(event);
  m_document.setWatched(true);
}

void MainWindow::hideEvent(QHideEvent* event) {
  QMainWindow::hideEvent(event);
  m_document.setWatched(false);
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  m_toolBar->fitTo(width());
  QMainWindow::resizeEvent(event);
}

}  // namespace headroom
