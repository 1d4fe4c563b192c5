// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/actions.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QUndoStack>

#include "app/gui/document.h"
#include "core/jobs/score_heads.h"
#include "widgets/plots/icons.h"

namespace headroom {

namespace {

const char* const kTip = "headroomTip";

QString actionText(const char* text) { return QCoreApplication::translate("WindowActions", text); }

QAction* add(QMenu* menu, const char* name, const QString& text, const QString& tip, const QKeySequence& keys = {}) {
  QAction* action = menu->addAction(text);
  action->setObjectName(QLatin1String(name));
  action->setProperty(kTip, tip);
  action->setToolTip(tip);
  action->setStatusTip(tip);
  action->setShortcut(keys);
  return action;
}

void makeExclusive(QObject* parent, std::initializer_list<QAction*> actions) {
  auto* group = new QActionGroup(parent);
  for (QAction* action : actions) {
    action->setCheckable(true);
    group->addAction(action);
  }
  (*actions.begin())->setChecked(true);
}

/// The views' own actions are in their context menus, too.
void fillPictureMenu(WindowActions& a, QMenu* menu) {
  a.pictureWindow = add(menu, "pictureWindow", actionText("Save &window\u2026"),
                        actionText("Save the whole window as PNG"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P));
  menu->addSeparator();
  const QString tip = actionText("Save this view with axes and caption as PNG, SVG or PDF");
  a.pictureMap = add(menu, "head-map", actionText("Save &head map\u2026"), tip);
  a.pictureTradeOff = add(menu, "trade-off", actionText("Save &trade-off\u2026"), tip);
  a.pictureConcentration = add(menu, "concentration", actionText("Save &concentration\u2026"), tip);
  a.pictureGates = add(menu, "gate-paths", actionText("Save &gate paths\u2026"), tip);
  a.pictureBudget = add(menu, "expected-counts", actionText("Save &expected counts\u2026"), tip);
  a.pictureLosses = add(menu, "losses", actionText("Save &losses\u2026"), tip);
  a.pictureGap = add(menu, "gap", actionText("Save t&rain/test gap\u2026"), tip);
  a.pictureSlices = add(menu, "slices", actionText("Save &slices\u2026"), tip);
  a.pictureCosts = add(menu, "costs", actionText("Save c&osts of heads\u2026"), tip);
  menu->addSeparator();
  a.pictureWidth = add(menu, "pictureWidth", actionText("Wi&dth on paper\u2026"),
                       actionText("How wide saved views are, in millimetres; 0 = as on screen"));
}

void fillFileMenu(WindowActions& a, QMenu* menu) {
  a.startPage = add(menu, "startPage", actionText("S&tart page"), actionText("Samples and what was opened lately"),
                    QKeySequence(Qt::ALT | Qt::Key_Home));
  a.openModel = add(menu, "openModel", actionText("Open &model\u2026"),
                    actionText("Open a model folder in Hugging Face layout"), QKeySequence::Open);
  a.openModel->setIcon(themeIcon(IconName::OpenModel));
  a.openData = add(menu, "openData", actionText("Open &data\u2026"),
                   actionText("Open training and dev data: tables, plain text, parallel text or images"),
                   QKeySequence(Qt::CTRL | Qt::Key_D));
  a.openData->setIcon(themeIcon(IconName::OpenData));
  a.openRun =
      add(menu, "openRun", actionText("Open &run\u2026"), actionText("Open a training run with its model and data"),
          QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
  a.recent = menu->addMenu(actionText("Open re&cent"));
  menu->addSeparator();
  a.saveRun = add(menu, "saveRun", actionText("&Save run as\u2026"), actionText("Copy the run file to another place"),
                  QKeySequence::SaveAs);
  a.saveMask = add(menu, "saveMask", actionText("Save m&ask\u2026"), actionText("Write which heads are kept, as JSON"),
                   QKeySequence::Save);
  a.saveReport = add(menu, "saveReport", actionText("Save r&eport\u2026"),
                     actionText("Write the open run as one HTML page: result, settings, curves, head map, hashes"));
  a.saveCurve = add(menu, "saveCurve", actionText("Save c&urve as CSV\u2026"),
                    actionText("Write the trade-off as a table: accuracy with its interval at every number of heads"));
  fillPictureMenu(a, menu->addMenu(actionText("Save &picture")));
  menu->addSeparator();
  a.quit = add(menu, "quit", actionText("&Quit"), actionText("Close Headroom"), QKeySequence::Quit);
  a.quit->setMenuRole(QAction::QuitRole);
}

void fillEditMenu(WindowActions& a, QMenu* menu, QUndoStack* stack) {
  a.undo = stack->createUndoAction(menu, actionText("&Undo"));
  a.undo->setObjectName(QStringLiteral("undo"));
  a.undo->setShortcut(QKeySequence::Undo);
  a.undo->setIcon(themeIcon(IconName::Undo));
  a.undo->setIconText(actionText("Undo"));
  a.redo = stack->createRedoAction(menu, actionText("&Redo"));
  a.redo->setObjectName(QStringLiteral("redo"));
  a.redo->setShortcuts(QKeySequence::Redo);
  a.redo->setIcon(themeIcon(IconName::Redo));
  a.redo->setIconText(actionText("Redo"));
  menu->addAction(a.undo);
  menu->addAction(a.redo);
  menu->addSeparator();
  a.keepAll = add(menu, "keepAll", actionText("Keep &all heads"), actionText("Open every head"),
                  QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A));
  a.closeAll = add(menu, "closeAll", actionText("&Close all heads"), actionText("Close every head"),
                   QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N));
  menu->addSeparator();
  a.pin = add(menu, "pin", actionText("&Pin this mask"),
              actionText("Hold this mask on the trade-off, or let it go; undo does not touch pins"),
              QKeySequence(Qt::CTRL | Qt::Key_B));
  a.pin->setCheckable(true);
  a.clearPins = add(menu, "clearPins", actionText("Re&move all pins"), actionText("Take every pin off the trade-off"));
  a.effect = add(menu, "effect", actionText("&Effect of the selected head"),
                 actionText("Measure what switching the head that is selected in the map changes; once more cancels"),
                 QKeySequence(Qt::CTRL | Qt::Key_H));
}

void fillViewMenu(WindowActions& a, QMenu* menu) {
  a.showOpen = add(menu, "showOpen", actionText("Map of &P(open)"), actionText("Probability that each gate is open"),
                   QKeySequence(Qt::CTRL | Qt::Key_1));
  a.showLogAlpha = add(menu, "showLogAlpha", actionText("Map of log \u03b1 (&gate parameter)"),
                       actionText("The trained gate parameter of each head"), QKeySequence(Qt::CTRL | Qt::Key_2));
  a.showKept = add(menu, "showKept", actionText("Map of &kept heads"), actionText("Only kept or closed"),
                   QKeySequence(Qt::CTRL | Qt::Key_3));
  makeExclusive(menu, {a.showOpen, a.showLogAlpha, a.showKept});
  menu->addSeparator();
  QMenu* theme = menu->addMenu(actionText("&Theme"));
  a.themeSystem = add(theme, "themeSystem", actionText("&System"), actionText("Follow the desktop"));
  a.themeLight = add(theme, "themeLight", actionText("&Light"), actionText("Dark text on light ground"));
  a.themeDark = add(theme, "themeDark", actionText("&Dark"), actionText("Light text on dark ground"));
  makeExclusive(menu, {a.themeSystem, a.themeLight, a.themeDark});
  a.resetLayout = add(menu, "resetLayout", actionText("&Reset layout"), actionText("Give every panel its first size"));
  a.fullScreen = add(menu, "fullScreen", actionText("&Full screen"), actionText("Fill the whole screen"),
                     QKeySequence(Qt::Key_F11));
  a.fullScreen->setCheckable(true);
}

/// Ways to order the heads of a trained model that need no training.
/// Methods whose choices for all K are nested rank the heads; the others choose for the K that is shown.
void fillJudgeMenus(WindowActions& a, QMenu* rank, QMenu* choose) {
  for (const MethodInfo& method : allMethods()) {
    if (!isScoringMethod(method.name)) continue;
    QAction* action = add(method.ofOneK ? choose : rank, method.ofOneK ? "choose" : "rank",
                          QString::fromStdString(method.title), QString::fromStdString(method.description));
    action->setData(QString::fromStdString(method.name));
    (method.ofOneK ? a.choose : a.rank).push_back(action);
  }
}

void fillRunMenus(WindowActions& a, QMenu* run, QMenu* prune) {
  a.start = add(run, "start", actionText("&Train"), actionText("Train the gates until K heads are left"),
                QKeySequence(Qt::Key_F5));
  a.start->setIcon(themeIconOnAccent(IconName::Play));
  a.pause =
      add(run, "pause", actionText("&Pause"), actionText("Hold the run after this step"), QKeySequence(Qt::Key_F6));
  a.pause->setIcon(themeIcon(IconName::Pause));
  a.resume =
      add(run, "resume", actionText("&Resume"),
          actionText("Go on with a paused run, or with a stopped one from its checkpoint"), QKeySequence(Qt::Key_F7));
  a.resume->setIcon(themeIcon(IconName::Play));
  a.stop = add(run, "stop", actionText("&Stop"), actionText("Write a checkpoint and end the run"),
               QKeySequence(Qt::SHIFT | Qt::Key_F5));
  a.stop->setIcon(themeIcon(IconName::Stop));
  run->addSeparator();
  a.follow = add(run, "follow", actionText("&Follow the run"),
                 actionText("Let the run move the shown mask and step again"), QKeySequence(Qt::CTRL | Qt::Key_L));
  a.sweep = add(run, "sweep", actionText("S&weep"), actionText("Measure every number of kept heads"),
                QKeySequence(Qt::Key_F8));
  a.bfloat16 =
      add(run, "bfloat16", actionText("Evaluate in &bfloat16"),
          actionText(
              "Faster where the processor or the GPU has it; how far it is from float32 is measured and shown below"));
  a.bfloat16->setCheckable(true);
  fillJudgeMenus(a, run->addMenu(actionText("Rank &heads by")), run->addMenu(actionText("Choose this &many heads by")));
  a.compare = add(run, "compare", actionText("&Compare methods\u2026"),
                  actionText("Ways to choose heads side by side, over several seeds"), QKeySequence(Qt::Key_F9));
  a.pruneCompact =
      add(prune, "pruneCompact", actionText("Save pruned model, &compact\u2026"),
          actionText("Really remove the closed heads: smaller and faster"), QKeySequence(Qt::CTRL | Qt::Key_E));
  a.pruneZeroed = add(prune, "pruneZeroed", actionText("Save pruned model, &zeroed\u2026"),
                      actionText("Keep every shape and silence the closed heads: loads in any version"));
  a.pruneOnnx = add(prune, "pruneOnnx", actionText("Save pruned model, &ONNX\u2026"),
                    actionText("Really remove the closed heads, for ONNX Runtime and programs like it"));
  prune->addSeparator();
  a.foldValueBias = add(
      prune, "foldValueBias", actionText("Fold &value biases"),
      actionText("Removed heads leave their value bias behind, in the output bias; the scores shown are without it"));
  a.foldValueBias->setCheckable(true);
}

QString whyNotReady(const Document& document) {
  switch (document.state()) {
    case DocumentState::Empty:
    case DocumentState::Failed: return actionText("open a model first");
    case DocumentState::Loading: return actionText("wait until opening is done");
    case DocumentState::Training:
    case DocumentState::Paused: return actionText("a training run is under way; stop it first");
    case DocumentState::Busy:
      return document.isComparing() ? actionText("methods are being compared; stop that first (Compare methods)")
                                    : actionText("wait until the pruned model is saved");
    case DocumentState::Ready: break;
  }
  return {};
}

/// An empty reason enables.
void allow(QAction* action, const QString& whyNot) {
  const QString tip = action->property(kTip).toString();
  action->setEnabled(whyNot.isEmpty());
  const QString keys = action->shortcut().toString(QKeySequence::NativeText);
  const QString full = keys.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, keys);
  action->setToolTip(whyNot.isEmpty() ? full : actionText("%1. Not now: %2.").arg(tip, whyNot));
}

QString orElse(const QString& reason, bool fine, const QString& other) {
  return !reason.isEmpty() || fine ? reason : other;
}

/// Why the method that the action names cannot judge the open model, unless another reason comes first.
QString orElseUnmet(const QString& reason, const QAction* action, const Document& document) {
  if (!reason.isEmpty() || !document.model()) return reason;
  for (const MethodInfo& method : allMethods())
    if (method.name == action->data().toString().toStdString())
      return QString::fromStdString(unmetNeed(method, document.model()->layout));
  return {};
}

}  // namespace

WindowActions makeActions(QMainWindow* window, QUndoStack* undoStack) {
  WindowActions a{};
  QMenuBar* bar = window->menuBar();
  fillFileMenu(a, bar->addMenu(actionText("&File")));
  fillEditMenu(a, bar->addMenu(actionText("&Edit")), undoStack);
  fillViewMenu(a, bar->addMenu(actionText("&View")));
  QMenu* run = bar->addMenu(actionText("&Run"));
  fillRunMenus(a, run, bar->addMenu(actionText("&Prune")));
  QMenu* help = bar->addMenu(actionText("&Help"));
  a.keyboard =
      add(help, "keyboard", actionText("&Keyboard"), actionText("What the keys do"), QKeySequence::HelpContents);
  a.losses = add(help, "lossesHelp", actionText("&Losses"),
                 actionText("Why PASS ends at exactly K heads, and the base loss does not"));
  a.about = add(help, "about", actionText("&About Headroom"), actionText("Version, device and licence"));
  a.about->setMenuRole(QAction::AboutRole);
  for (QMenu* menu : bar->findChildren<QMenu*>()) menu->setToolTipsVisible(true);
  return a;
}

void updateActions(const WindowActions& a, const Document& document) {
  const QString idle = whyNotReady(document);
  const QString opens = document.isTraining() || document.state() == DocumentState::Busy ? idle : QString();
  const QString model = document.model() ? QString() : actionText("open a model first");
  const QString running = document.isTraining() ? QString() : actionText("no training run is under way");
  const bool paused = document.state() == DocumentState::Paused;
  allow(a.startPage, opens);
  allow(a.openModel, opens);
  allow(a.openRun, opens);
  a.recent->setEnabled(opens.isEmpty());
  allow(a.openData, idle);
  allow(a.saveRun, orElse(idle, !document.run().path.empty(), actionText("train or open a run first")));
  allow(a.saveMask, model);
  allow(a.saveReport, orElse(idle, !document.run().path.empty(), actionText("train or open a run first")));
  const Curve& curve = document.curve();
  allow(a.saveCurve, curve.points.empty() ? actionText("train or open a run, or rank the heads, to have a curve")
                     : !curve.complete && document.isSweeping() ? actionText("wait until the curve is measured")
                                                                : QString());
  allow(a.pictureMap, model);
  allow(a.pictureConcentration, model);
  allow(a.pictureTradeOff, document.curve().points.empty() ? actionText("train a run or open one first") : QString());
  allow(a.pictureSlices, document.comparison() ? QString() : actionText("look at Slices first"));
  allow(a.pictureCosts, document.latency() ? QString() : actionText("measure what heads cost first (Speed)"));
  const QString film = document.run().path.empty() ? actionText("train a run or open one first") : QString();
  for (QAction* action : {a.pictureGates, a.pictureBudget, a.pictureLosses, a.pictureGap}) allow(action, film);
  allow(a.keepAll, orElse(model, !document.mask().all(), actionText("every head is kept")));
  allow(a.closeAll, orElse(model, document.mask().keptCount() > 0, actionText("no head is kept")));
  allow(a.pin, model);
  a.pin->setChecked(document.isPinned());
  allow(a.clearPins, document.pins().empty() ? actionText("no mask is pinned") : QString());
  const QString still =
      document.isTraining() ? actionText("the weights change; wait until the run is done") : QString();
  allow(a.effect, orElse(orElse(model, document.hasDevData(), actionText("open dev data first (Data\u2026)")),
                         still.isEmpty(), still));
  allow(a.bfloat16, document.state() == DocumentState::Empty ? QString() : idle);
  a.bfloat16->setChecked(document.device().dtype == "bfloat16");
  const bool biases = document.model() && document.model()->valueBiases;
  allow(a.foldValueBias, orElse(model, biases, actionText("attention of this family has no value biases")));
  if (!biases) a.foldValueBias->setChecked(false);
  allow(a.start, orElse(idle, document.hasTrainData(), actionText("open training data first (Data\u2026)")));
  allow(a.pause, orElse(running, !paused, actionText("the run is paused")));
  allow(a.resume,
        paused ? QString() : orElse(idle, document.run().resumable, actionText("no run is paused or stopped")));
  allow(a.stop, running);
  allow(a.follow, orElse(running, !document.maskFollows(), actionText("the mask follows the run already")));
  allow(a.sweep, orElse(orElse(orElse(idle, document.hasDevData(), actionText("open dev data first (Data\u2026)")),
                               document.hasOrder(), actionText("train or open a run to rank the heads")),
                        !document.isSweeping(), actionText("a sweep is under way")));
  allow(a.compare, model);
  const QString judging =
      orElse(idle, document.hasTrainData(), actionText("open training data first: heads are judged on them"));
  for (QAction* action : a.rank) allow(action, orElseUnmet(judging, action, document));
  const bool some = document.mask().keptCount() > 0 && !document.mask().all();
  for (QAction* action : a.choose)
    allow(action, orElseUnmet(orElse(judging, some,
                                     actionText("show as many kept heads as it is to choose: slide, or click heads")),
                              action, document));
  allow(a.pruneCompact, idle);
  allow(a.pruneZeroed, idle);
  allow(a.pruneOnnx, idle);
}

}  // namespace headroom
