// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/elements.h"
#include "core/model/model_input.h"

namespace headroom {

/// From the last hidden states to what the task asks for.
class TaskHead {
 public:
  TaskHead(const ModelConfig& config, const Parameters& parameters);

  /// `hidden` [batch, length, hidden] -> [batch, labels] for classes, [batch, length, vocabulary] for tokens,
  /// [batch, length, 2] (start, end) for answers.
  /// `linearised`: see LayerOptions.
  [[nodiscard]] torch::Tensor logits(const torch::Tensor& hidden, const ModelInput& input, bool training,
                                     bool linearised = false) const;

 private:
  [[nodiscard]] torch::Tensor pooled(const torch::Tensor& hidden, const ModelInput& input) const;
  [[nodiscard]] torch::Tensor classes(const torch::Tensor& hidden, const ModelInput& input, bool training,
                                      bool linearised) const;
  [[nodiscard]] torch::Tensor tokens(const torch::Tensor& hidden, bool linearised) const;

  Task m_task;
  Pooling m_pooling;
  Pooler m_poolerKind;
  Activation m_activation;
  int m_padId;
  double m_poolerDropout, m_dropout;
  double m_outputScale;
  torch::Tensor m_output;  ///< [vocabulary, hidden]
  torch::Tensor m_outputBias;
  Linear m_pooler, m_classifier, m_dense;
  Norm m_norm;
};

}  // namespace headroom
