// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of the window and figures of its views.
#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QInputDialog>
#include <QMenu>
#include <QPointer>

#include "app/gui/explore_view.h"
#include "app/gui/main_window.h"
#include "widgets/panels/head_map_panel.h"
#include "widgets/panels/speed_panel.h"
#include "widgets/panels/training_panel.h"
#include "widgets/plots/budget_plot.h"
#include "widgets/plots/concentration_plot.h"
#include "widgets/plots/cost_plot.h"
#include "widgets/plots/gap_plot.h"
#include "widgets/plots/gate_paths_plot.h"
#include "widgets/plots/loss_plot.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/slice_plot.h"
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
    auto* copy = new QAction(tr("&Copy picture"), view);
    connect(copy, &QAction::triggered, view, [this, view] {
      QGuiApplication::clipboard()->setImage(figureImage(*view, pictureCaption()));
      note(tr("Picture copied"));
    });
    view->addAction(copy);
  };
  offer(m_actions.pictureMap, m_view->headMap()->map());
  offer(m_actions.pictureTradeOff, m_view->tradeOff());
  offer(m_actions.pictureConcentration, m_view->concentration());
  offer(m_actions.pictureGates, m_view->training()->gates());
  offer(m_actions.pictureBudget, m_view->training()->budget());
  offer(m_actions.pictureLosses, m_view->training()->losses());
  offer(m_actions.pictureGap, m_view->training()->gap());
  offer(m_actions.pictureSlices, m_view->slices());
  offer(m_actions.pictureCosts, m_view->speed()->costs());
  connect(m_actions.pictureWidth, &QAction::triggered, this, &MainWindow::askPictureWidth);
}

void MainWindow::askPictureWidth() {
  auto* dialog = new QInputDialog(this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Width on paper"));
  dialog->setLabelText(
      tr("Saved views are so many millimetres wide (0 = as on screen; columns of journals are often 84 or 174):"));
  dialog->setInputMode(QInputDialog::DoubleInput);
  dialog->setDoubleRange(0, 1000);
  dialog->setDoubleDecimals(1);
  dialog->setDoubleValue(m_pictureWidthMm);
  connect(dialog, &QInputDialog::doubleValueSelected, this, [this](double width) { m_pictureWidthMm = width; });
  dialog->open();
}

void MainWindow::choosePicture(Figure& figure, const QString& name) {
  const QString suggested = QStringLiteral("%1-%2.png").arg(QString::fromStdString(m_document.model()->name), name);
  m_chooser(this,
            {FileQuestion::Kind::SaveFile, "picture", tr("Save a picture of this view"), figureFilter(), suggested},
            [this, &figure](const QStringList& chosen) { saveView(figure, chosen.front(), pictureCaption()); });
}

void MainWindow::saveView(Figure& figure, const QString& path, const QString& caption) {
  saveFigure(figure, caption, path, m_pictureWidthMm, [window = QPointer(this), path](const QString& failure) {
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
