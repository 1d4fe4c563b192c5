// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/task_head.h"

namespace headroom {

TaskHead::TaskHead(const ModelConfig& config, const Parameters& parameters)
    : m_task(config.task),
      m_pooling(config.pooling),
      m_poolerKind(config.pooler),
      m_activation(config.headActivation),
      m_padId(config.padId),
      m_poolerDropout(config.poolerDropout),
      m_dropout(config.classifierDropout),
      m_outputScale(config.outputScale),
      m_output(parameters.find(config.tiedOutput ? "embeddings.word" : "output.weight")),
      m_outputBias(parameters.find("head.bias")),
      m_pooler(findLinear(parameters, "pooler")),
      m_classifier(findLinear(parameters, "classifier")),
      m_dense(findLinear(parameters, "head.dense")),
      m_norm(findNorm(parameters, "head.norm", config)) {
  if (m_outputBias.defined()) m_outputBias = m_outputBias.view({-1});
}

torch::Tensor TaskHead::pooled(const torch::Tensor& hidden, const ModelInput& input) const {
  if (m_pooling == Pooling::First) return hidden.select(1, 0);
  torch::Tensor last;
  if (m_padId >= 0) {
    // The last one that is no padding, wherever the padding is; the first one of a row that is nothing else.
    last = (input.ids.ne(m_padId) * torch::arange(input.ids.size(1), input.ids.options())).amax(1);
  } else if (input.mask.defined()) {
    last = (input.mask.sum(1) - 1).clamp_min(0);
  } else {
    return hidden.select(1, hidden.size(1) - 1);
  }
  return hidden.gather(1, last.view({-1, 1, 1}).expand({-1, 1, hidden.size(2)})).squeeze(1);
}

torch::Tensor TaskHead::classes(const torch::Tensor& hidden, const ModelInput& input, bool training,
                                bool linearised) const {
  torch::Tensor x = m_norm(pooled(hidden, input), linearised);
  if (m_poolerKind != Pooler::None) {
    const torch::Tensor in = m_pooler(dropped(x, m_poolerDropout, training)),
                        out = m_poolerKind == Pooler::Tanh ? torch::tanh(in) : torch::relu(in);
    x = linearised ? asProduct(in, out) : out;
  }
  return m_classifier(dropped(x, m_dropout, training));
}

torch::Tensor TaskHead::tokens(const torch::Tensor& hidden, bool linearised) const {
  torch::Tensor x = hidden;
  if (m_task == Task::MaskedLm) {
    const torch::Tensor in = m_dense(x), out = activate(in, m_activation);
    x = m_norm(linearised ? asProduct(in, out) : out, linearised);
  }
  if (m_outputScale != 1) x = x * m_outputScale;
  return torch::linear(x, as(m_output, x), as(m_outputBias, x));
}

torch::Tensor TaskHead::logits(const torch::Tensor& hidden, const ModelInput& input, bool training,
                               bool linearised) const {
  if (predictsTokens(m_task)) return tokens(hidden, linearised);
  if (m_task == Task::QuestionAnswering) return m_classifier(dropped(hidden, m_dropout, training));
  return classes(hidden, input, training, linearised);
}

}  // namespace headroom
