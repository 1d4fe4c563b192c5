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

/// What heads cost on this machine: measuring it, the shown mask's predicted time, and the best mask within bounds of time and accuracy.
class SpeedPanel : public QWidget {
  Q_OBJECT
 public:
  explicit SpeedPanel(QWidget* parent = nullptr);

  /// The longest text that the model takes; 0 = any.
  void setMostTokens(int tokens);
  /// An empty reason allows measuring.
  void setMeasurable(const QString& whyNot);
  void setMeasuring(bool measuring);
  void setTable(const std::optional<LatencyTable>& table);
  void setMask(const HeadMask& mask);
  /// Does not emit.
  void setDemand(std::optional<double> mostMs, std::optional<double> mostPoints);
  /// What the bounds allow, or why nothing can be proposed; the buttons work when `any`.
  void setProposal(const QString& text, bool any);
  [[nodiscard]] QString speedText() const;
  [[nodiscard]] CostPlot* costs() const { return m_costs; }

 signals:
  void measureWanted(int batch, int length);
  /// Bounds in milliseconds and in points of the metric; absent = none.
  void demandChosen(std::optional<double> mostMs, std::optional<double> mostPoints);
  void bestWanted();
  /// The next mask that none beats: -1 = the faster one, 1 = the better one.
  void paretoWanted(int direction);

 private:
  void demandEdited();
  void refresh();

  std::optional<LatencyTable> m_table;
  HeadMask m_mask;
  bool m_measuring = false;
  QString m_whyNot;
  QSpinBox *m_batch = nullptr, *m_length = nullptr;
  QPushButton *m_measure = nullptr, *m_best = nullptr;
  QToolButton *m_faster = nullptr, *m_better = nullptr;
  QCheckBox *m_hasMs = nullptr, *m_hasPoints = nullptr;
  QDoubleSpinBox *m_ms = nullptr, *m_points = nullptr;
  QLabel *m_speed = nullptr, *m_origin = nullptr, *m_proposal = nullptr;
  CostPlot* m_costs = nullptr;
  bool m_filling = false;
};

}  // namespace headroom
