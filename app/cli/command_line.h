// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "core/base/head_scores.h"
#include "core/base/head_units.h"
#include "core/base/job_context.h"
#include "core/jobs/requests.h"

namespace headroom::cli {

/// What every command takes.
struct CommonOptions {
  bool json = false;
  std::uint64_t seed = 1;
  ComputeSettings compute;
};

/// A stop that left something to go on with; what() says how.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a command prints at the end: JSON for programs, or lines for people.
struct Result {
  nlohmann::ordered_json json;
  std::string text;
};

/// A command's work; run after the arguments were understood.
using Command = std::function<Result(const CommonOptions&, const JobContext&)>;

/// Adds one subcommand to the parser and returns its work.
struct Registered {
  CLI::App* parser = nullptr;
  Command run;
};

// One a file; each owns its options.
[[nodiscard]] Registered addInfo(CLI::App& app);
[[nodiscard]] Registered addForward(CLI::App& app);
[[nodiscard]] Registered addGenerate(CLI::App& app);
[[nodiscard]] Registered addTokenize(CLI::App& app);
[[nodiscard]] Registered addEval(CLI::App& app);
[[nodiscard]] Registered addInit(CLI::App& app);
[[nodiscard]] Registered addTrain(CLI::App& app);
[[nodiscard]] Registered addSweep(CLI::App& app);
[[nodiscard]] Registered addLatency(CLI::App& app);
[[nodiscard]] Registered addPropose(CLI::App& app);
[[nodiscard]] Registered addRuntime(CLI::App& app);
[[nodiscard]] Registered addScore(CLI::App& app);
[[nodiscard]] Registered addCompare(CLI::App& app);
[[nodiscard]] Registered addGap(CLI::App& app);
[[nodiscard]] Registered addReport(CLI::App& app);
[[nodiscard]] Registered addPlot(CLI::App& app);
[[nodiscard]] Registered addPredict(CLI::App& app);
[[nodiscard]] Registered addPrune(CLI::App& app);
[[nodiscard]] Registered addMethods(CLI::App& app);
[[nodiscard]] Registered addMakeSample(CLI::App& app);

/// What is pruned; throws Error naming the option.
[[nodiscard]] HeadUnits unitsOf(const HeadLayout& layout, const std::string& unit);
CLI::Option* addUnitOption(CLI::App& parser, std::string& unit);
/// What single methods that judge a trained model take; `gradientSteps` is the name of Taylor's option.
void addScoreOptions(CLI::App& parser, ScoreOptions& own, const std::string& gradientSteps);
/// Tokens a text to time with: the user's, else 128 or as many as the model (or the run's) takes.
[[nodiscard]] int lengthToTime(std::optional<int> wish, const std::string& model);
/// " on 2 of 16 key/value heads" where query heads share them, else "".
[[nodiscard]] std::string keyValuesText(const HeadMask& mask);

/// "94.6 % (93.5 to 95.5, 2000 examples)"
[[nodiscard]] std::string describe(const MetricValue& metric);
/// "perplexity 3.2 (3.1 to 3.4, 120 examples)": for what is no share.
[[nodiscard]] std::string describePlain(const MetricValue& metric);
/// {"dtype", "examples", "differing_share", ...} and one line of text.
[[nodiscard]] nlohmann::ordered_json toJson(const TypeDisagreement& found);
[[nodiscard]] std::string describe(const TypeDisagreement& found);
/// Columns that the user named: "text" or "first,second".
struct ColumnOptions {
  std::vector<std::string> texts;
  std::string label;
};
void addColumnOptions(CLI::App& parser, ColumnOptions& columns);
/// A method's name in the table; some are also known by another one in papers (lrp, lagrangian-l0).
[[nodiscard]] std::string methodNamed(const std::string& name);

}  // namespace headroom::cli
