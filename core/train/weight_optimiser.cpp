// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/weight_optimiser.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace headroom {

namespace {

constexpr double kBeta1 = 0.9, kEpsilon = 1e-8;

}  // namespace

WeightOptimiser::WeightOptimiser(Parameters& parameters, double weightDecay, bool decayAll, double beta2)
    : m_weightDecay(weightDecay), m_beta2(beta2) {
  std::vector<const Parameters::Entry*> order;
  for (const Parameters::Entry& entry : parameters.entries()) order.push_back(&entry);
  std::stable_partition(order.begin(), order.end(), [](const auto* entry) { return !entry->spec.noDecay; });

  const auto options = parameters.entries().front().tensor.options().requires_grad(false);
  m_values = torch::empty({parameters.count()}, options);
  m_gradients = torch::zeros_like(m_values);
  m_first = torch::zeros_like(m_values);
  m_second = torch::zeros_like(m_values);
  std::int64_t offset = 0;
  for (const Parameters::Entry* entry : order) {
    torch::Tensor weight = entry->tensor;
    const auto placeIn = [&](const torch::Tensor& flat) {
      return flat.narrow(0, offset, weight.numel()).view_as(weight);
    };
    placeIn(m_values).copy_(weight);
    weight.set_data(placeIn(m_values));
    weight.set_requires_grad(true);
    weight.mutable_grad() = placeIn(m_gradients);
    m_weights.push_back(weight);
    offset += weight.numel();
    if (decayAll || !entry->spec.noDecay) m_decayed = offset;
  }
}

WeightOptimiser::~WeightOptimiser() {
  for (torch::Tensor& weight : m_weights) {
    weight.mutable_grad() = torch::Tensor();
    weight.set_requires_grad(false);
  }
}

double WeightOptimiser::gradientNorm() const { return m_gradients.norm().item<double>(); }

void WeightOptimiser::step(double rate) {
  const torch::NoGradGuard noGrad;
  ++m_steps;
  const double t = static_cast<double>(m_steps);
  const double correction1 = 1 - std::pow(kBeta1, t), correction2 = 1 - std::pow(m_beta2, t);
  if (m_weightDecay != 0) m_values.narrow(0, 0, m_decayed).mul_(1 - rate * m_weightDecay);
  m_first.mul_(kBeta1).add_(m_gradients, 1 - kBeta1);
  m_second.mul_(m_beta2).addcmul_(m_gradients, m_gradients, 1 - m_beta2);
  const torch::Tensor scale = m_second.sqrt().div_(std::sqrt(correction2)).add_(kEpsilon);
  m_values.addcdiv_(m_first, scale, -rate / correction1);
}

void WeightOptimiser::restore(const torch::Tensor& first, const torch::Tensor& second, std::int64_t steps) {
  if (first.sizes() != m_first.sizes() || second.sizes() != m_second.sizes())
    throw Error(ErrorKind::BadFile, "checkpoint: field adam: found " + std::to_string(first.numel()) +
                                        " values, expected " + std::to_string(m_first.numel()) +
                                        "; it is from another model");
  m_first.copy_(first);
  m_second.copy_(second);
  m_steps = steps;
}

}  // namespace headroom
