// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/report/svg_chart.h"
#include "core/store/run_file.h"

namespace headroom {

/// A run as one page: what came out against the unpruned model, settings, hashes and versions, the head map, accuracy
/// against heads kept, and how loss, lambda, lambda_c and the gates went.
[[nodiscard]] std::string runReportHtml(const RunSnapshot& run, const RunHeader& header);

/// The run's plots by name: "curve", "loss", "lambda", "budget", "gates", "map".
[[nodiscard]] const std::vector<std::string>& runPlotNames();
/// One of them as an SVG file's text, so many millimetres wide (the map has its own size). Throws Error when the run
/// does not have what the plot shows, or there is no such plot.
[[nodiscard]] std::string runPlotSvg(const RunSnapshot& run, const std::string& name, double widthMm);

}  // namespace headroom
