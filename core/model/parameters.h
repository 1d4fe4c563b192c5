// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/weight_names.h"
#include "core/model/torch_api.h"

namespace headroom {

/// The named weights of one transformer in the order of parameterSpecs(). Copies share the tensors' memory, and that of
/// the file they were loaded from: see MappedFile.
class Parameters {
 public:
  struct Entry {
    ParameterSpec spec;
    torch::Tensor tensor;
  };

  Parameters() = default;
  explicit Parameters(std::vector<Entry> entries);

  /// Every tensor in the file's own element type on `device`. On the CPU it stays where the file has it; only
  /// transposed ones are copied, one at a time. Looks at each value once, and throws Error for a weight that is
  /// missing, misshapen or not a number, or for an output projection that the configuration denies.
  static Parameters load(const TensorSource& source, const ModelConfig& config, torch::Device device);
  /// Fresh weights as Hugging Face initialises BERT: normal(0, initializerRange), biases 0, norms 1.
  static Parameters random(const ModelConfig& config, std::uint64_t seed);

  [[nodiscard]] const torch::Tensor& at(const std::string& canonical) const;
  /// Undefined when the model has no such parameter.
  [[nodiscard]] torch::Tensor find(const std::string& canonical) const;
  [[nodiscard]] const std::vector<Entry>& entries() const { return m_entries; }
  [[nodiscard]] std::int64_t count() const;

  /// The same weights with other element type or place; shares what needs no change.
  [[nodiscard]] Parameters to(torch::Device device, torch::ScalarType type) const;
  /// A float32 copy that shares nothing, for training.
  [[nodiscard]] Parameters clone() const;
  /// Element type of the embeddings, which all large weights share but in oddly made files.
  [[nodiscard]] Dtype storedType() const;
  /// For writeSafetensors(), by Hugging Face name, each in its own element type.
  [[nodiscard]] std::vector<TensorToWrite> toWrite() const;

 private:
  std::vector<Entry> m_entries;
  std::map<std::string, size_t> m_index;
};

/// What the canonical names of an attention block's weights begin with: "encoder.3.self.".
[[nodiscard]] std::string attentionPrefix(const BlockId& id);

/// A tensor's bytes for writing; copies to the CPU when its turn has come.
[[nodiscard]] TensorToWrite tensorToWrite(const std::string& name, const torch::Tensor& tensor);
/// One tensor in its own element type, copied to the CPU's memory.
[[nodiscard]] torch::Tensor readTensor(const TensorSource& source, const std::string& name);

/// SHA-256 over the bytes of the weights in the order of their Hugging Face names, then over `logAlpha` where there is
/// one.
[[nodiscard]] std::string weightsSha256(const Parameters& parameters, const std::vector<double>& logAlpha);

}  // namespace headroom
