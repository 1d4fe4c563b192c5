// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/snapshots.h"
#include "widgets/panels/panel_frame.h"

class QGridLayout;
class QLabel;
class QTreeWidget;
class QVBoxLayout;

namespace headroom {

/// One line of the list of runs.
struct RunRow {
  QString path;
  QString method;  ///< "passconc"
  int keep = 0;
  std::uint64_t seed = 0;
  std::optional<double> score;  ///< a share; none while it runs or when it failed
  QString status;               ///< "running", "finished", ...; shown when there is no score
  bool groups = false;          ///< K counts key/value groups, not heads
};

/// What is open: model, data files, runs.
class ProjectPanel : public PanelFrame {
  Q_OBJECT
 public:
  explicit ProjectPanel(QWidget* parent = nullptr);
  void setModel(const std::optional<ModelSummary>& model);
  void setData(const std::optional<DataSummary>& data);
  void setRuns(const std::vector<RunRow>& runs);
  /// Marks the run that is shown; an unknown or empty path marks none. Does not emit.
  void setCurrentRun(const QString& path);

 signals:
  /// A run was double-clicked or chosen with Enter.
  void runActivated(const QString& path);

 private:
  void makeModel(QGridLayout* rows);
  void makeRuns(QVBoxLayout* column);
  void addDataFile(const QString& role, const DataFileSummary& file);
  void showRuns();

  QGridLayout* m_dataRows = nullptr;
  QLabel* m_modelName = nullptr;
  QLabel* m_modelShape = nullptr;
  QLabel* m_modelSize = nullptr;
  QLabel* m_runsHint = nullptr;
  QTreeWidget* m_runList = nullptr;
  std::vector<RunRow> m_runs;
  QString m_currentRun;
};

}  // namespace headroom
