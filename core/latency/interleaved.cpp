// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latency/interleaved.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "core/base/rng.h"
#ifdef HEADROOM_CUDA
#include <cuda_runtime_api.h>
#endif

namespace headroom {

namespace {

constexpr double kShortestSample = 2.0;  // ms; below, the clock and the caches of what ran before weigh too much
constexpr int kMostRepeats = 1000;
constexpr int kFewestRounds = 5, kMostRounds = 60;
constexpr double kMostSpread = 1.2, kMostDrift = 0.05;

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

#ifdef HEADROOM_CUDA
/// Two events on the stream that LibTorch computes on.
class CudaTimer {
 public:
  CudaTimer() {
    cudaEventCreate(&m_begin);
    cudaEventCreate(&m_end);
  }
  ~CudaTimer() {
    cudaEventDestroy(m_begin);
    cudaEventDestroy(m_end);
  }
  CudaTimer(const CudaTimer&) = delete;
  CudaTimer& operator=(const CudaTimer&) = delete;
  double time(const std::function<void()>& work, int repeats) {
    cudaDeviceSynchronize();
    cudaEventRecord(m_begin, nullptr);
    for (int i = 0; i < repeats; ++i) work();
    cudaEventRecord(m_end, nullptr);
    cudaEventSynchronize(m_end);
    float ms = 0;
    cudaEventElapsedTime(&ms, m_begin, m_end);
    return static_cast<double>(ms) / repeats;
  }

 private:
  cudaEvent_t m_begin = nullptr, m_end = nullptr;
};
#endif

/// Mean ms of `repeats` runs in a row.
double sample(const std::function<void()>& work, int repeats, torch::Device device) {
#ifdef HEADROOM_CUDA
  if (device.is_cuda()) return CudaTimer().time(work, repeats);
#endif
  if (device.is_cuda()) torch::cuda::synchronize();
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < repeats; ++i) work();
  if (device.is_cuda()) torch::cuda::synchronize();
  return millisecondsSince(start) / repeats;
}

/// How often each has to run for a sample that is long enough; warms up as well.
std::vector<int> repeatsFor(const std::vector<std::function<void()>>& work, const InterleavedPlan& plan,
                            const JobContext& context) {
  std::vector<int> repeats;
  for (const auto& each : work) {
    context.checkStop();
    (void)sample(each, 1, plan.device);
    const double once = sample(each, 1, plan.device);
    repeats.push_back(std::clamp(static_cast<int>(std::ceil(kShortestSample / std::max(once, 1e-3))), 1, kMostRepeats));
  }
  return repeats;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %%", 100 * share);
  return text;
}

void judge(const std::vector<double>& reference, InterleavedTimings& result) {
  const auto half = static_cast<std::ptrdiff_t>(reference.size() / 2);
  const double low = quantile(reference, 0.1);
  result.spread = quantile(reference, 0.5) / low;
  const double first = quantile({reference.begin(), reference.begin() + half}, 0.1);
  const double second = quantile({reference.begin() + half, reference.end()}, 0.1);
  result.drift = std::abs(second - first) / low;
  if (result.spread > kMostSpread)
    result.busy = "machine too busy: the reference's median time is " + percent(result.spread - 1) +
                  " above its best, expected at most " + percent(kMostSpread - 1);
  else if (result.drift > kMostDrift)
    result.busy = "machine too busy: the reference's time drifted by " + percent(result.drift) + ", expected at most " +
                  percent(kMostDrift);
}

}  // namespace

double quantile(std::vector<double> values, double q) {
  const auto rank = static_cast<std::ptrdiff_t>(std::floor(q * static_cast<double>(values.size() - 1) + 0.5));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<size_t>(rank)];
}

InterleavedTimings timeInterleaved(const std::vector<std::function<void()>>& work, const InterleavedPlan& plan,
                                   const JobContext& context) {
  const torch::NoGradGuard noGrad;
  const std::vector<int> repeats = repeatsFor(work, plan, context);
  std::vector<std::vector<double>> samples(work.size());
  std::vector<size_t> order(work.size());
  std::iota(order.begin(), order.end(), size_t{0});
  Rng rng(plan.seed, 0x74696d65);
  const Clock::time_point start = Clock::now();
  for (int round = 0; round < kMostRounds; ++round) {
    const double seconds = millisecondsSince(start) / 1000;
    if (round >= kFewestRounds && seconds * (round + 1) / round > plan.secondsAtMost) break;
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    for (const size_t each : order) {
      context.checkStop();
      samples[each].push_back(sample(work[each], repeats[each], plan.device));
      context.yield();
    }
    context.report({plan.task, round + 1, kMostRounds,
                    std::min(plan.secondsAtMost - seconds, seconds / (round + 1) * (kMostRounds - round - 1))});
  }
  InterleavedTimings result;
  for (const std::vector<double>& each : samples)
    result.timings.push_back({quantile(each, 0.1), quantile(each, 0.5), static_cast<int>(each.size())});
  judge(samples.front(), result);
  return result;
}

}  // namespace headroom
