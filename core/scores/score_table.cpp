// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scores/score_table.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

const std::vector<std::string> kOrder{"nested removal order"}, kSignedOrder{"signed scores", "nested removal order"};

}  // namespace

const std::vector<ScoreMethod>& scoreTable() {
  static const std::vector<ScoreMethod> table{
      {{"random",
        "Random",
        "Heads in a random order: the control that every method has to beat.",
        "post-hoc",
        {"random numbers"},
        kOrder},
       randomScores},
      {{"magnitude",
        "Weight magnitude",
        "The length of a head's own weights: the other control.",
        "post-hoc",
        {},
        kOrder},
       magnitudeScores},
      {{"confidence",
        "Confidence",
        "How surely a head looks at one token: the mean of its largest attention weight.",
        "post-hoc",
        {"attention maps"},
        kOrder},
       confidenceScores},
      {{"output-norm",
        "Output norm",
        "How much a head adds to the residual stream.",
        "post-hoc",
        {"activations"},
        kOrder},
       outputNormScores},
      {{"taylor",
        "Taylor",
        "How fast the loss grows as a head's gate begins to close.",
        "post-hoc",
        {"labels", "gate gradient"},
        kOrder},
       taylorScores},
      {{"group-taylor",
        "Group Taylor",
        "What the weights of a head, or of a key/value group, are worth to the loss by their gradients; the same share "
        "of every block.",
        "post-hoc",
        {"labels", "weight gradient"},
        kOrder},
       groupTaylorScores},
      {{"leave-one-out",
        "Leave one out",
        "What the model loses without one head, tried for each.",
        "post-hoc",
        {"labels", "evaluations"},
        kSignedOrder},
       leaveOneOutScores},
      {{"shapley",
        "Shapley",
        "What a head adds to those that are open before it, over random orders.",
        "post-hoc",
        {"labels", "evaluations", "random numbers"},
        kSignedOrder},
       shapleyScores},
      {{"greedy",
        "Greedy elimination",
        "Removes again and again the head without which the model does best.",
        "post-hoc",
        {"labels", "evaluations"},
        kOrder},
       greedyScores},
  };
  return table;
}

const ScoreMethod& findScoreMethod(const std::string& name) {
  const auto& table = scoreTable();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const ScoreMethod& method) { return method.info.name == name; });
  if (found != table.end()) return *found;
  std::string names;
  for (const ScoreMethod& method : table) names += (names.empty() ? "" : ", ") + method.info.name;
  throw Error(ErrorKind::BadInput, "method: found \"" + name + "\", expected one of " + names);
}

}  // namespace headroom
