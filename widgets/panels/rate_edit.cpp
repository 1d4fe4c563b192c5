// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/rate_edit.h"

#include <QLineEdit>
#include <algorithm>
#include <cmath>

#include "widgets/plots/number_text.h"

namespace headroom {
namespace {

/// The next of 1, 2, 5 times a power of ten in `direction`.
double neighbour(double value, int direction) {
  const double ladder[] = {1, 2, 5, 10};
  const double power = std::pow(10, std::floor(std::log10(value) + 1e-9));
  const double lead = value / power;
  if (direction > 0)
    return *std::find_if(ladder, ladder + 3, [lead](double x) { return x > lead * (1 + 1e-6); }) * power;
  for (const double x : {5.0, 2.0, 1.0})
    if (x < lead * (1 - 1e-6)) return x * power;
  return power / 2;
}

}  // namespace

RateEdit::RateEdit(QWidget* parent) : QDoubleSpinBox(parent) {
  setDecimals(12);
  setRange(1e-8, 100);
  setKeyboardTracking(false);
}

QString RateEdit::textFromValue(double value) const { return shortText(value); }

double RateEdit::valueFromText(const QString& text) const {
  bool ok = false;
  double value = locale().toDouble(text.trimmed(), &ok);
  if (!ok) value = QLocale::c().toDouble(text.trimmed(), &ok);
  return ok ? value : this->value();
}

QValidator::State RateEdit::validate(QString& text, int&) const {
  bool ok = false;
  double value = locale().toDouble(text.trimmed(), &ok);
  if (!ok) value = QLocale::c().toDouble(text.trimmed(), &ok);
  if (ok && value >= minimum() && value <= maximum()) return QValidator::Acceptable;
  const bool characters = std::all_of(text.begin(), text.end(),
                                      [](QChar c) { return c.isDigit() || QStringLiteral("eE+-., ").contains(c); });
  return characters ? QValidator::Intermediate : QValidator::Invalid;
}

void RateEdit::stepBy(int steps) {
  double to = value();
  for (int i = 0; i < std::abs(steps); ++i) to = neighbour(to, steps > 0 ? 1 : -1);
  setValue(std::clamp(to, minimum(), maximum()));
  selectAll();
}

QAbstractSpinBox::StepEnabled RateEdit::stepEnabled() const {
  StepEnabled enabled = StepNone;
  if (value() > minimum()) enabled |= StepDownEnabled;
  if (value() < maximum()) enabled |= StepUpEnabled;
  return enabled;
}

}  // namespace headroom
