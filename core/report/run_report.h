// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/report/svg_chart.h"
#include "core/store/run_file.h"

namespace headroom {

/// A run as one page: what came out against the unpruned model, settings, hashes and versions, the head map, accuracy
/// against heads kept, how loss, lambda, lambda_c and the gates went, and what heads cost where that was measured.
[[nodiscard]] std::string runReportHtml(const RunSnapshot& run, const RunHeader& header);
/// Writes that page of a run file. It appears under its name only when it is complete. Throws Error(BadFile) for what
/// is no run, Error(BadInput) where the page would replace the run itself, Error(Io) with the system's reason.
void writeRunReport(const std::string& runPath, const std::string& outPath);

/// The run's plots by name: "curve", "loss", "lambda", "budget", "gates", "map", "latency".
[[nodiscard]] const std::vector<std::string>& runPlotNames();
/// One of them as an SVG file's text, so many millimetres wide (the map has its own size). Throws Error when the run
/// does not have what the plot shows, or there is no such plot.
[[nodiscard]] std::string runPlotSvg(const RunSnapshot& run, const std::string& name, double widthMm);

}  // namespace headroom
