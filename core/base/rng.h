// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>

namespace headroom {

/// A seeded generator with the same numbers on every platform (the standard's distributions differ between libraries,
/// its engines do not). `stream` separates uses of one seed.
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0);

  /// Uniform in [0, bound); bound > 0. Unbiased.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1), 53 bits.
  [[nodiscard]] double uniform();
  /// Standard normal (Box-Muller).
  [[nodiscard]] double normal();

  template <typename T>
  void shuffle(std::span<T> values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }
  /// Exact state, for checkpoints. restore() throws Error when the text is no state.
  [[nodiscard]] std::string state() const;
  void restore(const std::string& state);

 private:
  std::mt19937_64 m_engine;
};

}  // namespace headroom
