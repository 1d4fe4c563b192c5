// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

namespace headroom {

/// Whole numbers with thin spaces; few of them, and none between two counts. Include in .cpp files only.
class StepTicker : public QCPAxisTicker {
 public:
  explicit StepTicker(int ticks = 4) { setTickCount(ticks); }

 protected:
  double getTickStep(const QCPRange& range) override;
  int getSubTickCount(double) override { return 0; }
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;
};

/// Plain numbers with a real minus sign and as few decimals as the distance of the ticks needs.
class ValueTicker : public QCPAxisTicker {
 public:
  explicit ValueTicker(int ticks = 3) { setTickCount(ticks); }

 protected:
  double getTickStep(const QCPRange& range) override;
  int getSubTickCount(double) override { return 0; }
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;

 private:
  int m_decimals = 0;
};

/// Powers of ten as "10⁻⁵"; at most five of them.
class PowerTicker : public QCPAxisTicker {
 protected:
  QVector<double> createTickVector(double tickStep, const QCPRange& range) override;
  int getSubTickCount(double) override { return 0; }
  QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;
};

}  // namespace headroom
