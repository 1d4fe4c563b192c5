// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "core/base/mask_comparison.h"

class QLabel;
class QTableWidget;

namespace headroom {

/// Which examples the mask flips: text, what the data say, what the model says with every head and under the mask. A
/// double click or Enter looks at one.
class FlippedPanel : public QWidget {
  Q_OBJECT
 public:
  explicit FlippedPanel(QWidget* parent = nullptr);
  /// Whether there is anything to compare on: without a comparison it is under way then.
  void setHasData(bool hasData);
  /// Nothing = not known yet.
  void setComparison(const std::optional<MaskComparison>& comparison);
  /// The rows are of another mask than the one that is shown.
  void setDimmed(bool dimmed);
  [[nodiscard]] QString summaryText() const;

 signals:
  void exampleWanted(std::int64_t index);

 private:
  void fill();

  std::optional<MaskComparison> m_comparison;
  bool m_hasData = false;
  QLabel* m_summary = nullptr;
  QTableWidget* m_table = nullptr;
};

}  // namespace headroom
