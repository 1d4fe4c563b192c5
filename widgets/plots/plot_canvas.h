// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QCustomPlot;
class QLabel;

namespace headroom {

/// A plot with a line of text above it (quantity and unit), themed axes and a sentence in its place while it is empty.
/// Repaints are queued, so that many setters in a row cost one.
class PlotCanvas : public QWidget {
  Q_OBJECT
 public:
  explicit PlotCanvas(const QString& title, QWidget* parent = nullptr);

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  /// What is read out and shown when the plot has focus.
  void setSpokenName(const QString& name);

 protected:
  [[nodiscard]] QCustomPlot* plot() const { return m_plot; }
  void setTitle(const QString& title);
  /// Shows `sentence` instead of the plot; an empty string shows the plot.
  void setEmptyText(const QString& sentence);
  /// Colours and fonts of axes and grid; views recolour their own curves after calling it.
  virtual void applyColours();
  /// Sets data from what the view holds. Called at most once for all changes before a repaint.
  virtual void rebuild() = 0;
  void scheduleRebuild();

  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void runRebuild();

  QLabel* m_title = nullptr;
  QLabel* m_empty = nullptr;
  QCustomPlot* m_plot = nullptr;
  bool m_rebuildPending = false;
};

}  // namespace headroom
