// SPDX-License-Identifier: GPL-3.0-or-later
// headroom-cli report and plot: a run as a page, and its plots one by one.
#include "app/cli/command_line.h"
#include "core/base/files.h"
#include "core/report/run_report.h"
#include "core/report/svg_picture.h"

namespace headroom::cli {

Registered addReport(CLI::App& app) {
  struct Options {
    std::string run, out;
  };
  auto options = std::make_shared<Options>();
  CLI::App* parser = app.add_subcommand("report", "A run as one HTML page: result, settings, curves, head map, hashes");
  parser->add_option("RUN", options->run, "Run file")->required();
  parser->add_option("--out", options->out, "Page to write")->required();
  return {parser, [options](const CommonOptions&, const JobContext&) {
            writeRunReport(options->run, options->out);
            return Result{{{"report", options->out}}, "wrote " + options->out + "\n"};
          }};
}

Registered addPlot(CLI::App& app) {
  struct Options {
    std::string run, plot = "curve", out;
    double width = 160, dpi = 300;
  };
  auto options = std::make_shared<Options>();
  CLI::App* parser = app.add_subcommand("plot", "One plot of a run as a picture: SVG, PDF or PNG");
  parser->add_option("RUN", options->run, "Run file")->required();
  parser->add_option("--plot", options->plot, "curve, map, loss, lambda, budget, gates or latency")
      ->capture_default_str();
  parser->add_option("--width", options->width, "Millimetres")->capture_default_str()->check(CLI::Range(40.0, 1000.0));
  parser->add_option("--dpi", options->dpi, "Dots per inch of a PNG")
      ->capture_default_str()
      ->check(CLI::Range(30.0, 1200.0));
  parser->add_option("--out", options->out, "Picture to write: .svg, .pdf or .png")->required();
  return {parser, [options](const CommonOptions&, const JobContext&) {
            const std::string svg = runPlotSvg(readRun(options->run), options->plot, options->width);
            writeFileAtomically(options->out, pictureFor(options->out, svg, options->dpi));
            return Result{{{"plot", options->plot}, {"out", options->out}}, "wrote " + options->out + "\n"};
          }};
}

}  // namespace headroom::cli
