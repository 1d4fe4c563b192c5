// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/comparison.h"

namespace headroom {

/// A campaign as one page: a chart and a table for every regime, survivors by method, what the methods cost, what
/// failed.
[[nodiscard]] std::string comparisonReportHtml(const Comparison& comparison, const std::string& title);

}  // namespace headroom
