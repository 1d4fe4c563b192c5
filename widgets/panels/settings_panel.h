// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/method_info.h"
#include "core/base/snapshots.h"
#include "widgets/panels/panel_frame.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QSpinBox;

namespace headroom {

class RateEdit;

/// How the gates are trained. Values apply at once; while a run is going the fields are locked and say why.
class SettingsPanel : public PanelFrame {
  Q_OBJECT
 public:
  explicit SettingsPanel(QWidget* parent = nullptr);

  /// The values on screen; fields without a control keep what setSettings() gave.
  [[nodiscard]] TrainSettings settings() const;
  /// What the user can train by, with a sentence on each.
  void setMethods(const std::vector<MethodInfo>& methods);
  /// Does not emit.
  void setSettings(const TrainSettings& settings);
  /// N: the largest K, in heads or in key/value groups (0 = the model has none). K is cut to it.
  void setMaximumHeads(int heads, int groups = 0);
  /// Locks the fields and names the reason in their tooltips.
  void setTraining(bool training);

 signals:
  /// The user changed something.
  void settingsChanged(const headroom::TrainSettings& settings);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void makeMethodFields();
  void makeWeightFields();
  void makeGateFields();
  void makeL0Fields();
  QCheckBox* makeCheck();
  QDoubleSpinBox* makeNumber(double low, double high, double step);
  void enableL0Fields(bool l0);
  void addField(const QString& label, QWidget* field, const QString& tooltip);
  QSpinBox* makeCount(int low, int high);
  void explainMethod();
  [[nodiscard]] bool byGroup() const;
  void changeUnit();
  void limitKeep();
  void changed();
  [[nodiscard]] std::vector<double> eventShares() const;

  TrainSettings m_settings;
  std::vector<MethodInfo> m_methods;
  bool m_filling = true;
  int m_heads = 0, m_groups = 0;
  QFormLayout* m_form = nullptr;
  std::vector<QWidget*> m_fields;
  QComboBox* m_method = nullptr;
  QComboBox* m_recipe = nullptr;
  QComboBox* m_loss = nullptr;
  QComboBox* m_unit = nullptr;
  QSpinBox* m_keep = nullptr;
  QSpinBox* m_steps = nullptr;
  QSpinBox* m_batch = nullptr;
  RateEdit* m_lr = nullptr;
  RateEdit* m_gateLr = nullptr;
  QSpinBox* m_seed = nullptr;
  QComboBox* m_weights = nullptr;
  QSpinBox* m_recover = nullptr;
  RateEdit* m_lambda = nullptr;
  QCheckBox* m_reopen = nullptr;
  QLineEdit* m_events = nullptr;
  QDoubleSpinBox* m_clipAt = nullptr;
  QSpinBox* m_cap = nullptr;
  QCheckBox* m_searchLambda = nullptr;
  QDoubleSpinBox* m_lambdaWarmup = nullptr;
  QDoubleSpinBox* m_gateStart = nullptr;
  QCheckBox* m_hardGates = nullptr;
  QCheckBox* m_scaleByOpen = nullptr;
  QLabel* m_explanation = nullptr;
};

}  // namespace headroom
