// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/search_lambda.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/checkpoint/json_text.h"
#include "core/jobs/workspace_state.h"
#include "core/methods/method_table.h"
#include "core/methods/settings_limits.h"
#include "core/train/trainer.h"

namespace headroom {

namespace {

constexpr double kWiden = 4;

/// Trains the open model with one lambda and counts the gates that end open.
class Trials {
 public:
  Trials(Workspace::State& state, const TrainSettings& settings, const JobContext& context)
      : m_state(state), m_settings(settings), m_context(context) {}

  int openWith(double lambda) {
    TrainSettings settings = m_settings;
    settings.lambda = lambda;
    settings.recover = 0;  // it moves no gate
    const Transformer& model = *m_state.opened;
    Trainer trainer(Transformer(model.config(), model.parameters().clone()), m_state.requireTrain(), settings,
                    makeGateMethod(model.layout(), settings, Trainer::lengthOf(settings, m_state.requireTrain())),
                    batchSettings(model.config(), m_state.summary.path));
    while (!trainer.finished()) {
      m_context.checkStop();
      (void)trainer.step();
      m_context.report({"looking for lambda", trainer.stepsDone(), trainer.stepsTotal(), -1});
      m_context.yield();
    }
    m_steps += trainer.stepsDone();
    const HeadUnits units(model.layout(), m_settings.unit);
    const std::vector<double> logAlpha = units.means(trainer.method()->logAlpha());
    return static_cast<int>(std::count_if(logAlpha.begin(), logAlpha.end(), [](double phi) { return phi > 0; }));
  }
  [[nodiscard]] std::int64_t steps() const { return m_steps; }

 private:
  Workspace::State& m_state;
  const TrainSettings& m_settings;
  const JobContext& m_context;
  std::int64_t m_steps = 0;
};

constexpr const char* kLambdaFormat = "headroom-lambda/1";

}  // namespace

std::string toJson(const LambdaSearch& found) {
  const nlohmann::ordered_json json{{"format", kLambdaFormat},  {"lambda", found.lambda}, {"open", found.open},
                                    {"reached", found.reached}, {"trials", found.trials}, {"steps", found.steps},
                                    {"seconds", found.seconds}};
  return json.dump(1) + "\n";
}

LambdaSearch lambdaFromJson(const std::string& text, const std::string& path) {
  const nlohmann::json json = parseJson(text, path);
  try {
    if (json.at("format") == kLambdaFormat)
      return {json.at("lambda"), json.at("open"),  json.at("reached"),
              json.at("trials"), json.at("steps"), json.at("seconds")};
  } catch (const nlohmann::json::exception&) {
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
  Trials trials(state, settings, context);
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

}  // namespace headroom
