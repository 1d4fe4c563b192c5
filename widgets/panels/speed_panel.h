// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "core/base/latency_table.h"

class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QToolButton;

namespace headroom {

class CostPlot;

/// What heads cost on this machine: measuring it, the shown mask's predicted time, and the best mask within bounds of
/// time and accuracy.
class SpeedPanel : public QWidget {
  Q_OBJECT
 public:
  explicit SpeedPanel(QWidget* parent = nullptr);

  /// The longest text that the model takes; 0 = any.
  void setMostTokens(int tokens);
  /// An empty reason allows measuring.
  void setMeasurable(const QString& whyNot);
  void setMeasuring(bool measuring);
  /// `elsewhere`: the table was not measured here, and is shown with the machine that it is of.
  void setTable(const std::optional<LatencyTable>& table, bool elsewhere = false);
  /// Why the last times are not to be believed, which can be used all the same; empty = there are none.
  void setUnsure(const QString& why);
  void setMask(const HeadMask& mask);
  /// How long the shown mask's model and the unpruned one took when they were really timed; absent = they were not.
  struct Timed {
    double ms = 0, fullMs = 0;
    bool busy = false;  ///< the machine was too busy to believe it
  };
  void setTimed(const std::optional<Timed>& timed);
  /// Does not emit.
  void setDemand(std::optional<double> mostMs, std::optional<double> mostPoints);
  /// Whether heads are ordered by the time saved; an empty reason allows choosing. Does not emit.
  void setByTime(bool byTime, const QString& whyNot);
  /// What the bounds allow, or why nothing can be proposed; the buttons work when `any`.
  void setProposal(const QString& text, bool any);
  [[nodiscard]] QString speedText() const;
  [[nodiscard]] CostPlot* costs() const { return m_costs; }

 signals:
  void measureWanted(int batch, int length);
  /// The times of a busy machine are to be used.
  void unsureAccepted();
  /// The shown mask is to be timed, really compacted.
  void timeWanted(int batch, int length);
  /// Bounds in milliseconds and in points of the metric; absent = none.
  void demandChosen(std::optional<double> mostMs, std::optional<double> mostPoints);
  void bestWanted();
  /// Heads are to be ordered by the time that their removal saves, or as they are ranked.
  void byTimeChosen(bool byTime);
  /// The next mask that none beats: -1 = the faster one, 1 = the better one.
  void paretoWanted(int direction);

 private:
  void demandEdited();
  [[nodiscard]] QString predictedText() const;
  void refresh();

  std::optional<LatencyTable> m_table;
  HeadMask m_mask;
  bool m_measuring = false, m_elsewhere = false;
  QString m_whyNot, m_whyUnsure;
  QSpinBox *m_batch = nullptr, *m_length = nullptr;
  std::optional<Timed> m_timed;
  QPushButton *m_measure = nullptr, *m_time = nullptr, *m_best = nullptr, *m_useUnsure = nullptr;
  QToolButton *m_faster = nullptr, *m_better = nullptr;
  QCheckBox *m_hasMs = nullptr, *m_hasPoints = nullptr, *m_byTime = nullptr;
  QDoubleSpinBox *m_ms = nullptr, *m_points = nullptr;
  QLabel *m_speed = nullptr, *m_origin = nullptr, *m_unsure = nullptr, *m_proposal = nullptr;
  CostPlot* m_costs = nullptr;
  bool m_filling = false;
};

}  // namespace headroom
