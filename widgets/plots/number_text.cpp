// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/number_text.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

namespace headroom {
namespace {

constexpr QChar kMinus(0x2212);
constexpr QChar kThinSpace(0x202f);  // narrow and without a line break

QLocale plainLocale() {
  QLocale locale;
  locale.setNumberOptions(locale.numberOptions() | QLocale::OmitGroupSeparator);
  return locale;
}

QString grouped(QString digits) {
  for (qsizetype i = digits.size() - 3; i > 0; i -= 3) digits.insert(i, kThinSpace);
  return digits;
}

bool roundsToZero(double value, int decimals) { return std::abs(value) * std::pow(10.0, decimals) < 0.5; }

}  // namespace

QString countText(std::int64_t value) {
  const QString digits = grouped(plainLocale().toString(static_cast<qlonglong>(value < 0 ? -value : value)));
  return value < 0 ? kMinus + digits : digits;
}

QString fixedText(double value, int decimals) {
  if (!std::isfinite(value)) return QStringLiteral("–");
  const QString digits = plainLocale().toString(std::abs(value), 'f', decimals);
  return value < 0 && !roundsToZero(value, decimals) ? kMinus + digits : digits;
}

QString signedText(double value, int decimals) {
  const QString text = fixedText(value, decimals);
  return value > 0 && !roundsToZero(value, decimals) ? QLatin1Char('+') + text : text;
}

QString percentText(double share, int decimals) {
  return fixedText(share * 100, decimals) + kThinSpace + QLatin1Char('%');
}

QString magnitudeText(std::int64_t value) {
  const double number = static_cast<double>(value);
  if (value >= 1'000'000'000) return fixedText(number / 1e9, 1) + QStringLiteral(" G");
  if (value >= 1'000'000) return fixedText(number / 1e6, 1) + QStringLiteral(" M");
  if (value >= 10'000) return fixedText(number / 1e3, 0) + QStringLiteral(" k");
  return countText(value);
}

QString shortText(double value) {
  const double size = std::abs(value);
  if (size == 0 || (size >= 0.01 && size < 1e6))
    return plainLocale().toString(value, 'g', QLocale::FloatingPointShortest);
  QString text = QString::number(value, 'e', QLocale::FloatingPointShortest);
  text.replace(QLatin1String("e-0"), QLatin1String("e-")).replace(QLatin1String("e+0"), QLatin1String("e"));
  text.replace(QLatin1Char('.'), plainLocale().decimalPoint());
  return text.replace(QLatin1String("e+"), QLatin1String("e"));
}

QString hashText(const std::string& hash) {
  const QString digits = QString::fromStdString(hash.substr(0, 6));
  return digits.size() > 4 ? digits.left(4) + kThinSpace + digits.mid(4) : digits;
}

QString meanText(const SeedMean& mean) {
  const QString value = percentText(mean.mean);
  if (mean.seeds < 2) return value;
  return QCoreApplication::translate("headroom::NumberText", "%1 (%2 – %3)")
      .arg(value, fixedText(100 * mean.low, 1), fixedText(100 * mean.high, 1));
}

QString methodText(const std::string& method) {
  const QString name = QString::fromStdString(method);
  for (const char* abbreviation : {"pass", "passconc", "l0", "dsp", "ste"})
    if (method == abbreviation) return name.toUpper();
  return name;
}

QString blockText(const HeadLayout& layout, int block) {
  return QString::fromStdString(blockLabel(layout.blocks()[static_cast<size_t>(block)].id, layout.onlyOneKind()));
}

}  // namespace headroom
