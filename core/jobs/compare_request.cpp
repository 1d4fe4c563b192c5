// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compare_request.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/jobs/compared_methods.h"
#include "core/jobs/lottery.h"
#include "core/jobs/runtime_masks.h"
#include "core/jobs/score_heads.h"
#include "core/methods/method_table.h"

namespace headroom {

namespace {

void requireComparable(const Workspace::State& state, const CompareRequest& request) {
  const int units = HeadUnits(state.requireModel().layout(), request.unit).count();
  if (request.methods.empty()) throw Error(ErrorKind::BadInput, "compare: found no methods, expected at least one");
  if (request.keeps.empty())
    throw Error(ErrorKind::BadInput,
                "compare: found no numbers of " + request.unit + "s to keep, expected at least one");
  if (request.seeds.empty()) throw Error(ErrorKind::BadInput, "compare: found no seeds, expected at least one");
  for (const std::string& name : request.methods) {
    const std::string method = variantOf(name).method;
    if (isRuntimeMethod(method) && request.unit != "head")
      throw Error(ErrorKind::BadInput, "compare: found method \"" + method + "\" with unit " + request.unit +
                                           ", expected unit head: it chooses single heads for every input");
    if (!isScoringMethod(method) && !isRuntimeMethod(method) && !ticketKind(method) && !findMethod(method).gates)
      throw Error(ErrorKind::BadInput, "compare: found method \"" + name + "\", expected one that chooses heads");
  }
  for (const int keep : request.keeps)
    if (keep < 0 || keep > units)
      throw Error(ErrorKind::BadInput, "compare: found " + std::to_string(keep) + " " + request.unit +
                                           "s to keep, expected 0 to " + std::to_string(units));
}

template <typename T>
void dropRepeated(std::vector<T>& values) {
  std::vector<T> once;
  for (const T& value : values)
    if (std::find(once.begin(), once.end(), value) == once.end()) once.push_back(value);
  values = std::move(once);
}

}  // namespace

CompareRequest checkedRequest(const Workspace::State& state, CompareRequest request) {
  dropRepeated(request.methods);
  dropRepeated(request.keeps);
  dropRepeated(request.seeds);
  requireComparable(state, request);
  return request;
}

std::string campaignIdentity(Workspace::State& state, const CompareRequest& request) {
  const ScoreOptions& o = request.options;
  nlohmann::ordered_json json{{"format", "headroom-campaign/1"},
                              {"model_sha256", state.sha256OfOpened()},
                              {"train_sha256", state.requireTrain().summary.sha256},
                              {"dev_sha256", state.requireDev().data().summary.sha256},
                              {"dev_examples", state.requireDev().exampleCount()},
                              {"steps", request.steps},
                              {"batch", request.batch},
                              {"examples", request.examples},
                              {"absolute", o.absolute},
                              {"normalise", o.normalise},
                              {"gradient_steps", o.steps},
                              {"salience", o.salience},
                              {"uniform", o.uniform},
                              {"norm", o.norm},
                              {"value", o.value},
                              {"permutations", o.permutations},
                              {"truncate", o.truncate}};
  // Younger than the first campaigns, which had the usual ones.
  const OpenDataRequest usualData, &data = state.dataRequest;
  if (data.maxLength != usualData.maxLength) json["max_length"] = data.maxLength;
  if (!data.textColumns.empty()) json["text_columns"] = data.textColumns;
  if (!data.labelColumn.empty()) json["label_column"] = data.labelColumn;
  if (state.settings.dtype != "float32") json["dtype"] = state.settings.dtype;
  const ScoreOptions usual;
  if (request.unit != "head") json["unit"] = request.unit;
  if (request.searchLambda) json["search_lambda"] = true;
  const Dataset& train = state.requireTrain();
  if (train.kind == DataKind::Answers && request.examples > 0 && request.examples < choosableExamples(train))
    json["examples_are"] = "questions";  // the first campaigns judged on all of them
  if (o.beam != usual.beam) json["beam"] = o.beam;
  if (o.population != usual.population) json["population"] = o.population;
  if (o.generations != usual.generations) json["generations"] = o.generations;
  if (state.choice) {  // what is called dev data then is what choices are made on
    json["dev_sha256"] = state.choice->summary.sha256;
    json["dev_examples"] = state.choice->examples.size();
    json["test_sha256"] = state.requireDev().data().summary.sha256;
    json["test_examples"] = state.requireDev().exampleCount();
  }
  return json.dump(1) + "\n";
}

std::vector<std::uint64_t> seedsFor(const std::string& method, std::vector<std::uint64_t> seeds) {
  if (method != "random") return seeds;
  for (std::uint64_t seed = 1; seeds.size() < kRandomMasks; ++seed)
    if (std::find(seeds.begin(), seeds.end(), seed) == seeds.end()) seeds.push_back(seed);
  return seeds;
}

}  // namespace headroom
