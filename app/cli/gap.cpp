// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include "app/cli/command_line.h"
#include "app/cli/run_data.h"
#include "core/jobs/measure_gap.h"
#include "core/report/html_page.h"
#include "core/store/run_file.h"

namespace headroom::cli {

namespace {

struct GapOptions {
  std::string run, data;
  int samples = 8;
};

Result gap(const GapOptions& options, const CommonOptions& common, const JobContext& context) {
  Workspace workspace(common.compute);
  const RunSnapshot opened = openRun(workspace, options.run, context);
  const RunHeader run = readRunHeader(options.run);
  OpenDataRequest data = devDataOfRun(run, options.data, {}, std::nullopt);
  // Only a run that has not ended needs the length of its training data.
  if (!opened.report && run.settings.steps == 0) data.trainPath = run.trainPath;
  (void)openData(workspace, data, context);
  const GateGap found = measureGap(workspace, {options.samples, common.seed}, context);
  Result result;
  result.json = {{"method", found.method},
                 {"kept", found.kept},
                 {"examples", found.examples},
                 {"samples", found.sampledLoss.seeds},
                 {"sampled_loss", found.sampledLoss.mean},
                 {"sampled_loss_low", found.sampledLoss.low},
                 {"sampled_loss_high", found.sampledLoss.high},
                 {"deterministic_loss", found.deterministicLoss},
                 {"mask_loss", found.maskLoss},
                 {"metric", found.mask.name},
                 {"sampled", found.sampledScore.mean},
                 {"deterministic", found.deterministic.value},
                 {"mask", found.mask.value}};
  const SeedMean& score = found.sampledScore;
  std::ostringstream text;
  text.precision(6);
  text << "loss [nat] and " << found.mask.name << " of the same " << found.examples << " examples\ndrawn gates\t"
       << found.sampledLoss.mean << " (" << found.sampledLoss.low << " to " << found.sampledLoss.high << ")\t"
       << metricText({found.mask.name, score.mean, score.low, score.high, 0}) << ", mean of " << score.seeds
       << " passes\ntest-time gates\t" << found.deterministicLoss << '\t' << metricText(found.deterministic)
       << "\nthe mask alone\t" << found.maskLoss << '\t' << metricText(found.mask) << ", " << found.kept << " heads\n";
  result.text = text.str();
  return result;
}

}  // namespace

Registered addGap(CLI::App& app) {
  auto options = std::make_shared<GapOptions>();
  CLI::App* parser = app.add_subcommand(
      "gap", "A run's train/test gap: the loss of the same examples under drawn gates, test-time gates and the mask");
  parser->add_option("RUN", options->run, "Run file")->required();
  parser->add_option("--data", options->data, "Labelled data in place of the run's dev set");
  parser->add_option("--samples", options->samples, "Passes with drawn gates")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000));
  return {parser,
          [options](const CommonOptions& common, const JobContext& context) { return gap(*options, common, context); }};
}

}  // namespace headroom::cli
