// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/checkpoint/model_config.h"
#include "core/model/parameters.h"
#include "core/model/torch_api.h"

namespace headroom {

/// `weight` in the element type of `x`: itself where it has it, else a copy made for this use. So a model computes in
/// float32 while only one weight at a time exists in float32.
[[nodiscard]] inline torch::Tensor as(const torch::Tensor& weight, const torch::Tensor& x) {
  return weight.defined() ? weight.to(x.scalar_type()) : weight;
}

/// A linear map: weight [out, in], bias [out] or undefined.
struct Linear {
  torch::Tensor weight, bias;
  [[nodiscard]] torch::Tensor operator()(const torch::Tensor& x) const {
    return torch::linear(x, as(weight, x), as(bias, x));
  }
  [[nodiscard]] bool defined() const { return weight.defined(); }
};
/// NAME.weight and NAME.bias; undefined where the model has none.
[[nodiscard]] Linear findLinear(const Parameters& parameters, const std::string& name);

/// Layer norm, or RMS norm where `kind` says so; an undefined one leaves its input as it is.
struct Norm {
  torch::Tensor weight, bias;
  NormKind kind = NormKind::LayerNorm;
  double eps = 0;
  /// `linearised`: the deviation counts as a constant.
  [[nodiscard]] torch::Tensor operator()(const torch::Tensor& x, bool linearised = false) const;
  [[nodiscard]] bool defined() const { return weight.defined(); }
};
[[nodiscard]] Norm findNorm(const Parameters& parameters, const std::string& name, const ModelConfig& config);

[[nodiscard]] torch::Tensor activate(const torch::Tensor& x, Activation activation);
/// y = f(x) element by element, as x times the constant y / x: gradients then share y out among what x is a sum of (the
/// rule of layer-wise relevance propagation for activations).
[[nodiscard]] torch::Tensor asProduct(const torch::Tensor& x, const torch::Tensor& y);
/// Dropout by LibTorch's default generator while training; else x itself.
[[nodiscard]] torch::Tensor dropped(const torch::Tensor& x, double probability, bool training);

/// The position-wise part of a layer: down(act(up x)), or down(act(gate x) * up x) where there is a gate.
struct FeedForward {
  Linear up, gate, down;
  Activation activation = Activation::Gelu;
  double dropout = 0;  ///< of the activations
  [[nodiscard]] torch::Tensor operator()(const torch::Tensor& x, bool training, bool linearised = false) const;
};

}  // namespace headroom
