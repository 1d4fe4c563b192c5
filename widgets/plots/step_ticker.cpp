// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/step_ticker.h"

#include <algorithm>
#include <cmath>

#include "widgets/plots/number_text.h"

namespace headroom {

double StepTicker::getTickStep(const QCPRange& range) {
  return std::max(1.0, std::round(QCPAxisTicker::getTickStep(range)));
}

QString StepTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
  return countText(static_cast<std::int64_t>(std::llround(tick)));
}

double ValueTicker::getTickStep(const QCPRange& range) {
  const double step = QCPAxisTicker::getTickStep(range);
  m_decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 6);
  // 0.25 needs one decimal more than its size tells.
  if (std::abs(step * std::pow(10, m_decimals) - std::round(step * std::pow(10, m_decimals))) > 1e-6) ++m_decimals;
  return step;
}

QString ValueTicker::getTickLabel(double tick, const QLocale&, QChar, int) { return fixedText(tick, m_decimals); }

QVector<double> PowerTicker::createTickVector(double, const QCPRange& range) {
  const int low = static_cast<int>(std::ceil(std::log10(std::max(range.lower, 1e-300)) - 1e-9));
  const int high = static_cast<int>(std::floor(std::log10(std::max(range.upper, 1e-300)) + 1e-9));
  const int every = std::max(1, (high - low + 4) / 5);
  QVector<double> ticks;
  for (int power = low; power <= high; power += every) ticks.append(std::pow(10.0, power));
  return ticks;
}

QString PowerTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
  static const QString kRaised = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
  const int power = static_cast<int>(std::lround(std::log10(tick)));
  if (power >= -1 && power <= 2) return fixedText(tick, power < 0 ? 1 : 0);
  QString text = power < 0 ? QStringLiteral("10⁻") : QStringLiteral("10");
  for (const QChar digit : QString::number(std::abs(power))) text += kRaised[digit.digitValue()];
  return text;
}

}  // namespace headroom
