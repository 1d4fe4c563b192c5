// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/train_series.h"

#include <algorithm>
#include <limits>

namespace headroom {
namespace {

using Scalars = TrainSeries::Scalars;

constexpr std::vector<double> Scalars::*kColumns[] = {
    &Scalars::taskLoss, &Scalars::penalty,      &Scalars::concentration,  &Scalars::lambda,
    &Scalars::lambdaC,  &Scalars::expectedOpen, &Scalars::expectedClosed, &Scalars::expectedBetween};

/// Adds one value to every head's column; points without gates, or with another number of them, become gaps.
void appendHeads(std::vector<std::vector<float>>& columns, const std::vector<float>& values, size_t pointsBefore) {
  if (columns.empty() && !values.empty())
    columns.assign(values.size(), std::vector<float>(pointsBefore, std::numeric_limits<float>::quiet_NaN()));
  for (size_t head = 0; head < columns.size(); ++head)
    columns[head].push_back(values.size() == columns.size() ? values[head] : std::numeric_limits<float>::quiet_NaN());
}

std::vector<float> rowOf(const std::vector<std::vector<float>>& columns, size_t index) {
  std::vector<float> row;
  row.reserve(columns.size());
  for (const std::vector<float>& column : columns) row.push_back(column[index]);
  return row;
}

}  // namespace

void TrainSeries::clear() { *this = {}; }

void TrainSeries::append(std::span<const TrainPoint> points) {
  for (const TrainPoint& point : points) {
    const double step = static_cast<double>(point.step);
    if (!m_steps.empty() && step <= m_steps.back()) truncateFrom(step);
    const size_t before = m_steps.size();
    m_steps.push_back(step);
    const double values[] = {point.taskLoss, point.penalty,      point.concentration,  point.lambda,
                             point.lambdaC,  point.expectedOpen, point.expectedClosed, point.expectedBetween};
    for (size_t i = 0; i < std::size(kColumns); ++i) (m_scalars.*kColumns[i]).push_back(values[i]);
    appendHeads(m_pOpen, point.pOpen, before);
    appendHeads(m_logAlpha, point.logAlpha, before);
  }
}

void TrainSeries::truncateFrom(double step) {
  const auto first = std::lower_bound(m_steps.begin(), m_steps.end(), step);
  const auto size = static_cast<size_t>(first - m_steps.begin());
  m_steps.resize(size);
  for (const auto column : kColumns) (m_scalars.*column).resize(size);
  for (std::vector<float>& column : m_pOpen) column.resize(size);
  for (std::vector<float>& column : m_logAlpha) column.resize(size);
}

size_t TrainSeries::indexAt(std::int64_t step) const {
  const auto after = std::upper_bound(m_steps.begin(), m_steps.end(), static_cast<double>(step));
  return after == m_steps.begin() ? 0 : static_cast<size_t>(after - m_steps.begin()) - 1;
}

size_t TrainSeries::nearest(double step) const {
  const auto after = std::lower_bound(m_steps.begin(), m_steps.end(), step);
  const auto index = static_cast<size_t>(after - m_steps.begin());
  if (after == m_steps.end()) return index - 1;
  return index > 0 && step - m_steps[index - 1] < m_steps[index] - step ? index - 1 : index;
}

std::vector<float> TrainSeries::pOpenAt(size_t index) const { return rowOf(m_pOpen, index); }
std::vector<float> TrainSeries::logAlphaAt(size_t index) const { return rowOf(m_logAlpha, index); }

}  // namespace headroom
