// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "core/base/head_mask.h"
#include "core/base/snapshots.h"

class QLabel;
class QSettings;
class QSplitter;
class QStackedWidget;

namespace headroom {

class ConcentrationPlot;
class ExamplePanel;
class FlippedPanel;
class SlicePlot;
class SpeedPanel;
class Document;
class HeadMapPanel;
class KeepPanel;
class PanelFrame;
class ProjectPanel;
class SegmentedButtons;
class SettingsPanel;
class TradeOffPlot;
class TrainingPanel;

/// The Explore layout: project and settings on the left, head map and slider in the centre, trade-off and concentration
/// on the right, training below. Every border can be moved. Shows one document and passes the user's edits on to it.
class ExploreView : public QWidget {
  Q_OBJECT
 public:
  ExploreView(Document* document, QWidget* parent);

  void saveSizes(QSettings& settings) const;
  void restoreSizes(const QSettings& settings);
  void resetSizes();

  [[nodiscard]] HeadMapPanel* headMap() const { return m_map; }
  [[nodiscard]] KeepPanel* keepPanel() const { return m_keep; }
  [[nodiscard]] TradeOffPlot* tradeOff() const { return m_tradeOff; }
  [[nodiscard]] ConcentrationPlot* concentration() const { return m_concentration; }
  [[nodiscard]] ExamplePanel* example() const { return m_example; }
  [[nodiscard]] FlippedPanel* flipped() const { return m_flipped; }
  [[nodiscard]] SlicePlot* slices() const { return m_slices; }
  [[nodiscard]] SpeedPanel* speed() const { return m_speed; }
  enum LowerRight { Concentration, Example, Flipped, Slices, Speed };
  void showLowerRight(int page);
  [[nodiscard]] TrainingPanel* training() const { return m_training; }
  [[nodiscard]] SettingsPanel* settings() const { return m_settings; }
  [[nodiscard]] ProjectPanel* project() const { return m_project; }
  /// Takes up the run again: newest step on screen, mask carried along.
  void follow();

 signals:
  /// A run of the list was chosen.
  void runActivated(const QString& path);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void makePanels();
  void arrange();
  void linkEdits();
  void linkOpening();
  void linkMask();
  void linkRun();
  void linkSelection();

  void showModel();
  void showMask();
  void showAnswer();
  void showExample();
  void showComparison();
  void showLatency();
  void showWhetherMeasurable();
  void showWhetherGap();
  void showChoices();
  void showAxis();
  void showMarks();
  void showTimed();
  void showEffect();
  enum Axis { Heads, Predicted, TimedMs, ParameterCount };
  /// Where a mask stands on the trade-off's x axis; NaN where that is not known.
  [[nodiscard]] double axisValue(const HeadMask& mask) const;
  [[nodiscard]] double timedMs(const HeadMask& mask) const;
  void linkSpeed();
  [[nodiscard]] QString hintText() const;
  void showOrder();
  void showByTime();
  void showCurve();
  /// What orders the heads: "Taylor", "log alpha, by time saved".
  [[nodiscard]] QString orderName() const;
  void showRuns();
  /// Key/value groups that K counts; 0 = it counts heads.
  [[nodiscard]] int groupsOf(const TrainSettings& settings) const;
  void beginRun();
  void showRun(const RunSnapshot& run);
  void showStep(std::int64_t step);
  void logEvent(const TrainEvent& event);

  Document* m_document;
  ProjectPanel* m_project = nullptr;
  SettingsPanel* m_settings = nullptr;
  HeadMapPanel* m_map = nullptr;
  KeepPanel* m_keep = nullptr;
  QLabel* m_keepHint = nullptr;
  PanelFrame* m_tradeOffFrame = nullptr;
  TradeOffPlot* m_tradeOff = nullptr;
  PanelFrame* m_concentrationFrame = nullptr;
  ConcentrationPlot* m_concentration = nullptr;
  ExamplePanel* m_example = nullptr;
  FlippedPanel* m_flipped = nullptr;
  SlicePlot* m_slices = nullptr;
  SpeedPanel* m_speed = nullptr;
  SegmentedButtons* m_axis = nullptr;
  QStackedWidget* m_lowerRight = nullptr;
  SegmentedButtons* m_lowerRightPages = nullptr;
  TrainingPanel* m_training = nullptr;
  QSplitter *m_columns = nullptr, *m_left = nullptr, *m_rows = nullptr, *m_upper = nullptr, *m_centre = nullptr,
            *m_right = nullptr;
  bool m_sized = false;
};

}  // namespace headroom
