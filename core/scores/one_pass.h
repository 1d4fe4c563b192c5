// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/scores/score_method.h"

namespace headroom {

/// How much each batch's mean loss counts, in examples: as many as it has or, where tokens are judged, its share of all
/// judged tokens. The sum over batches is then the loss of all examples times their number, however they are batched.
class BatchWeights {
 public:
  explicit BatchWeights(const EvaluationSet& set);
  [[nodiscard]] double of(const EvaluationBatch& batch) const;

 private:
  double m_perToken = 0;
};

/// What a score wants to see of a pass.
struct PassNeeds {
  bool maps = false;
  bool outputs = false;
  bool outputGradients = false;
  bool weightGradients = false;
  [[nodiscard]] bool gradients() const { return outputGradients || weightGradients; }
};

/// A score that comes from one pass over the calibration examples, forward or forward and back. Several may look at the
/// same pass. What it is shown carries no gradients; a block without heads is not shown.
class PassScore {
 public:
  virtual ~PassScore() = default;
  [[nodiscard]] virtual PassNeeds needs() const = 0;
  /// Attention maps, [rows, heads, query, key].
  virtual void seeMaps(const EvaluationBatch& /*batch*/, int /*block*/, const torch::Tensor& /*maps*/) {}
  /// Head outputs before the output projection, [rows, heads, query, d].
  virtual void seeOutputs(const EvaluationBatch& /*batch*/, int /*block*/, const torch::Tensor& /*outputs*/) {}
  /// d loss / d gate by token where all gates are open, [rows, heads, query]: <d loss / d output, output>. Over
  /// all batches the loss sums to that of all examples times their number.
  virtual void seeGateGradients(int /*block*/, const torch::Tensor& /*gradients*/) {}
  /// d loss / d weight of the attention blocks, by the weights' canonical names.
  virtual void seeWeightGradients(const std::map<std::string, torch::Tensor>& /*gradients*/) {}
  /// After the last batch; costs are not this score's to know.
  [[nodiscard]] virtual HeadScores finish() = 0;
};

/// One pass for all of them; the results in their order, each with what the pass cost.
[[nodiscard]] std::vector<HeadScores> inOnePass(const ScoreInput& input,
                                                std::span<const std::unique_ptr<PassScore>> scores);
/// A pass for one score.
[[nodiscard]] HeadScores inOnePass(const ScoreInput& input, std::unique_ptr<PassScore> score);

/// d target(logits) / d gate by token, one tensor [rows, heads, query] a block (undefined for one without heads), with
/// every gate at `open`; relevances where the pass is `linearised` (see LayerOptions).
[[nodiscard]] std::vector<torch::Tensor> gateGradients(
    const Transformer& model, const EvaluationBatch& batch, double open, bool linearised,
    const std::function<torch::Tensor(const torch::Tensor& logits)>& target);

/// Adds one number a head of a block, [heads], to a sum over batches.
void addToHeads(const HeadLayout& layout, int block, const torch::Tensor& heads, std::vector<double>& sums);

}  // namespace headroom
