// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/elements.h"

#include "core/base/error.h"

namespace headroom {

Linear findLinear(const Parameters& parameters, const std::string& name) {
  return {parameters.find(name + ".weight"), parameters.find(name + ".bias")};
}

Norm findNorm(const Parameters& parameters, const std::string& name, const ModelConfig& config) {
  return {parameters.find(name + ".weight"), parameters.find(name + ".bias"), config.norm, config.normEps};
}

torch::Tensor Norm::operator()(const torch::Tensor& x) const {
  if (!defined()) return x;
  if (kind == NormKind::LayerNorm) return torch::layer_norm(x, {x.size(-1)}, as(weight, x), as(bias, x), eps);
  // The variance of short types is summed in float32, as Hugging Face does.
  const torch::Tensor wide = x.to(torch::kFloat32);
  const torch::Tensor scale = torch::rsqrt(wide.pow(2).mean(-1, true) + eps);
  return as(weight, x) * (wide * scale).to(x.scalar_type());
}

torch::Tensor activate(const torch::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::Gelu: return torch::gelu(x);
    case Activation::GeluTanh: return torch::gelu(x, "tanh");
    case Activation::Relu: return torch::relu(x);
    case Activation::Silu: return torch::silu(x);
  }
  throw Error(ErrorKind::BadInput, "config.json: unknown activation");
}

torch::Tensor dropped(const torch::Tensor& x, double probability, bool training) {
  return training && probability > 0 ? torch::dropout(x, probability, true) : x;
}

torch::Tensor FeedForward::operator()(const torch::Tensor& x, bool training) const {
  const torch::Tensor inner = gate.defined() ? activate(gate(x), activation) * up(x) : activate(up(x), activation);
  return down(dropped(inner, dropout, training));
}

}  // namespace headroom
