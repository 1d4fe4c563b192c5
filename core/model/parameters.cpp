// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parameters.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/rng.h"

namespace headroom {

namespace {

torch::ScalarType scalarType(Dtype dtype) {
  switch (dtype) {
    case Dtype::F64: return torch::kFloat64;
    case Dtype::F32: return torch::kFloat32;
    case Dtype::F16: return torch::kFloat16;
    case Dtype::BF16: return torch::kBFloat16;
    case Dtype::I64: return torch::kInt64;
    case Dtype::I32: return torch::kInt32;
    case Dtype::I16: return torch::kInt16;
    case Dtype::I8: return torch::kInt8;
    case Dtype::U8: return torch::kUInt8;
    case Dtype::Bool: return torch::kBool;
  }
  throw Error(ErrorKind::BadFile, "tensor: unknown element type");
}

Dtype dtypeOf(torch::ScalarType type) {
  for (const Dtype dtype : {Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::I64, Dtype::I32, Dtype::I16,
                            Dtype::I8, Dtype::U8, Dtype::Bool})
    if (scalarType(dtype) == type) return dtype;
  throw Error(ErrorKind::BadInput, "tensor: element type cannot be written");
}

std::span<std::byte> bytesOf(const torch::Tensor& contiguous) {
  return {static_cast<std::byte*>(contiguous.data_ptr()), contiguous.nbytes()};
}

torch::Tensor onCpu(const torch::Tensor& tensor) { return tensor.detach().to(torch::kCPU).contiguous(); }

/// A parameter out of the tensor that a checkpoint stores it in.
torch::Tensor fromStored(torch::Tensor stored, const ParameterSpec& spec) {
  if (spec.stored.transposed) stored = stored.t();
  if (spec.stored.parts > 1) stored = stored.narrow(0, spec.stored.firstRow, spec.shape.front());
  return stored.contiguous();
}

/// By the bits: a number of any floating type is none when all bits of its exponent are set.
template <typename Bits>
bool allFinite(std::span<const std::byte> bytes, Bits exponent) {
  bool finite = true;
  for (size_t at = 0; at < bytes.size(); at += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, bytes.data() + at, sizeof bits);
    finite &= (bits & exponent) != exponent;
  }
  return finite;
}

bool allFinite(std::span<const std::byte> bytes, Dtype dtype) {
  switch (dtype) {
    case Dtype::F64: return allFinite(bytes, std::uint64_t{0x7ff0'0000'0000'0000});
    case Dtype::F32: return allFinite(bytes, std::uint32_t{0x7f80'0000});
    case Dtype::F16: return allFinite(bytes, std::uint16_t{0x7c00});
    case Dtype::BF16: return allFinite(bytes, std::uint16_t{0x7f80});
    default: return true;
  }
}

torch::Tensor tensorOver(const MappedTensor& mapped, const TensorInfo& info) {
  return torch::from_blob(
      mapped.bytes.data(), info.shape, [file = mapped.file](void*) {},
      torch::TensorOptions().dtype(scalarType(info.dtype)));
}

/// A parameter where the file has it, else copied, looked through for what is no number.
torch::Tensor loadOne(const TensorSource& source, const ResolvedParameter& parameter) {
  std::optional<MappedTensor> mapped;
  // A transposed one is copied anyway: out of the file's own memory that would be two copies.
  if (!parameter.spec.stored.transposed) mapped = source.map(parameter.source);
  const torch::Tensor stored =
      mapped ? tensorOver(*mapped, source.info(parameter.source)) : readTensor(source, parameter.source);
  if (!allFinite(bytesOf(stored), parameter.dtype))
    throw Error(ErrorKind::BadFile,
                source.fileOf(parameter.source) + ": tensor " + parameter.source +
                    ": found a value that is no number, expected finite weights; export the model again");
  if (mapped) {
    mapped->file->requireIntact();
    // What was looked through is not needed in memory before it is used.
    mapped->file->release(mapped->bytes);
  }
  return fromStored(stored, parameter.spec);
}

/// Of a tied model both are the same, or the configuration is of another model.
void requireTiedOutput(const TensorSource& source, const ResolvedParameter& copy, const torch::Tensor& embeddings,
                       const ModelConfig& config) {
  const torch::Tensor output = loadOne(source, copy);
  if (torch::equal(output, embeddings.to(torch::kCPU, output.scalar_type()))) return;
  throw Error(ErrorKind::BadFile, source.fileOf(copy.source) + ": tensor " + copy.source +
                                      ": found other values than in the word embeddings, expected the same as " +
                                      config.path +
                                      " says tie_word_embeddings true; write false there if the model has an output "
                                      "projection of its own");
}

/// What a checkpoint stores under one name: one parameter, or the parts that share the name.
struct StoredTensor {
  std::string name;
  StoredAs stored;
  std::vector<torch::Tensor> parts;

  [[nodiscard]] torch::Tensor join() const {
    const torch::Tensor whole = parts.size() == 1 ? parts.front() : torch::cat(parts);
    return stored.transposed ? whole.t() : whole;
  }
};

/// In the order in which the names first occur.
std::vector<StoredTensor> storedTensors(const std::vector<Parameters::Entry>& entries) {
  std::vector<StoredTensor> stored;
  for (const Parameters::Entry& entry : entries) {
    // Parts of one tensor follow each other in the tables, biases in between.
    const auto same = std::find_if(stored.rbegin(), stored.rend(),
                                   [&](const StoredTensor& t) { return t.name == entry.spec.hfName; });
    if (entry.spec.stored.parts > 1 && same != stored.rend()) {
      same->parts.push_back(entry.tensor.detach());
    } else {
      stored.push_back({entry.spec.hfName, entry.spec.stored, {entry.tensor.detach()}});
    }
  }
  return stored;
}

}  // namespace

torch::Tensor readTensor(const TensorSource& source, const std::string& name) {
  const TensorInfo& info = source.info(name);
  torch::Tensor tensor = torch::empty(info.shape, torch::TensorOptions().dtype(scalarType(info.dtype)));
  source.read(name, bytesOf(tensor));
  return tensor;
}

TensorToWrite tensorToWrite(const std::string& name, const torch::Tensor& tensor) {
  return {name, dtypeOf(tensor.scalar_type()), tensor.sizes().vec(), [tensor](const ByteSink& sink) {
            const torch::Tensor ready = onCpu(tensor);
            sink(bytesOf(ready));
          }};
}

Parameters::Parameters(std::vector<Entry> entries) : m_entries(std::move(entries)) {
  for (size_t i = 0; i < m_entries.size(); ++i) m_index[m_entries[i].spec.canonical] = i;
}

Parameters Parameters::load(const TensorSource& source, const ModelConfig& config, torch::Device device) {
  const ResolvedWeights resolved = resolveWeights(source, config);
  std::vector<Entry> entries;
  for (const ResolvedParameter& parameter : resolved.parameters)
    entries.push_back({parameter.spec, loadOne(source, parameter).to(device)});
  Parameters loaded(std::move(entries));
  if (resolved.outputCopy) requireTiedOutput(source, *resolved.outputCopy, loaded.at("embeddings.word"), config);
  return loaded;
}

Parameters Parameters::random(const ModelConfig& config, std::uint64_t seed) {
  Rng rng(seed, 0x696e6974);
  std::vector<Entry> entries;
  for (const ParameterSpec& spec : parameterSpecs(config)) {
    torch::Tensor tensor = torch::zeros(spec.shape);
    if (!spec.noDecay) {
      float* values = tensor.data_ptr<float>();
      for (std::int64_t i = 0; i < tensor.numel(); ++i)
        values[i] = static_cast<float>(config.initializerRange * rng.normal());
      if (spec.canonical == "embeddings.word" && config.padId >= 0) tensor[config.padId].zero_();
    } else if (spec.canonical.ends_with("norm.weight")) {
      tensor.fill_(1);
    }
    entries.push_back({spec, tensor});
  }
  return Parameters(std::move(entries));
}

torch::Tensor Parameters::find(const std::string& canonical) const {
  const auto found = m_index.find(canonical);
  return found == m_index.end() ? torch::Tensor() : m_entries[found->second].tensor;
}

const torch::Tensor& Parameters::at(const std::string& canonical) const {
  const auto found = m_index.find(canonical);
  TORCH_INTERNAL_ASSERT(found != m_index.end(), "no parameter ", canonical);
  return m_entries[found->second].tensor;
}

std::int64_t Parameters::count() const {
  std::int64_t sum = 0;
  for (const Entry& entry : m_entries) sum += entry.tensor.numel();
  return sum;
}

Parameters Parameters::to(torch::Device device, torch::ScalarType type) const {
  std::vector<Entry> entries = m_entries;
  for (Entry& entry : entries) entry.tensor = entry.tensor.detach().to(device, type);
  return Parameters(std::move(entries));
}

Parameters Parameters::clone() const {
  std::vector<Entry> entries = m_entries;
  for (Entry& entry : entries) entry.tensor = entry.tensor.detach().to(torch::kFloat32, false, true);
  return Parameters(std::move(entries));
}

Dtype Parameters::storedType() const { return dtypeOf(m_entries.front().tensor.scalar_type()); }

std::vector<TensorToWrite> Parameters::toWrite() const {
  std::vector<TensorToWrite> tensors;
  for (const StoredTensor& stored : storedTensors(m_entries))
    tensors.push_back(
        {stored.name, dtypeOf(stored.parts.front().scalar_type()), stored.stored.shape, [stored](const ByteSink& sink) {
           const torch::Tensor ready = onCpu(stored.join());
           sink(bytesOf(ready));
         }});
  return tensors;
}

std::string weightsSha256(const Parameters& parameters, const std::vector<double>& logAlpha) {
  std::vector<StoredTensor> byName = storedTensors(parameters.entries());
  std::sort(byName.begin(), byName.end(), [](const StoredTensor& a, const StoredTensor& b) { return a.name < b.name; });
  Sha256 digest;
  for (const StoredTensor& stored : byName) {
    const torch::Tensor ready = onCpu(stored.join());
    digest.update(bytesOf(ready));
  }
  digest.update(std::as_bytes(std::span(logAlpha)));
  return digest.hex();
}

std::string attentionPrefix(const BlockId& id) {
  return std::string(id.stack == Stack::Encoder ? "encoder." : "decoder.") + std::to_string(id.layer) +
         (id.kind == AttentionKind::Self ? ".self." : ".cross.");
}

}  // namespace headroom
