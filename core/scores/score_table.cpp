// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scores/score_table.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

const std::vector<std::string> kOrder{"nested removal order"}, kSignedOrder{"signed scores", "nested removal order"},
    kOneMask{"one mask at K"};

/// Pruning-Adapter (TMP, 2023).
ScoreOptions ofThreeExamples(const ScoreOptions& asked) {
  ScoreOptions options = asked;
  options.absolute = "example";
  options.normalise = true;
  options.steps = 1;
  return options;
}

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
       confidenceScores,
       makeConfidence},
      {{"output-norm",
        "Output norm",
        "How much a head adds to the residual stream.",
        "post-hoc",
        {"activations"},
        kOrder},
       outputNormScores,
       makeOutputNorm},
      {{"taylor",
        "Taylor",
        "How fast the loss grows as a head's gate begins to close.",
        "post-hoc",
        {"labels", "gate gradient"},
        kOrder},
       taylorScores,
       makeTaylor},
      {{"taylor-3",
        "Taylor of three examples",
        "Taylor as the pruning adapter takes it: three examples, each in absolute value, every block to one length.",
        "post-hoc",
        {"labels", "gate gradient", "random numbers"},
        kOrder},
       taylorScores,
       makeTaylor,
       ofThreeExamples,
       3},
      {{"group-taylor",
        "Group Taylor",
        "What the weights of a head, or of a key/value group, are worth to the loss by their gradients; the same share "
        "of every block.",
        "post-hoc",
        {"labels", "weight gradient"},
        kOrder},
       groupTaylorScores,
       makeGroupTaylor},
      {{"relevance",
        "Relevance (LRP)",
        "What a head's outputs add to the predicted logit, followed back through the layers; shares of a block.",
        "post-hoc",
        {"gate gradient"},
        kOrder},
       relevanceScores},
      {{"leave-one-out",
        "Leave one out",
        "What the model loses without one head, tried for each; below 0 the head does harm.",
        "post-hoc",
        {"labels", kEvaluations},
        kSignedOrder},
       leaveOneOutScores},
      {{"shapley",
        "Shapley",
        "What a head adds to those that are open before it, over random orders; below 0 it does harm.",
        "post-hoc",
        {"labels", kEvaluations, "random numbers"},
        kSignedOrder},
       shapleyScores},
      {{"greedy",
        "Greedy elimination",
        "Removes again and again the head without which the model does best.",
        "post-hoc",
        {"labels", kEvaluations},
        kOrder},
       greedyScores},
      {{"a-star",
        "A* search",
        "Looks for the best choice of K heads, guided by what each head is worth alone.",
        "post-hoc",
        {"labels", kEvaluations},
        kOneMask,
        false,
        true},
       aStarScores},
      {{"evolutionary",
        "Evolutionary search",
        "Breeds numbers of heads for every block; within a block heads go by Taylor's order.",
        "post-hoc",
        {"labels", "gate gradient", kEvaluations, "random numbers"},
        kOneMask,
        false,
        true},
       evolutionaryScores},
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
