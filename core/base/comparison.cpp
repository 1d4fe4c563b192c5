// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <tuple>

#include "core/base/csv_text.h"
#include "core/base/head_units.h"
#include "core/base/metric_name.h"
#include "core/base/survivors.h"

namespace headroom {

namespace {

/// 97.5 % quantile of Student's t.
double studentT(int freedom) {
  static const std::vector<double> table{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                         2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                         2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  return freedom <= static_cast<int>(table.size()) ? table[static_cast<size_t>(freedom) - 1] : 1.96 + 2.5 / freedom;
}

double meanOverlap(const std::vector<const CompareCell*>& cells) {
  double sum = 0;
  int pairs = 0;
  for (size_t i = 0; i < cells.size(); ++i)
    for (size_t j = i + 1; j < cells.size(); ++j, ++pairs) sum += jaccard(cells[i]->mask, cells[j]->mask);
  return pairs > 0 ? sum / pairs : 1;
}

CompareRow rowOf(const std::vector<const CompareCell*>& cells, int units) {
  CompareRow row;
  std::vector<double> values;
  std::vector<const CompareCell*> done;
  for (const CompareCell* cell : cells) {
    row.failed += cell->error.empty() ? 0 : 1;
    if (!cell->done) continue;
    done.push_back(cell);
    values.push_back(cell->metric.value);
    row.liveBlocks += cell->mask.liveBlocks();
    row.gini += giniOfBlocks(cell->mask);
    row.effectiveBlocks += effectiveBlocks(cell->mask);
    row.seconds += cell->costs.seconds;
    row.forwards += cell->costs.forwards;
    row.backwards += cell->costs.backwards;
    row.trainSteps += static_cast<double>(cell->trainSteps);
    row.peakBytes = std::max(row.peakBytes, cell->costs.peakBytes);
  }
  row.metric = seedMean(values);
  const double count = std::max(1.0, static_cast<double>(done.size()));
  const bool byInput = !done.empty() && std::all_of(done.begin(), done.end(),
                                                    [](const CompareCell* cell) { return cell->meanKept >= 0; });
  if (byInput) {
    row.meanKept = 0;
    for (const CompareCell* cell : done) row.meanKept += cell->meanKept / count;
  }
  for (double* value :
       {&row.liveBlocks, &row.gini, &row.effectiveBlocks, &row.seconds, &row.forwards, &row.backwards, &row.trainSteps})
    *value /= count;
  row.overlap = meanOverlap(done);
  if (!done.empty()) row.chance = chanceJaccard(done.front()->keep, units);
  return row;
}

/// In heads, where that is known.
std::string meanHeads(const CompareCell& cell, const std::string& unit) {
  std::ostringstream text;
  text.precision(10);
  if (cell.meanKept >= 0)
    text << cell.meanKept;
  else if (cell.done)
    text << cell.mask.keptCount();
  else if (unit == "head")
    text << cell.keep;
  return text.str();
}

}  // namespace

std::string regimeName(Regime regime) {
  switch (regime) {
    case Regime::PostHoc: return "post-hoc";
    case Regime::Recovered: return "recovered";
    case Regime::Joint: return "joint";
    case Regime::RunTime: return "run-time";
  }
  return "";
}

std::string CompareCell::name() const {
  return method + "-" + regimeName(regime) + "-k" + std::to_string(keep) + "-s" + std::to_string(seed);
}

size_t Comparison::doneCount() const {
  return static_cast<size_t>(
      std::count_if(cells.begin(), cells.end(), [](const CompareCell& cell) { return cell.done; }));
}

int Comparison::unitCount() const { return HeadUnits(layout, unit).count(); }

SeedMean seedMean(const std::vector<double>& values) {
  SeedMean found;
  found.seeds = static_cast<int>(values.size());
  for (const double value : values) found.mean += value / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - found.mean) * (value - found.mean);
  const double count = static_cast<double>(values.size());
  const double half = values.size() > 1 ? studentT(found.seeds - 1) * std::sqrt(squares / (count - 1) / count) : 0;
  found.low = found.mean - half;
  found.high = found.mean + half;
  if (values.empty()) return found;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  found.least = *least;
  found.most = *most;
  return found;
}

std::string seedsText(const CompareRow& row) {
  const bool one = row.metric.seeds == 1;
  return std::to_string(row.metric.seeds) + (row.method == "random" ? " mask" : " seed") + (one ? "" : "s");
}

std::vector<CompareRow> summarise(const Comparison& comparison) {
  std::map<std::tuple<Regime, std::string, int>, std::vector<const CompareCell*>> groups;
  for (const CompareCell& cell : comparison.cells) groups[{cell.regime, cell.method, cell.keep}].push_back(&cell);
  // Student's t knows no bounds; a share has them.
  const bool shares = isShare(comparison.metricName);
  std::vector<CompareRow> rows;
  for (const auto& [key, cells] : groups) {
    CompareRow row = rowOf(cells, comparison.unitCount());
    std::tie(row.regime, row.method, row.keep) = key;
    if (shares) row.metric.low = std::max(row.metric.low, 0.0), row.metric.high = std::min(row.metric.high, 1.0);
    rows.push_back(row);
  }
  return rows;
}

std::string comparisonCsv(const Comparison& comparison) {
  std::ostringstream csv;
  csv.precision(10);
  csv << "method,regime," << comparison.keptText() << ",mean heads kept,seed,status," << comparison.metricName
      << ",low,high,examples,difference to unpruned,difference low,difference high,loss [nat],live "
         "blocks,gini,effective blocks,exact,training steps,forward passes,backward passes,seconds,peak bytes,mask "
         "hash,error\n";
  for (const CompareCell& cell : comparison.cells) {
    csv << cell.method << ',' << regimeName(cell.regime) << ',' << cell.keep << ',' << meanHeads(cell, comparison.unit)
        << ',' << cell.seed << ','
        << (cell.done            ? "done"
            : cell.error.empty() ? "open"
                                 : "failed");
    if (cell.done) {
      csv << ',' << cell.metric.value << ',' << cell.metric.low << ',' << cell.metric.high << ','
          << cell.metric.examples << ',' << cell.toFull.value << ',' << cell.toFull.low << ',' << cell.toFull.high
          << ',' << cell.loss << ',' << cell.mask.liveBlocks() << ',' << giniOfBlocks(cell.mask) << ','
          << effectiveBlocks(cell.mask) << ',' << (cell.exact ? 1 : 0) << ',' << cell.trainSteps << ','
          << cell.costs.forwards << ',' << cell.costs.backwards << ',' << cell.costs.seconds << ','
          << cell.costs.peakBytes << ',' << cell.mask.hash() << ",\n";
    } else {
      csv << std::string(19, ',') << (cell.error.empty() ? "" : csvQuoted(cell.error)) << '\n';
    }
  }
  return csv.str();
}

std::string summaryCsv(const Comparison& comparison) {
  std::ostringstream csv;
  csv.precision(10);
  csv << "method,regime," << comparison.keptText() << ",seeds or masks,failed,mean " << comparison.metricName
      << ",low,high,least,most,live blocks,gini,effective blocks,overlap,chance overlap,forward passes,backward "
         "passes,seconds,training steps,peak bytes\n";
  for (const CompareRow& row : summarise(comparison)) {
    csv << row.method << ',' << regimeName(row.regime) << ',' << row.keep << ',' << row.metric.seeds << ','
        << row.failed;
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    const bool any = row.metric.seeds > 0, several = row.metric.seeds > 1;
    for (const double value :
         {row.metric.mean, several ? row.metric.low : kNone, several ? row.metric.high : kNone, row.metric.least,
          row.metric.most, row.liveBlocks, row.gini, row.effectiveBlocks, several ? row.overlap : kNone, row.chance,
          row.forwards, row.backwards, row.seconds, row.trainSteps, row.peakBytes}) {
      csv << ',';
      if (any && !std::isnan(value)) csv << value;
    }
    csv << '\n';
  }
  return csv.str();
}

}  // namespace headroom
