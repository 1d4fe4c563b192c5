// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scores/one_pass.h"

#include <algorithm>

#include "core/data/dataset.h"

namespace headroom {

namespace {

bool isAttentionWeight(const std::string& name) {
  for (const char* ending :
       {".query.weight", ".key.weight", ".value.weight", "self.output.weight", "cross.output.weight"})
    if (name.ends_with(ending)) return true;
  return false;
}

double judgedTokens(const EvaluationBatch& batch) {
  return static_cast<double>(batch.targets.tokens.ne(kNoTarget).sum().item<std::int64_t>());
}

/// The model over the same memory, its attention weights asking for gradients.
Transformer withWeightGradients(const Transformer& model) {
  std::vector<Parameters::Entry> entries = model.parameters().entries();
  for (Parameters::Entry& entry : entries) {
    entry.tensor = entry.tensor.detach();
    // A block without heads keeps weights of no elements, which no gradient reaches.
    if (isAttentionWeight(entry.spec.canonical) && entry.tensor.numel() > 0) entry.tensor.set_requires_grad(true);
  }
  return {model.config(), Parameters(std::move(entries)), model.computeType()};
}

/// A head output that gradients are asked of.
torch::Tensor asking(const torch::Tensor& outputs) {
  return outputs.requires_grad() ? outputs : outputs.detach().set_requires_grad(true);
}

torch::Tensor product(const torch::Tensor& gradients, const torch::Tensor& outputs) {
  const torch::NoGradGuard noGrad;
  return (gradients * outputs).sum(-1);
}

/// d(value)/d(each); 0 where the value does not depend on it, as on an encoder that no cross-attention head reads.
std::vector<torch::Tensor> gradientsOf(const torch::Tensor& value, const std::vector<torch::Tensor>& of) {
  std::vector<torch::Tensor> found(of.size());
  if (!of.empty() && value.requires_grad()) found = torch::autograd::grad({value}, of, {}, {}, false, true);
  for (size_t i = 0; i < of.size(); ++i)
    if (!found[i].defined()) found[i] = torch::zeros_like(of[i]);
  return found;
}

class Pass {
 public:
  Pass(const ScoreInput& input, std::span<const std::unique_ptr<PassScore>> scores)
      : m_scores(scores), m_model(input.model), m_counts(input.calibration) {
    for (const auto& score : scores) {
      const PassNeeds needs = score->needs();
      m_needs.maps |= needs.maps;
      m_needs.outputs |= needs.outputs;
      m_needs.outputGradients |= needs.outputGradients;
      m_needs.weightGradients |= needs.weightGradients;
    }
    if (m_needs.weightGradients) m_model = withWeightGradients(input.model);
    for (const Parameters::Entry& entry : m_model.parameters().entries())
      if (m_needs.weightGradients && entry.tensor.requires_grad()) m_weights.push_back(&entry);
  }

  [[nodiscard]] const PassNeeds& needs() const { return m_needs; }

  void show(const EvaluationBatch& batch) {
    const torch::AutoGradMode gradients(m_needs.gradients());
    ForwardOptions options;
    if (m_needs.maps)
      options.observer = [&](int block, const torch::Tensor&, const torch::Tensor& maps) {
        for (const auto& score : m_scores) score->seeMaps(batch, block, maps);
      };
    std::vector<int> blocks;
    std::vector<torch::Tensor> outputs;
    if (m_needs.outputs || m_needs.outputGradients)
      options.outputs = [&](int block, const torch::Tensor& found) {
        const torch::Tensor used = m_needs.outputGradients ? asking(found) : found;
        const torch::NoGradGuard noGrad;
        for (const auto& score : m_scores) score->seeOutputs(batch, block, used.detach());
        blocks.push_back(block);
        outputs.push_back(used);
        return used;
      };
    const torch::Tensor logits = m_model.forward(batch.input, options).logits;
    const double counts = m_needs.gradients() ? m_counts.of(batch) : 0;
    if (counts > 0) showGradients(taskLoss(logits, batch.targets) * counts, blocks, outputs);
  }

 private:
  void showGradients(const torch::Tensor& loss, const std::vector<int>& blocks,
                     const std::vector<torch::Tensor>& outputs) const {
    std::vector<torch::Tensor> wanted;
    if (m_needs.outputGradients) wanted = outputs;
    for (const Parameters::Entry* weight : m_weights) wanted.push_back(weight->tensor);
    const std::vector<torch::Tensor> found = gradientsOf(loss, wanted);
    const size_t first = wanted.size() - m_weights.size();
    for (size_t i = 0; i < first; ++i) {
      const torch::Tensor gates = product(found[i], outputs[i].detach());
      for (const auto& score : m_scores) score->seeGateGradients(blocks[i], gates);
    }
    std::map<std::string, torch::Tensor> gradients;
    for (size_t i = 0; i < m_weights.size(); ++i) gradients[m_weights[i]->spec.canonical] = found[first + i];
    if (m_needs.weightGradients)
      for (const auto& score : m_scores) score->seeWeightGradients(gradients);
  }

  std::span<const std::unique_ptr<PassScore>> m_scores;
  Transformer m_model;
  BatchWeights m_counts;
  PassNeeds m_needs;
  std::vector<const Parameters::Entry*> m_weights;
};

}  // namespace

BatchWeights::BatchWeights(const EvaluationSet& set) {
  double judged = 0;
  for (const EvaluationBatch& batch : set.batches()) {
    if (!batch.targets.tokens.defined()) return;
    judged += judgedTokens(batch);
  }
  m_perToken = static_cast<double>(set.exampleCount()) / std::max(1.0, judged);
}

double BatchWeights::of(const EvaluationBatch& batch) const {
  return batch.targets.tokens.defined() ? judgedTokens(batch) * m_perToken : static_cast<double>(batch.examples.size());
}

std::vector<HeadScores> inOnePass(const ScoreInput& input, std::span<const std::unique_ptr<PassScore>> scores) {
  Pass pass(input, scores);
  const PassCosts costs = overBatches(input, "judging heads", 1, pass.needs().gradients(),
                                      [&](const EvaluationBatch& batch) { pass.show(batch); });
  std::vector<HeadScores> all;
  for (const auto& score : scores) {
    all.push_back(score->finish());
    all.back().costs = costs;
  }
  return all;
}

HeadScores inOnePass(const ScoreInput& input, std::unique_ptr<PassScore> score) {
  const std::unique_ptr<PassScore> one[] = {std::move(score)};
  return std::move(inOnePass(input, one).front());
}

std::vector<torch::Tensor> gateGradients(const Transformer& model, const EvaluationBatch& batch, double open,
                                         bool linearised,
                                         const std::function<torch::Tensor(const torch::Tensor& logits)>& target) {
  std::vector<int> blocks;
  std::vector<torch::Tensor> outputs, gated;
  ForwardOptions options;
  options.linearised = linearised;
  options.outputs = [&](int block, const torch::Tensor& found) {
    blocks.push_back(block);
    outputs.push_back(found.detach());
    gated.push_back(asking(open == 1 ? found : found * open));
    return gated.back();
  };
  const torch::Tensor wanted = target(model.forward(batch.input, options).logits);
  const std::vector<torch::Tensor> found = gradientsOf(wanted, gated);
  std::vector<torch::Tensor> gradients(static_cast<size_t>(model.layout().blockCount()));
  for (size_t i = 0; i < blocks.size(); ++i) gradients[static_cast<size_t>(blocks[i])] = product(found[i], outputs[i]);
  return gradients;
}

void addToHeads(const HeadLayout& layout, int block, const torch::Tensor& heads, std::vector<double>& sums) {
  const torch::Tensor ready = heads.to(torch::kCPU, torch::kFloat64);
  for (int head = 0; head < layout.headsIn(block); ++head)
    sums[static_cast<size_t>(layout.firstOf(block) + head)] += ready[head].item<double>();
}

}  // namespace headroom
