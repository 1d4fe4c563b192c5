// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "widgets/plots/plot_canvas.h"
#include "widgets/plots/train_series.h"

class QCPItemStraightLine;

namespace headroom {

/// Common base of the plots over optimiser steps: series, step cursor, event marks.
class StepPlot : public PlotCanvas {
  Q_OBJECT
 public:
  StepPlot(const QString& title, const QString& emptyText, QWidget* parent = nullptr);

  /// The series may go on growing; call seriesGrew() after it did.
  void setSeries(std::shared_ptr<const TrainSeries> series);
  /// Drawn four times a second at most, and once more when nothing has come for a while.
  void seriesGrew();
  /// Right end of the step axis; 0 = the last logged step.
  void setTotalSteps(std::int64_t steps);
  /// Vertical line at a step; none = no line.
  void setStepCursor(std::optional<std::int64_t> step);
  /// Clip, reopen and concentrator events become dotted lines with a label.
  void setEvents(std::vector<TrainEvent> events);

 signals:
  /// The user asks for this step, by a click or by Left, Right, Home.
  void stepChosen(std::int64_t step);
  /// The user asks for the newest step and what follows (End).
  void newestChosen();

 protected:
  void applyColours() override;
  void placeNames() override;
  void rebuild() override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  /// Draws the curves; the key axis is set already.
  virtual void rebuildCurves() = 0;
  /// A click in the plot that no curve took; by default it chooses the step.
  virtual void clicked(QPointF position);
  [[nodiscard]] const TrainSeries& series() const { return *m_series; }
  /// True while points keep arriving: the next drawing soon replaces this one, so quick matters more than smooth.
  [[nodiscard]] bool growing() const { return m_rest.isActive(); }
  [[nodiscard]] bool hasSeries() const { return m_series && !m_series->empty(); }
  /// Whether event lines carry their names; where curves fill the plot, the lines alone must do.
  void setEventNames(bool shown) { m_eventNames = shown; }
  /// True when the empty sentence is to be shown; by default without points.
  [[nodiscard]] virtual bool nothingToShow() const { return !hasSeries(); }

 private:
  void makeEventMark();
  void rebuildEvents();
  void moveCursor();
  void describe();

  std::shared_ptr<const TrainSeries> m_series;
  std::vector<TrainEvent> m_events;
  QTimer m_rest;
  QElapsedTimer m_drawn;
  std::int64_t m_totalSteps = 0;
  std::optional<std::int64_t> m_cursorStep;
  QString m_emptyText;
  bool m_eventNames = false;
  QCPItemStraightLine* m_cursor = nullptr;
  std::vector<QCPItemStraightLine*> m_eventLines;
  std::vector<QCPItemText*> m_eventLabels;
};

}  // namespace headroom
