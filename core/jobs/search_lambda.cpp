// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/search_lambda.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <thread>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/checkpoint/json_text.h"
#include "core/jobs/workspace_state.h"
#include "core/methods/method_table.h"
#include "core/methods/settings_limits.h"
#include "core/store/run_writer.h"
#include "core/train/trainer.h"

namespace headroom {

namespace {

constexpr double kWiden = 4;

/// Trains the open model with one lambda and counts the gates that end open.
class Trials {
 public:
  Trials(Workspace::State& state, const TrainSettings& settings, int most, const JobContext& context)
      : m_state(state), m_settings(settings), m_most(most), m_context(context) {}

  int openWith(double lambda) {
    TrainSettings settings = m_settings;
    settings.lambda = lambda;
    settings.recover = 0;  // it moves no gate
    const std::string detail = "run " + std::to_string(++m_runs) + " of at most " + std::to_string(m_most) + m_lastRun;
    const Transformer& model = *m_state.opened;
    Trainer trainer(Transformer(model.config(), model.parameters().clone()), m_state.requireTrain(), settings,
                    makeGateMethod(model.layout(), settings, Trainer::lengthOf(settings, m_state.requireTrain())),
                    batchSettings(model.config(), m_state.summary.path));
    while (!trainer.finished()) {
      m_context.checkStop();
      (void)trainer.step();
      m_context.report({"looking for lambda", trainer.stepsDone(), trainer.stepsTotal(), -1, detail});
      m_context.yield();
    }
    m_steps += trainer.stepsDone();
    const HeadUnits units(model.layout(), m_settings.unit);
    const std::vector<double> logAlpha = units.means(trainer.method()->logAlpha());
    const auto open = std::count_if(logAlpha.begin(), logAlpha.end(), [](double phi) { return phi > 0; });
    char text[64];
    std::snprintf(text, sizeof text, ", %d gates open at %.3g", static_cast<int>(open), lambda);
    m_lastRun = text;
    return static_cast<int>(open);
  }
  [[nodiscard]] std::int64_t steps() const { return m_steps; }

 private:
  Workspace::State& m_state;
  const TrainSettings& m_settings;
  const int m_most;
  const JobContext& m_context;
  int m_runs = 0;
  std::string m_lastRun;  ///< what came of it
  std::int64_t m_steps = 0;
};

/// Trials give way while the run that they are for is paused.
JobContext waitingWhile(const std::function<bool()>& paused, const JobContext& context) {
  JobContext waiting = context;
  waiting.betweenBatches = [&paused, &context] {
    context.yield();
    while (paused && paused()) {
      context.checkStop();
      context.yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  };
  return waiting;
}

constexpr const char* kLambdaFormat = "headroom-lambda/1";

}  // namespace

std::string describe(const LambdaSearch& found) {
  std::ostringstream text;
  text << "lambda " << found.lambda << " by bisection, " << found.trials << (found.trials == 1 ? " run: " : " runs: ")
       << found.open << " gates open" << (found.reached ? "" : "; K was not reached, the top K of log alpha are kept");
  return text.str();
}

std::string toJson(const LambdaSearch& found) {
  const nlohmann::ordered_json json{{"format", kLambdaFormat},  {"lambda", found.lambda}, {"open", found.open},
                                    {"reached", found.reached}, {"trials", found.trials}, {"steps", found.steps},
                                    {"seconds", found.seconds}};
  return json.dump(1) + "\n";
}

LambdaSearch lambdaFromJson(const std::string& text, const std::string& path) {
  try {
    const nlohmann::json json = parseJson(text, path);
    if (json.at("format") == kLambdaFormat)
      return {json.at("lambda"), json.at("open"),  json.at("reached"),
              json.at("trials"), json.at("steps"), json.at("seconds")};
  } catch (const std::exception&) {
    // said below
  }
  throw Error(ErrorKind::BadFile, path + ": found no search for lambda as Headroom writes it, expected " +
                                      kLambdaFormat + "; remove the file");
}

LambdaSearch searchLambda(Workspace& workspace, const TrainSettings& settings, int most, const JobContext& context,
                          const std::function<void(double lambda, int open)>& trial) {
  Workspace::State& state = workspace.state();
  (void)state.requireOpened();
  requireValid(settings);
  const auto began = std::chrono::steady_clock::now();
  Trials trials(state, settings, most, context);
  LambdaSearch best;
  double low = 0, high = 0;  // too many gates stay open with low, too few with high; 0 = not known
  double lambda = settings.lambda > 0 ? settings.lambda : TrainSettings{}.lambda;
  while (best.trials < most && !best.reached) {
    const int open = trials.openWith(lambda);
    if (trial) trial(lambda, open);
    const bool nearer = best.trials == 0 || std::abs(open - settings.keep) < std::abs(best.open - settings.keep);
    best = {nearer ? lambda : best.lambda, nearer ? open : best.open, open == settings.keep, best.trials + 1,
            trials.steps()};
    (open > settings.keep ? low : high) = lambda;
    lambda = low == 0 ? high / kWiden : high == 0 ? low * kWiden : std::sqrt(low * high);
  }
  best.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return best;
}

std::optional<LambdaSearch> settleLambda(Workspace& workspace, TrainRequest& request, const JobContext& context,
                                         const std::function<bool()>& paused) {
  TrainSettings& settings = request.settings;
  if (request.resume) return std::nullopt;
  settings.lambdaSearched = settings.lambdaSearched && settings.method == "l0";
  if (!settings.lambdaSearched) return std::nullopt;
  RunWriter::requirePlace(request.runPath, request.overwrite);  // said before hours of trials
  (void)workspace.state().requireOpened();
  workspace.state().backToOpened();
  const LambdaSearch found = searchLambda(workspace, settings, kMostLambdaTrials, waitingWhile(paused, context));
  settings.lambda = found.lambda;
  settings.lambdaSearched = found.reached;
  if (!found.reached) request.warning = describe(found);
  return found;
}

}  // namespace headroom
