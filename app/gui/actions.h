// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <vector>

class QAction;
class QActionGroup;
class QMainWindow;
class QMenu;
class QUndoStack;

namespace headroom {

class Document;

/// Every command of the window, made once. What each does is connected by the window.
struct WindowActions {
  QAction *openModel, *openData, *openRun, *saveRun, *saveMask, *saveReport, *saveCurve, *quit;
  QAction *pictureWindow, *pictureMap, *pictureTradeOff, *pictureConcentration, *pictureGates, *pictureBudget,
      *pictureLosses, *pictureGap, *pictureSlices, *pictureCosts, *pictureWidth;
  QAction *undo, *redo, *keepAll, *closeAll, *pin, *clearPins, *effect;
  QAction *showOpen, *showLogAlpha, *showKept, *themeSystem, *themeLight, *themeDark, *resetLayout, *fullScreen;
  QAction *start, *pause, *resume, *stop, *follow, *sweep;
  QAction* startPage;
  QAction* compare;
  std::vector<QAction*> rank, choose;  ///< one a post-hoc method, its name as data
  QAction *pruneCompact, *pruneZeroed, *pruneOnnx, *foldValueBias;
  QAction* bfloat16;
  QAction *keyboard, *losses, *about;
  QMenu* recent;
};

/// Makes the actions and the menu bar.
[[nodiscard]] WindowActions makeActions(QMainWindow* window, QUndoStack* undoStack);

/// The one place that decides what can be done now; what cannot says why in its tooltip.
void updateActions(const WindowActions& actions, const Document& document);

}  // namespace headroom
