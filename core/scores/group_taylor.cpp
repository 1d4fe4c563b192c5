// SPDX-License-Identifier: GPL-3.0-or-later
// LLM-Pruner (Ma, Fang & Wang 2023): what the weights that belong to a head are worth to the loss, by their own
// gradients. Query heads that share a key/value head are one group and have one score. By default every block loses the
// same share of its groups, as theirs does.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/scores/score_functions.h"

namespace headroom {

namespace {

/// A weight with what its gradients have said so far.
struct Weight {
  torch::Tensor value;     ///< requires gradients; shares the model's memory
  torch::Tensor gradient;  ///< mean over the batches
  torch::Tensor squares;   ///< mean of the gradient's square
};

struct BlockWeights {
  Weight query, key, value, output;
};

class Salience {
 public:
  explicit Salience(const ScoreInput& input) : m_input(input) {
    std::vector<Parameters::Entry> entries = input.model.parameters().entries();
    for (Parameters::Entry& entry : entries) entry.tensor = entry.tensor.detach();
    for (Parameters::Entry& entry : entries)
      if (isAttention(entry.spec.canonical)) entry.tensor.set_requires_grad(true);
    m_model.emplace(input.model.config(), Parameters(std::move(entries)), input.model.computeType());
    for (int block = 0; block < m_model->layout().blockCount(); ++block) {
      const AttentionWeights& weights = m_model->attention(block);
      if (weights.heads > 0)
        m_blocks[block] = {{weights.query.weight, {}, {}},
                           {weights.key.weight, {}, {}},
                           {weights.value.weight, {}, {}},
                           {weights.output.weight, {}, {}}};
    }
  }

  void add(const EvaluationBatch& batch) {
    const torch::Tensor loss = taskLoss(m_model->forward(batch.input).logits, batch.targets);
    std::vector<torch::Tensor> wanted;
    forEach([&](Weight& weight) { wanted.push_back(weight.value); });
    const std::vector<torch::Tensor> found = torch::autograd::grad({loss}, wanted);
    const double share =
        static_cast<double>(batch.examples.size()) / static_cast<double>(m_input.calibration.exampleCount());
    size_t next = 0;
    forEach([&](Weight& weight) {
      const torch::Tensor gradient = found[next++].to(torch::kFloat64);
      weight.gradient = weight.gradient.defined() ? weight.gradient + gradient * share : gradient * share;
      if (needsSquares())
        weight.squares =
            weight.squares.defined() ? weight.squares + gradient.square() * share : gradient.square() * share;
    });
  }

  /// One number a key/value group of the block.
  [[nodiscard]] std::vector<double> groups(int block) {
    const AttentionWeights& weights = m_model->attention(block);
    const BlockWeights& all = m_blocks.at(block);
    // A group's query heads stand side by side, in equal numbers unless heads were pruned before.
    const torch::Tensor owner =
        weights.kvOf.defined() ? weights.kvOf.to(torch::kCPU) : torch::arange(weights.heads, torch::kInt64);
    torch::Tensor sums = perHead(all.key, 0, weights.kvHeads) + perHead(all.value, 0, weights.kvHeads);
    sums.index_add_(0, owner, perHead(all.query, 0, weights.heads) + perHead(all.output, 1, weights.heads));
    if (m_input.options.salience == "vector") sums = sums.abs();
    return {sums.data_ptr<double>(), sums.data_ptr<double>() + sums.numel()};
  }

 private:
  static bool isAttention(const std::string& name) {
    for (const char* ending :
         {".query.weight", ".key.weight", ".value.weight", "self.output.weight", "cross.output.weight"})
      if (name.ends_with(ending)) return true;
    return false;
  }

  [[nodiscard]] bool needsSquares() const {
    return m_input.options.salience == "second" || m_input.options.salience == "mix";
  }

  template <typename Visit>
  void forEach(Visit&& visit) {
    for (auto& [block, weights] : m_blocks)
      for (Weight* weight : {&weights.query, &weights.key, &weights.value, &weights.output}) visit(*weight);
  }

  /// Element by element what the loss is taken to change by when the element becomes 0.
  [[nodiscard]] torch::Tensor elements(const Weight& weight) const {
    const torch::Tensor value = weight.value.detach().to(torch::kFloat64);
    const std::string& kind = m_input.options.salience;
    if (kind == "vector") return value * weight.gradient;
    if (kind == "second") return (value.square() * weight.squares).abs();
    if (kind == "mix") return (value * weight.gradient - 0.5 * value.square() * weight.squares).abs();
    return (value * weight.gradient).abs();
  }

  [[nodiscard]] torch::Tensor perHead(const Weight& weight, int dimension, int heads) const {
    const torch::Tensor all = elements(weight);
    const torch::Tensor parts = all.unflatten(dimension, {heads, all.size(dimension) / heads});
    return (dimension == 0 ? parts.sum(torch::IntArrayRef({1, 2})) : parts.sum(torch::IntArrayRef({0, 2})))
        .to(torch::kCPU)
        .contiguous();
  }

  const ScoreInput& m_input;
  std::optional<Transformer> m_model;
  std::map<int, BlockWeights> m_blocks;
};

/// Ranks within the block, as shares: the first so many over all blocks are then the same share of each.
std::vector<double> asShares(const std::vector<double>& values) {
  std::vector<double> shares;
  for (const double value : values) {
    const auto below = std::count_if(values.begin(), values.end(), [value](double other) { return other < value; });
    shares.push_back((static_cast<double>(below) + 0.5) / static_cast<double>(values.size()));
  }
  return shares;
}

}  // namespace

HeadScores groupTaylorScores(const ScoreInput& input) {
  const HeadLayout& layout = input.model.layout();
  Salience salience(input);
  HeadScores scores;
  scores.costs = overBatches(input, "taking gradients of weights", 1, true,
                             [&](const EvaluationBatch& batch) { salience.add(batch); });
  for (int block = 0; block < layout.blockCount(); ++block) {
    if (layout.headsIn(block) == 0) continue;
    std::vector<double> groups = salience.groups(block);
    requireFinite(groups, "group-taylor");
    if (input.options.uniform) groups = asShares(groups);
    for (int head = 0; head < layout.headsIn(block); ++head)
      scores.values.push_back(
          groups[static_cast<size_t>(layout.blocks()[static_cast<size_t>(block)].keyValueOf(head))]);
  }
  if (input.options.uniform) scores.note = "the same share of every block";
  return scores;
}

}  // namespace headroom
