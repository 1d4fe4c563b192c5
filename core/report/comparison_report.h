// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "core/base/comparison.h"

namespace headroom {

/// A campaign as one page: a chart and a table for every regime, survivors by method, what the methods cost, what
/// failed.
[[nodiscard]] std::string comparisonReportHtml(const Comparison& comparison, const std::string& title);

/// "94.6 % (93.5 to 95.5)"; of one seed, which has no interval, "94.6 % (one seed)"; "-" where there is none.
[[nodiscard]] std::string meanText(const CompareRow& row, const std::string& metric);

/// "heads judged on A, choices made on B, reported on C".
[[nodiscard]] std::string rolesText(const DataRoles& roles);

/// The page's charts as SVG by name: "joint-scores", "joint-costs", for every regime that has any cells.
[[nodiscard]] std::map<std::string, std::string> comparisonCharts(const Comparison& comparison);

}  // namespace headroom
