// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/checkpoint/model_config.h"
#include "core/checkpoint/tensor_source.h"

namespace headroom {

/// A parameter that the transformer has. For BERT the canonical names are embeddings.{word,position,type},
/// embeddings.norm.{weight,bias}, encoder.{L}.self.{query,key,value,output}.{weight,bias},
/// encoder.{L}.self.norm.{weight,bias}, encoder.{L}.ff.{up,down}.{weight,bias}, encoder.{L}.ff.norm.{weight,bias},
/// pooler.{weight,bias}, classifier.{weight,bias}.
struct ParameterSpec {
  std::string canonical;
  std::string hfName;  ///< as Hugging Face writes it today
  std::vector<std::int64_t> shape;
  bool noDecay = false;  ///< biases and norms: no weight decay
  bool head = false;     ///< pooler or classifier: a bare encoder's checkpoint has none
};

/// Every parameter of the model in the order of computation.
[[nodiscard]] std::vector<ParameterSpec> parameterSpecs(const ModelConfig& config);
/// Sum of all elements; needs no weights.
[[nodiscard]] std::int64_t parameterCount(const ModelConfig& config);

struct ResolvedParameter {
  ParameterSpec spec;
  std::string source;  ///< the tensor's name in the checkpoint; empty when it is missing
  Dtype dtype = Dtype::F32;
};

/// What a checkpoint offers for a model, in the order of parameterSpecs().
struct ResolvedWeights {
  std::vector<ResolvedParameter> parameters;
  std::vector<std::string> missing;  ///< canonical names of head parameters that the checkpoint lacks
  std::vector<std::string> unused;   ///< tensors of the checkpoint that the model has no use for
};

/// Finds every parameter in `source` (with or without the family's prefix, gamma/beta for weight/bias of norms) and
/// checks type and exact shape. Throws Error naming file, tensor, found and expected shape. A missing head is an Error
/// unless `allowMissingHead`.
[[nodiscard]] ResolvedWeights resolveWeights(const TensorSource& source, const ModelConfig& config,
                                             bool allowMissingHead = false);

}  // namespace headroom
