// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace headroom {

/// Adam for the gates' parameters (no weight decay), in double precision.
class GateOptimiser {
 public:
  struct Moments {
    std::vector<double> first, second;
    std::int64_t steps = 0;
  };

  GateOptimiser(size_t size, double beta2)
      : m_beta2(beta2), m_moments{std::vector<double>(size), std::vector<double>(size), 0} {}

  void step(std::span<double> values, std::span<const double> gradient, double rate);
  [[nodiscard]] const Moments& moments() const { return m_moments; }
  void restore(Moments moments) { m_moments = std::move(moments); }

 private:
  double m_beta2;
  Moments m_moments;
};

/// Euclidean length.
[[nodiscard]] double norm(std::span<const double> values);

}  // namespace headroom
