// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/score_heads.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/base/peak_memory.h"
#include "core/base/rng.h"
#include "core/jobs/lottery.h"
#include "core/jobs/runtime_masks.h"
#include "core/jobs/workspace_state.h"
#include "core/methods/method_table.h"
#include "core/scores/score_table.h"

namespace headroom {

void requireValid(const ScoreOptions& options) {
  const auto inRange = [](const std::string& what, int found, int low, int high) {
    if (found < low || found > high)
      throw Error(ErrorKind::BadInput, what + ": found " + std::to_string(found) + ", expected " + std::to_string(low) +
                                           " to " + std::to_string(high));
  };
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
  inRange("steps", options.steps, 1, 1000);
  inRange("permutations", options.permutations, 1, 1'000'000);
  inRange("beam", options.beam, 1, 10'000);
  inRange("population", options.population, 2, 10'000);
  inRange("generations", options.generations, 0, 10'000);
  if (!(options.truncate >= 0 && options.truncate <= 1))
    throw Error(ErrorKind::BadInput,
                "truncate: found " + std::to_string(options.truncate) + ", expected a share, 0 to 1");
}

namespace {

void checkKeep(const ScoreMethod& method, const ScoreRequest& request, const HeadLayout& layout) {
  const int units = HeadUnits(layout, request.unit).count();
  if (!method.info.ofOneK || (method.info.name == "a-star" && request.options.lost >= 0)) return;
  if (request.keep < 0 || request.keep > units)
    throw Error(ErrorKind::BadInput,
                method.info.name + ": keep: found " + (request.keep < 0 ? "none" : std::to_string(request.keep)) +
                    ", expected how many " + request.unit + "s it is to choose, 0 to " + std::to_string(units));
}

/// Squared gradients are those of single examples.
int rowsOf(const ScoreRequest& request) {
  const bool single =
      request.method == "group-taylor" && (request.options.salience == "second" || request.options.salience == "mix");
  return single ? 1 : 0;
}

/// `count` of `all` indices, ascending.
std::vector<int> chosenPlaces(std::int64_t all, std::int64_t count, std::uint64_t seed) {
  std::vector<int> places(static_cast<size_t>(all));
  std::iota(places.begin(), places.end(), 0);
  Rng rng(seed, 0x63616c69);
  rng.shuffle(std::span<int>(places));
  places.resize(static_cast<size_t>(count));
  std::sort(places.begin(), places.end());
  return places;
}

/// The windows over a question's text belong together and know it by its index.
Dataset withQuestions(const Dataset& data, const std::vector<int>& chosen) {
  Dataset part = data;
  part.examples.clear();
  part.questions.clear();
  std::vector<int> indexNow(data.questions.size(), -1);
  for (const int question : chosen) {
    indexNow[static_cast<size_t>(question)] = static_cast<int>(part.questions.size());
    part.questions.push_back(data.questions[static_cast<size_t>(question)]);
  }
  for (const Example& window : data.examples) {
    const int index = indexNow[static_cast<size_t>(window.label)];
    if (index < 0) continue;
    part.examples.push_back(window);
    part.examples.back().label = index;
  }
  return part;
}

}  // namespace

std::int64_t choosableExamples(const Dataset& data) {
  return static_cast<std::int64_t>(data.kind == DataKind::Answers ? data.questions.size() : data.examples.size());
}

Dataset chosenExamples(const Dataset& data, std::int64_t count, std::uint64_t seed) {
  Dataset part = data;
  if (count <= 0 || count >= choosableExamples(data)) return part;
  const std::vector<int> places = chosenPlaces(choosableExamples(data), count, seed);
  if (data.kind == DataKind::Answers) return withQuestions(data, places);
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

namespace {

/// A method with what it is asked, as its row of the table has it.
struct Asked {
  const ScoreMethod& method;
  ScoreRequest request;
};

Asked asAsked(const ScoreRequest& request) {
  const ScoreMethod& method = findScoreMethod(request.method);
  requireValid(request.options);
  Asked asked{method, request};
  if (method.options) asked.request.options = method.options(request.options);
  if (method.examples > 0) asked.request.examples = method.examples;
  return asked;
}

bool triesMasks(const std::string& method) {
  const std::vector<std::string>& needs = findScoreMethod(method).info.needs;
  return std::find(needs.begin(), needs.end(), kEvaluations) != needs.end();
}

/// What heads are judged on, and by which weights.
class Judge {
 public:
  Judge(const Workspace::State& state, const ScoreRequest& request, const JobContext& context)
      : m_model(state.requireModel().config(), state.requireModel().parameters(), torch::kFloat32),
        m_data(chosenExamples(state.requireTrain(), request.examples, request.options.seed)),
        m_calibration(m_data, m_model.config(), batchSettings(m_model.config(), state.summary.path), state.device,
                      rowsOf(request)),
        m_context(context) {
    if (!state.choice || !triesMasks(request.method)) return;
    m_choiceData = chosenExamples(*state.choice, request.examples, request.options.seed);
    m_choice.emplace(*m_choiceData, m_model.config(), batchSettings(m_model.config(), state.summary.path),
                     state.device);
  }

  [[nodiscard]] ScoreInput input(const ScoreRequest& request) const {
    ScoreInput input{m_model, m_calibration, request.options, m_context, request.keep, request.unit};
    if (m_choice) input.choice = &*m_choice;
    return input;
  }

 private:
  Transformer m_model;
  Dataset m_data;
  EvaluationSet m_calibration;
  std::optional<Dataset> m_choiceData;
  std::optional<EvaluationSet> m_choice;
  const JobContext& m_context;
};

/// Runs `work` and notes what it took in each of its results.
template <typename Work>
std::vector<HeadScores> metered(Work&& work) {
  PeakMemory memory;
  const auto began = std::chrono::steady_clock::now();
  std::vector<HeadScores> all = work();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  for (HeadScores& scores : all) {
    scores.costs.seconds = seconds;
    scores.costs.peakBytes = memory.bytes();
  }
  requireMappedFilesIntact();
  return all;
}

Error needsOwnPass(const std::string& method) {
  return {ErrorKind::BadInput, method +
                                   ": found together with others, expected one that takes a single pass over whole "
                                   "batches; judge by it alone"};
}

}  // namespace

HeadScores scoreHeads(Workspace& workspace, const ScoreRequest& request, const JobContext& context) {
  const Asked asked = asAsked(request);
  checkKeep(asked.method, request, workspace.state().requireModel().layout());
  const Judge judge(workspace.state(), asked.request, context);
  return std::move(metered([&] { return std::vector{asked.method.score(judge.input(asked.request))}; }).front());
}

std::vector<HeadScores> scoreHeadsTogether(Workspace& workspace, const std::vector<ScoreRequest>& requests,
                                           const JobContext& context) {
  std::vector<Asked> all;
  for (const ScoreRequest& request : requests) {
    all.push_back(asAsked(request));
    const ScoreRequest &one = all.back().request, &first = all.front().request;
    if (!all.back().method.onePass || rowsOf(one) != 0) throw needsOwnPass(one.method);
    if (one.examples != first.examples || one.options.seed != first.options.seed)
      throw Error(ErrorKind::BadInput, one.method + ": found other examples than those of " + first.method +
                                           ", expected the same; judge by it alone");
  }
  if (all.empty()) return {};
  const Judge judge(workspace.state(), all.front().request, context);
  std::vector<ScoreInput> inputs;
  for (const Asked& asked : all) inputs.push_back(judge.input(asked.request));
  std::vector<std::unique_ptr<PassScore>> scores;
  for (size_t i = 0; i < all.size(); ++i) {
    scores.push_back(all[i].method.onePass(inputs[i]));
    if (!scores.back()) throw needsOwnPass(all[i].request.method);
  }
  return metered([&] { return inOnePass(inputs.front(), scores); });
}

std::vector<MethodInfo> allMethods() {
  std::vector<MethodInfo> all = methodTable();
  all.push_back(lotteryInfo());
  for (const ScoreMethod& method : scoreTable()) all.push_back(method.info);
  for (const MethodInfo& method : runtimeMethods()) all.push_back(method);
  return all;
}

bool isScoringMethod(const std::string& name) {
  const auto& table = scoreTable();
  return std::any_of(table.begin(), table.end(), [&](const ScoreMethod& method) { return method.info.name == name; });
}

}  // namespace headroom
