// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/softmax_row.h"

#include <algorithm>
#include <bit>
#include <limits>

// Compiled for several processors; the best one is taken when the program starts.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define HEADROOM_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HEADROOM_CLONES
#endif

namespace headroom {

namespace {

constexpr int kLanes = 16;  ///< sums and maxima are kept apart by lane, so that the compiler may use wide registers

/// e^x for x <= 0, by 2^n times a polynomial for the rest; 0 below -87.
inline float exponential(float x) {
  const float bounded = x < -87.0f ? -87.0f : x;
  const float t = bounded * 1.44269504f;
  const float whole = static_cast<float>(static_cast<std::int32_t>(t - 0.5f));
  const float r = (bounded - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const float power = p * std::bit_cast<float>((static_cast<std::int32_t>(whole) + 127) << 23);
  return x < -87.0f ? 0.0f : power;
}

}  // namespace

HEADROOM_CLONES void softmaxRow(float* row, const float* bias, std::int64_t count) {
  const std::int64_t wide = count / kLanes * kLanes;
  if (bias)
    for (std::int64_t i = 0; i < count; ++i) row[i] += bias[i];
  float lanes[kLanes];
  for (float& lane : lanes) lane = -std::numeric_limits<float>::infinity();
  for (std::int64_t i = 0; i < wide; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = row[i + lane] > lanes[lane] ? row[i + lane] : lanes[lane];
  float largest = -std::numeric_limits<float>::infinity();
  for (const float lane : lanes) largest = lane > largest ? lane : largest;
  for (std::int64_t i = wide; i < count; ++i) largest = row[i] > largest ? row[i] : largest;

  for (float& lane : lanes) lane = 0;
  for (std::int64_t i = 0; i < wide; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) {
      row[i + lane] = exponential(row[i + lane] - largest);
      lanes[lane] += row[i + lane];
    }
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  for (std::int64_t i = wide; i < count; ++i) {
    row[i] = exponential(row[i] - largest);
    sum += row[i];
  }
  const float factor = 1.0f / sum;
  for (std::int64_t i = 0; i < count; ++i) row[i] *= factor;
}

}  // namespace headroom
