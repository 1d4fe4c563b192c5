// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/runtime_gates.h"

#include <numeric>
#include <set>
#include <string>

#include "core/base/error.h"

namespace headroom {

void requireEncoderOnly(const ModelConfig& config, const std::string& method) {
  if (config.stacks.size() == 1 && config.stacks.front().stack == Stack::Encoder) return;
  throw Error(ErrorKind::BadInput, method +
                                       ": found a model with a decoder, expected an encoder only; a choice by input "
                                       "would look at tokens that are still to come");
}

torch::Tensor forwardWithGates(const Transformer& model, const EvaluationBatch& batch, RuntimeGates& gates,
                               bool training, const std::function<void(int block, const torch::Tensor& gates)>& seen) {
  gates.begin(batch);
  PassState state = model.begin(batch.input, training);
  for (int layer = 0; layer < model.layerCount(); ++layer) {
    const BlockOutputHook choose = [&, input = state.hidden](int block, const torch::Tensor& outputs) {
      const torch::Tensor chosen = gates.gates(layer, input, outputs);
      if (seen) seen(block, chosen);
      return outputs * chosen.unsqueeze(-1).unsqueeze(-1);
    };
    LayerOptions options;
    options.training = training;
    options.outputs = &choose;
    state = model.next(state, layer, batch.input, options);
  }
  return model.finish(state, batch.input, training);
}

RuntimeTally evaluateWithGates(const Transformer& model, RuntimeGates& gates, const EvaluationSet& data,
                               const JobContext& context) {
  const torch::NoGradGuard noGrad;
  const HeadLayout& layout = model.layout();
  RuntimeTally result{data.emptyTally(), std::vector<double>(static_cast<size_t>(layout.headCount()), 0), 0, 0};
  std::set<std::string> masks;
  for (const EvaluationBatch& batch : data.batches()) {
    context.checkStop();
    std::vector<std::string> rows(batch.examples.size());
    const torch::Tensor logits =
        forwardWithGates(model, batch, gates, false, [&](int block, const torch::Tensor& chosen) {
          const torch::Tensor kept = chosen.gt(0).to(torch::kCPU).contiguous();
          const bool* next = kept.data_ptr<bool>();
          for (std::int64_t row = 0; row < kept.size(0); ++row)
            for (std::int64_t head = 0; head < kept.size(1); ++head) {
              const bool one = *next++;
              rows[static_cast<size_t>(row)] += one ? '1' : '0';
              result.keepFrequency[static_cast<size_t>(layout.firstOf(block) + head)] += one ? 1 : 0;
            }
        });
    data.add(batch, logits, result.tally);
    masks.insert(rows.begin(), rows.end());
    context.report({"choosing heads by input", result.tally.examples, data.exampleCount(), -1});
    context.yield();
  }
  for (double& share : result.keepFrequency)
    share /= static_cast<double>(std::max<std::int64_t>(1, data.exampleCount()));
  result.meanKept = std::accumulate(result.keepFrequency.begin(), result.keepFrequency.end(), 0.0);
  result.masks = static_cast<std::int64_t>(masks.size());
  return result;
}

}  // namespace headroom
