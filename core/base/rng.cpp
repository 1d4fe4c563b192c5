// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/rng.h"

#include <cmath>
#include <numbers>
#include <sstream>

#include "core/base/error.h"

namespace headroom {

namespace {

/// splitmix64: spreads neighbouring seeds and streams over the whole range.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::uint64_t stream) : m_engine(mix(mix(seed) ^ stream)) {}

std::uint64_t Rng::below(std::uint64_t bound) {
  const std::uint64_t limit = bound * (UINT64_MAX / bound);
  std::uint64_t value = m_engine();
  while (value >= limit) value = m_engine();
  return value % bound;
}

double Rng::uniform() { return static_cast<double>(m_engine() >> 11) * 0x1.0p-53; }

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::string Rng::state() const {
  std::ostringstream out;
  out << m_engine;
  return out.str();
}

void Rng::restore(const std::string& state) {
  std::istringstream in(state);
  in >> m_engine;
  if (!in)
    throw Error(ErrorKind::BadFile, "checkpoint: field rng: found no generator state; resume from an older checkpoint");
}

}  // namespace headroom
