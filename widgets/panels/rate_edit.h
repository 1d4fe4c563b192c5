// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>

namespace headroom {

/// A positive number over many powers of ten, shown as "2e-4"; the arrows go 1, 2, 5, 10.
class RateEdit : public QDoubleSpinBox {
  Q_OBJECT
 public:
  explicit RateEdit(QWidget* parent = nullptr);

  [[nodiscard]] QString textFromValue(double value) const override;
  [[nodiscard]] double valueFromText(const QString& text) const override;
  QValidator::State validate(QString& text, int& position) const override;
  void stepBy(int steps) override;

 protected:
  [[nodiscard]] StepEnabled stepEnabled() const override;
};

}  // namespace headroom
