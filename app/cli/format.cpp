// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include "app/cli/command_line.h"

namespace headroom::cli {

std::string describe(const MetricValue& metric) {
  char text[128];
  std::snprintf(text, sizeof text, "%.1f %% (95 %% interval %.1f to %.1f, %lld examples)", 100 * metric.value, 100 * metric.low,
                100 * metric.high, static_cast<long long>(metric.examples));
  return text;
}

std::string describePlain(const MetricValue& metric) {
  char text[160];
  std::snprintf(text, sizeof text, "%s %.4g (95 %% interval %.4g to %.4g, %lld examples)", metric.name.c_str(), metric.value, metric.low, metric.high,
                static_cast<long long>(metric.examples));
  return text;
}

void addColumnOptions(CLI::App& parser, ColumnOptions& columns) {
  parser.add_option("--text-column", columns.texts, "Column of the text; give two for pairs (default: guessed)")->expected(1, 2);
  parser.add_option("--label-column", columns.label, "Column of the label (default: guessed)");
}

}  // namespace headroom::cli
