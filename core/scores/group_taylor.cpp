// SPDX-License-Identifier: GPL-3.0-or-later
// LLM-Pruner (Ma, Fang & Wang 2023): what the weights that belong to a head are worth to the loss, by their own
// gradients. Query heads that share a key/value head are one group and have one score. By default every block loses the
// same share of its groups, as theirs does.
#include <algorithm>
#include <map>

#include "core/scores/one_pass.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

/// What a weight's gradients have said so far.
struct Gradients {
  torch::Tensor mean;
  torch::Tensor squares;  ///< mean of the squares, where asked for
};

/// Ranks within the block, as shares: the first so many over all blocks are then the same share of each. Ties go to the
/// smaller index, or a block of equal values would lose all of its heads first.
std::vector<double> asShares(const std::vector<double>& values) {
  std::vector<double> shares(values.size());
  double left = static_cast<double>(values.size());
  for (const int best : keepOrder(values))
    shares[static_cast<size_t>(best)] = (left-- - 0.5) / static_cast<double>(values.size());
  return shares;
}

class GroupTaylor final : public PassScore {
 public:
  explicit GroupTaylor(const ScoreInput& input) : m_input(input) {}

  PassNeeds needs() const override { return {.weightGradients = true}; }

  void seeWeightGradients(const std::map<std::string, torch::Tensor>& gradients) override {
    const double share = 1.0 / static_cast<double>(std::max<std::int64_t>(1, m_input.calibration.exampleCount()));
    for (const auto& [name, gradient] : gradients) {
      Gradients& seen = m_gradients[name];
      if (!seen.mean.defined()) seen.mean = torch::zeros_like(gradient);
      seen.mean.add_(gradient, share);
      if (!needsSquares()) continue;
      if (!seen.squares.defined()) seen.squares = torch::zeros_like(gradient);
      seen.squares.addcmul_(gradient, gradient, share);
    }
  }

  HeadScores finish() override {
    const HeadLayout& layout = m_input.model.layout();
    HeadScores scores;
    for (int block = 0; block < layout.blockCount(); ++block) {
      if (layout.headsIn(block) == 0) continue;
      std::vector<double> groups = groupsOf(block);
      requireFinite(groups, "group-taylor");
      if (m_input.options.uniform) groups = asShares(groups);
      for (int head = 0; head < layout.headsIn(block); ++head)
        scores.values.push_back(
            groups[static_cast<size_t>(layout.blocks()[static_cast<size_t>(block)].keyValueOf(head))]);
    }
    if (m_input.options.uniform) scores.note = "the same share of every block";
    return scores;
  }

 private:
  [[nodiscard]] bool needsSquares() const {
    return m_input.options.salience == "second" || m_input.options.salience == "mix";
  }

  /// One number a key/value group of the block.
  [[nodiscard]] std::vector<double> groupsOf(int block) const {
    const AttentionWeights& weights = m_input.model.attention(block);
    // A group's query heads stand side by side, in equal numbers unless heads were pruned before.
    const torch::Tensor owner =
        weights.kvOf.defined() ? weights.kvOf.to(torch::kCPU) : torch::arange(weights.heads, torch::kInt64);
    const std::string prefix = attentionPrefix(m_input.model.layout().blocks()[static_cast<size_t>(block)].id);
    torch::Tensor sums =
        perHead(prefix + "key.weight", 0, weights.kvHeads) + perHead(prefix + "value.weight", 0, weights.kvHeads);
    sums.index_add_(
        0, owner,
        perHead(prefix + "query.weight", 0, weights.heads) + perHead(prefix + "output.weight", 1, weights.heads));
    if (m_input.options.salience == "vector") sums = sums.abs();
    return {sums.data_ptr<double>(), sums.data_ptr<double>() + sums.numel()};
  }

  /// Element by element what the loss is taken to change by when the element becomes 0.
  [[nodiscard]] torch::Tensor elements(const std::string& name) const {
    const torch::NoGradGuard noGrad;
    const Gradients& seen = m_gradients.at(name);
    const torch::Tensor value = m_input.model.parameters().find(name).to(torch::kFloat64);
    const std::string& kind = m_input.options.salience;
    if (kind == "vector") return value * seen.mean;
    if (kind == "second") return (value.square() * seen.squares).abs();
    if (kind == "mix") return (value * seen.mean - 0.5 * value.square() * seen.squares).abs();
    return (value * seen.mean).abs();
  }

  [[nodiscard]] torch::Tensor perHead(const std::string& name, int dimension, int heads) const {
    const torch::Tensor all = elements(name);
    const torch::Tensor parts = all.unflatten(dimension, {heads, all.size(dimension) / heads});
    return (dimension == 0 ? parts.sum(torch::IntArrayRef({1, 2})) : parts.sum(torch::IntArrayRef({0, 2})))
        .to(torch::kCPU)
        .contiguous();
  }

  const ScoreInput& m_input;
  std::map<std::string, Gradients> m_gradients;
};

}  // namespace

std::unique_ptr<PassScore> makeGroupTaylor(const ScoreInput& input) { return std::make_unique<GroupTaylor>(input); }
HeadScores groupTaylorScores(const ScoreInput& input) { return inOnePass(input, makeGroupTaylor(input)); }

}  // namespace headroom
