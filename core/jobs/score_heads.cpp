// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/score_heads.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "core/base/peak_memory.h"
#include "core/base/rng.h"
#include "core/jobs/lottery.h"
#include "core/jobs/workspace_state.h"
#include "core/methods/method_table.h"
#include "core/scores/score_table.h"

namespace headroom {

namespace {

void check(const ScoreOptions& options) {
  const auto oneOf = [](const std::string& what, const std::string& found, std::initializer_list<const char*> names) {
    std::string list;
    for (const char* name : names) {
      if (found == name) return;
      list += (list.empty() ? "" : ", ") + std::string(name);
    }
    throw Error(ErrorKind::BadInput, what + ": found \"" + found + "\", expected one of " + list);
  };
  oneOf("absolute", options.absolute, {"token", "example", "batch", "none"});
  oneOf("salience", options.salience, {"first", "second", "mix", "vector"});
  oneOf("norm", options.norm, {"projected", "plain"});
  oneOf("value", options.value, {"loss", "metric"});
  if (options.steps < 1 || options.steps > 1000)
    throw Error(ErrorKind::BadInput, "steps: found " + std::to_string(options.steps) + ", expected 1 to 1000");
  if (options.permutations < 1)
    throw Error(ErrorKind::BadInput,
                "permutations: found " + std::to_string(options.permutations) + ", expected 1 or more");
  if (!(options.truncate >= 0 && options.truncate <= 1))
    throw Error(ErrorKind::BadInput,
                "truncate: found " + std::to_string(options.truncate) + ", expected a share, 0 to 1");
}

/// Squared gradients are those of single examples.
int rowsOf(const ScoreRequest& request) {
  const bool single =
      request.method == "group-taylor" && (request.options.salience == "second" || request.options.salience == "mix");
  return single ? 1 : 0;
}

}  // namespace

Dataset chosenExamples(const Dataset& data, std::int64_t count, std::uint64_t seed) {
  Dataset part = data;
  if (count <= 0 || count >= static_cast<std::int64_t>(data.examples.size()) || data.kind == DataKind::Answers)
    return part;
  std::vector<int> places(data.examples.size());
  std::iota(places.begin(), places.end(), 0);
  Rng rng(seed, 0x63616c69);
  rng.shuffle(std::span<int>(places));
  places.resize(static_cast<size_t>(count));
  std::sort(places.begin(), places.end());
  part.examples.clear();
  auto images = std::make_shared<ImageBlock>();
  if (data.images) images->shape = data.images->shape;
  for (const int place : places) {
    part.examples.push_back(data.examples[static_cast<size_t>(place)]);
    if (!data.images) continue;
    const auto pixels = data.images->image(static_cast<size_t>(place));
    images->pixels.insert(images->pixels.end(), pixels.begin(), pixels.end());
  }
  if (data.images) part.images = images;
  return part;
}

HeadScores scoreHeads(Workspace& workspace, const ScoreRequest& request, const JobContext& context) {
  const ScoreMethod& method = findScoreMethod(request.method);
  check(request.options);
  Workspace::State& state = workspace.state();
  const Transformer& model = state.requireModel();
  const Dataset data = chosenExamples(state.requireTrain(), request.examples, request.options.seed);
  const EvaluationSet calibration(data, model.config(), batchSettings(model.config(), state.summary.path), state.device,
                                  rowsOf(request));
  const Transformer plain(model.config(), model.parameters(), torch::kFloat32);
  PeakMemory memory;
  const auto began = std::chrono::steady_clock::now();
  HeadScores scores = method.score({plain, calibration, request.options, context});
  scores.costs.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  scores.costs.peakBytes = memory.bytes();
  requireMappedFilesIntact();
  return scores;
}

std::vector<MethodInfo> allMethods() {
  std::vector<MethodInfo> all = methodTable();
  all.push_back(lotteryInfo());
  for (const ScoreMethod& method : scoreTable()) all.push_back(method.info);
  return all;
}

bool isScoringMethod(const std::string& name) {
  const auto& table = scoreTable();
  return std::any_of(table.begin(), table.end(), [&](const ScoreMethod& method) { return method.info.name == name; });
}

}  // namespace headroom
