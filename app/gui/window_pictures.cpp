// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of the window and figures of its views.
#include <QAction>
#include <QMenu>
#include <QPointer>

#include "app/gui/explore_view.h"
#include "app/gui/main_window.h"
#include "widgets/panels/head_map_panel.h"
#include "widgets/panels/training_panel.h"
#include "widgets/plots/budget_plot.h"
#include "widgets/plots/concentration_plot.h"
#include "widgets/plots/gate_paths_plot.h"
#include "widgets/plots/loss_plot.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/trade_off_plot.h"

namespace headroom {

namespace {

/// Without the nested event loop of Qt's own context menus.
void popUpActions(QWidget* view, QPoint at) {
  auto* menu = new QMenu(view);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addActions(view->actions());
  menu->popup(view->mapToGlobal(at));
}

}  // namespace

void MainWindow::connectPictureActions() {
  connect(m_actions.pictureWindow, &QAction::triggered, this, &MainWindow::chooseWindowPicture);
  const auto offer = [this](QAction* action, auto* view) {
    view->addAction(action);
    view->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(view, &QWidget::customContextMenuRequested, view, [view](QPoint at) { popUpActions(view, at); });
    connect(action, &QAction::triggered, view, [this, action, view] { choosePicture(*view, action->objectName()); });
  };
  offer(m_actions.pictureMap, m_view->headMap()->map());
  offer(m_actions.pictureTradeOff, m_view->tradeOff());
  offer(m_actions.pictureConcentration, m_view->concentration());
  offer(m_actions.pictureGates, m_view->training()->gates());
  offer(m_actions.pictureBudget, m_view->training()->budget());
  offer(m_actions.pictureLosses, m_view->training()->losses());
}

void MainWindow::choosePicture(Figure& figure, const QString& name) {
  const QString suggested = QStringLiteral("%1-%2.png").arg(QString::fromStdString(m_document.model()->name), name);
  m_chooser(this,
            {FileQuestion::Kind::SaveFile, "picture", tr("Save a picture of this view"), figureFilter(), suggested},
            [this, &figure](const QStringList& chosen) { saveView(figure, chosen.front()); });
}

void MainWindow::saveView(Figure& figure, const QString& path) {
  saveFigure(figure, pictureCaption(), path, [window = QPointer(this), path](const QString& failure) {
    if (!window) return;
    if (failure.isEmpty()) return window->note(tr("Picture saved: %1").arg(path));
    window->report(tr("The picture was not saved"), failure);
  });
}

QString MainWindow::pictureCaption() const {
  const HeadMask& mask = m_document.mask();
  QStringList parts{QString::fromStdString(m_document.model()->name)};
  if (const OpenRun& run = m_document.run(); !run.path.empty()) {
    parts
        << tr("%1, K = %2, seed %3").arg(methodText(run.settings.method)).arg(run.settings.keep).arg(run.settings.seed);
    parts << tr("step %1 of %2").arg(countText(m_view->training()->shownStep()), countText(run.settings.steps));
  }
  parts << tr("shown mask %1, %2 of %3 heads")
               .arg(hashText(mask.hash()), countText(mask.keptCount()), countText(mask.headCount()));
  return parts.join(QStringLiteral(" \u00b7 "));
}

void MainWindow::chooseWindowPicture() {
  m_chooser(this,
            {FileQuestion::Kind::SaveFile, "picture", tr("Save a picture of the window"), tr("Pictures (*.png)"),
             tr("headroom.png")},
            [this](const QStringList& chosen) { savePicture(chosen.front()); });
}

void MainWindow::savePicture(const QString& path) {
  if (grab().save(path, "PNG")) return note(tr("Picture saved: %1").arg(path));
  report(tr("The picture was not saved"), tr("%1: the file cannot be written").arg(path));
}

}  // namespace headroom
