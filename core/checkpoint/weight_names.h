// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/model_config.h"
#include "core/checkpoint/tensor_source.h"

namespace headroom {

/// Where a parameter lies in a checkpoint's tensor: as it is, transposed, or a range of rows of what the (transposed)
/// tensor holds.
struct StoredAs {
  std::vector<std::int64_t> shape;  ///< of the tensor in the file
  bool transposed = false;
  int parts = 1;  ///< equal ranges of rows that lie side by side in the tensor
  std::int64_t firstRow = 0;
  bool operator==(const StoredAs&) const = default;
};

/// A parameter that the transformer has. Canonical names, S = encoder or decoder, L = layer:
/// embeddings.word, S.embeddings.{position,type,class,patch.*,norm.*}, S.L.self.{query,key,value,output,norm}.*,
/// decoder.L.cross.*, S.L.ff.{up,gate,down,norm}.*, S.norm.*, S.relative_bias, pooler.*, classifier.*, output.weight,
/// head.{dense,norm}.*, head.bias.
struct ParameterSpec {
  std::string canonical;
  std::string hfName;  ///< as Hugging Face writes it today; several parameters share one where it is cut in parts
  std::vector<std::int64_t> shape;
  StoredAs stored;
  bool noDecay = false;    ///< biases and norms: no weight decay
  bool head = false;       ///< belongs to the task's head: a bare encoder's checkpoint has none
  std::string alsoCalled;  ///< another name that checkpoints use; empty = none
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
  /// Weights of an output projection that the checkpoint has although the configuration takes the word embeddings for
  /// it: they must be the same.
  std::optional<ResolvedParameter> outputCopy;
};

/// Finds every parameter in `source` (with or without the family's prefix, gamma/beta for weight/bias of norms) and
/// checks type and exact shape. Throws Error naming file, tensor, found and expected shape. A missing head is an Error
/// unless `allowMissingHead`.
[[nodiscard]] ResolvedWeights resolveWeights(const TensorSource& source, const ModelConfig& config,
                                             bool allowMissingHead = false);

}  // namespace headroom
