// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "core/base/example_prediction.h"

class QGridLayout;
class QLabel;
class QSpinBox;

namespace headroom {

/// One example of the dev data: what it is, what the data say, and what the model says with every head and under the
/// shown mask.
class ExamplePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ExamplePanel(QWidget* parent = nullptr);

  /// How many examples there are; 0 = no data are open.
  void setCount(std::int64_t count);
  /// Nothing = not known yet.
  void setPrediction(const std::optional<ExamplePrediction>& prediction);
  /// The prediction is of another mask than the one that is shown.
  void setDimmed(bool dimmed);
  [[nodiscard]] std::int64_t index() const;
  void setIndex(std::int64_t index);
  /// "same answer", "another answer" and why.
  [[nodiscard]] QString verdictText() const;

 signals:
  void indexChosen(std::int64_t index);

 private:
  void showPicture();
  void showPredictions();
  void addColumn(int column, const QString& title, const Prediction& prediction);

  std::optional<ExamplePrediction> m_prediction;
  QSpinBox* m_index = nullptr;
  QLabel* m_count = nullptr;
  QLabel* m_picture = nullptr;
  QLabel* m_text = nullptr;
  QLabel* m_expected = nullptr;
  QLabel* m_verdict = nullptr;
  QLabel* m_hint = nullptr;
  QWidget* m_body = nullptr;
  QGridLayout* m_grid = nullptr;
};

}  // namespace headroom
