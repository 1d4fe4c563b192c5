// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/low_rank_adapters.h"

#include <cmath>

#include "core/base/error.h"
#include "core/base/rng.h"

namespace headroom {

namespace {

constexpr double kScale = 2, kSpeed = 10;
constexpr std::uint64_t kAdapterStream = 0x6c6f7261;
constexpr const char *kDown = ".adapter_a", *kUp = ".adapter_b";

bool isAdapted(const ParameterSpec& spec) {
  const bool attention =
      spec.canonical.find(".self.") != std::string::npos || spec.canonical.find(".cross.") != std::string::npos;
  return attention && (spec.canonical.ends_with(".query.weight") || spec.canonical.ends_with(".value.weight"));
}

Parameters::Entry adapter(const std::string& name, const torch::Tensor& values, torch::Device device) {
  ParameterSpec spec;
  spec.canonical = name;
  spec.shape = values.sizes().vec();
  return {spec, values.to(device)};
}

/// A, a tenth of it: normal, of variance 1 / in, so that what it gives is spread as what it reads.
torch::Tensor drawn(std::int64_t in, Rng& rng) {
  torch::Tensor values = torch::empty({LowRankAdapters::kRank, in});
  float* data = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    data[i] = static_cast<float>(rng.normal() / (kSpeed * std::sqrt(static_cast<double>(in))));
  return values;
}

}  // namespace

LowRankAdapters::LowRankAdapters(const Transformer& model, std::uint64_t seed)
    : m_weights(model.parameters()), m_learnsHead(!predictsTokens(model.config().task)) {
  Rng rng(seed, kAdapterStream);
  std::vector<Parameters::Entry> entries;
  for (const Parameters::Entry& entry : m_weights.entries()) {
    const torch::Device device = entry.tensor.device();
    if (learnsWhole(entry.spec))
      entries.push_back({entry.spec, entry.tensor.detach().to(torch::kFloat32, false, true)});
    if (!isAdapted(entry.spec) || entry.tensor.numel() == 0) continue;
    const std::int64_t out = entry.tensor.size(0), in = entry.tensor.size(1);
    entries.push_back(adapter(entry.spec.canonical + kDown, drawn(in, rng), device));
    entries.push_back(adapter(entry.spec.canonical + kUp, torch::zeros({out, kRank}), device));
  }
  if (entries.empty())
    throw Error(ErrorKind::BadInput,
                "lora: found neither a head of attention nor a classifier's in the pruned model, expected weights to "
                "adapt; keep more heads");
  m_learned = Parameters(std::move(entries));
}

Parameters LowRankAdapters::adapted() const {
  std::vector<Parameters::Entry> entries = m_weights.entries();
  for (Parameters::Entry& entry : entries) {
    const std::string& name = entry.spec.canonical;
    if (learnsWhole(entry.spec))
      entry.tensor = m_learned.at(name);
    else if (const torch::Tensor up = m_learned.find(name + kUp); up.defined())
      entry.tensor =
          torch::addmm(entry.tensor.to(torch::kFloat32), up, m_learned.at(name + kDown), 1, kScale * kSpeed * kSpeed);
  }
  return Parameters(std::move(entries));
}

}  // namespace headroom
