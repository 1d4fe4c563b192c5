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

torch::Tensor Norm::operator()(const torch::Tensor& x, bool linearised) const {
  if (!defined()) return x;
  if (linearised) {
    const torch::Tensor centred = kind == NormKind::LayerNorm ? x - x.mean(-1, true) : x;
    const torch::Tensor scaled = centred * torch::rsqrt(centred.pow(2).mean(-1, true) + eps).detach() * as(weight, x);
    return bias.defined() ? scaled + as(bias, x) : scaled;
  }
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

torch::Tensor asProduct(const torch::Tensor& x, const torch::Tensor& y) {
  return x * torch::where(x.eq(0), torch::zeros_like(x), y / x).detach();
}

torch::Tensor dropped(const torch::Tensor& x, double probability, bool training) {
  return training && probability > 0 ? torch::dropout(x, probability, true) : x;
}

torch::Tensor FeedForward::operator()(const torch::Tensor& x, bool training, bool linearised) const {
  const torch::Tensor driven = gate.defined() ? gate(x) : up(x), activated = activate(driven, activation);
  torch::Tensor inner = linearised ? asProduct(driven, activated) : activated;
  if (gate.defined()) {
    const torch::Tensor other = up(x);
    // Either factor has a half of the product's relevance.
    inner = linearised ? 0.5 * (inner * other.detach() + inner.detach() * other) : inner * other;
  }
  return down(dropped(inner, dropout, training));
}

}  // namespace headroom
