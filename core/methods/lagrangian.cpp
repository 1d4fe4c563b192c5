// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/lagrangian.h"

#include <algorithm>
#include <cmath>

#include "core/base/head_mask.h"
#include "core/gates/hard_concrete.h"
#include "core/methods/gate_training.h"

namespace headroom {

namespace {

namespace hc = hard_concrete;

constexpr std::uint64_t kLagrangianStream = 0x6c616772;
constexpr double kBound = 4.605170186;     // ln 100, where theirs are clamped as well
constexpr double kSoftness = 0.8 * 3 / 2;  // of a survivor's gate, theirs: 0.8 over a temperature of 2/3
constexpr double kWarm = 0.5;              // share of the run over which the target moves from N to K
constexpr double kMultiplierRate = 800;    // how far a multiplier would go in a run with all heads off the target
constexpr double kMostWay = 60;            // of a gate in a run: faster ones have closed before the multipliers turn

class Lagrangian final : public GateMethod {
 public:
  Lagrangian(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length)
      : m_layout(layout),
        m_settings(settings),
        m_length(length),
        m_rng(settings.seed, kLagrangianStream),
        m_gates(static_cast<size_t>(layout.headCount() + layout.blockCount()), kBound),
        m_optimiser(m_gates.size(), gateBeta2(settings, length)) {
    combine();
  }

  const std::vector<double>& logAlpha() const override { return m_logAlpha; }

  /// The soft survivors, which folding into the weights would keep: of every block as many heads are 0 as it is
  /// expected to close; the others' gates are multiplied with the block's, likewise.
  std::vector<double> testGates() const override {
    std::vector<double> gates;
    for (int block = 0; block < m_layout.blockCount(); ++block) {
      const double own = survivors(m_layout.headCount() + block, 1).front();
      for (const double head : survivors(m_layout.firstOf(block), m_layout.headsIn(block))) gates.push_back(head * own);
    }
    return gates;
  }

  std::vector<double> draw() override {
    m_drawn.clear();
    for (const double phi : m_gates) m_drawn.push_back(hc::sampleGate(phi, m_rng.uniform()));
    std::vector<double> values;
    for (int head = 0; head < headCount(); ++head) values.push_back(ofHead(head).value * ofBlock(head).value);
    return values;
  }

  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    std::vector<double> gradient(m_gates.size(), 0.0);
    const double heads = headCount(), off = (expectedOpen() - target()) / std::max(1.0, heads);
    terms = {};
    terms.penalty = heads * (m_first * off + m_second * off * off);
    terms.lambda = 1;
    terms.open = expectedOpen();
    terms.closed = heads - terms.open;
    const double slope = m_first + 2 * m_second * off;
    for (int head = 0; head < headCount(); ++head) {
      const size_t own = static_cast<size_t>(head), block = blockPlace(head);
      gradient[own] += taskGradient[own] * ofHead(head).slope * ofBlock(head).value -
                       slope * hc::closedProbability(m_gates[own]).slope * alive(block);
      gradient[block] += taskGradient[own] * ofHead(head).value * ofBlock(head).slope -
                         slope * hc::closedProbability(m_gates[block]).slope * alive(own);
    }
    return gradient;
  }

  void update(std::span<const double> gradient, double rateFactor) override {
    const double off = (expectedOpen() - target()) / std::max(1, headCount());
    const double steps = static_cast<double>(std::max<std::int64_t>(1, m_length.steps));
    m_optimiser.step(m_gates, gradient, std::min(m_settings.gateLr, kMostWay / steps) * rateFactor);
    for (double& phi : m_gates) phi = std::clamp(phi, -kBound, kBound);
    m_first += kMultiplierRate / steps * off;  // gradient ascent
    m_second += kMultiplierRate / steps * off * off;
    combine();
  }

  std::vector<double> headScores() const override { return m_logAlpha; }
  /// Opens the gate and the block's gate of every head that was closed and shall be open. A head that only its block's
  /// gate kept closed is then closed by its own. The gates are clamped as it is.
  void setHeadScores(std::span<const double> scores) override {
    const auto reopened = [&](size_t head) { return m_logAlpha[head] < 0 && scores[head] > 0; };
    for (int block = 0; block < m_layout.blockCount(); ++block) {
      const auto first = static_cast<size_t>(m_layout.firstOf(block)),
                 end = static_cast<size_t>(m_layout.firstOf(block + 1));
      bool any = false;
      for (size_t head = first; head < end; ++head) any |= reopened(head);
      if (!any) continue;
      for (size_t head = first; head < end; ++head)
        if (m_logAlpha[head] < 0) m_gates[head] = reopened(head) ? kBound : -kBound;
      m_gates[static_cast<size_t>(headCount() + block)] = kBound;
    }
    combine();
  }
  /// What a head has that one of its two gates closes for good.
  double scoreBound() const override {
    return -combined((1 - hc::closedProbability(kBound).value) * (1 - hc::closedProbability(-kBound).value));
  }

  State save() const override {
    return methodState({{"gates", m_gates}, {"log_alpha", m_logAlpha}}, m_optimiser, {m_first, m_second},
                       m_rng.state());
  }

  void restore(const State& state) override {
    m_gates = checkpointArray(state, "gates", m_gates.size());
    const std::vector<double> multipliers = restoreOptimiser(state, m_optimiser, m_gates.size(), 2);
    m_first = multipliers[0];
    m_second = multipliers[1];
    m_rng.restore(state.rng);
    combine();
  }

 private:
  int headCount() const { return m_layout.headCount(); }
  size_t blockPlace(int head) const { return static_cast<size_t>(headCount() + m_layout.at(head).block); }
  const hc::Differentiable& ofHead(int head) const { return m_drawn[static_cast<size_t>(head)]; }
  const hc::Differentiable& ofBlock(int head) const { return m_drawn[blockPlace(head)]; }
  /// P(gate > 0).
  double alive(size_t place) const { return 1 - hc::closedProbability(m_gates[place]).value; }

  /// What is left of `count` gates from `first` on: soft ones, but for the lowest, as many as are expected to close.
  std::vector<double> survivors(int first, int count) const {
    const std::span<const double> some(m_gates.data() + first, static_cast<size_t>(count));
    std::vector<double> gates;
    double closed = 0;
    for (const double phi : some) {
      gates.push_back(1 / (1 + std::exp(-kSoftness * phi)));
      closed += hc::closedProbability(phi).value;
    }
    const std::vector<int> order = keepOrder(some);
    for (std::int64_t i = count - std::lround(closed); i < count; ++i) gates[static_cast<size_t>(order[i])] = 0;
    return gates;
  }

  double expectedOpen() const {
    double sum = 0;
    for (int head = 0; head < headCount(); ++head) sum += alive(static_cast<size_t>(head)) * alive(blockPlace(head));
    return sum;
  }

  /// Heads that should be open now.
  double target() const {
    const double share = std::min(1.0, shareDone(m_optimiser, m_length) / kWarm);
    return headCount() + share * (m_settings.keep - headCount());
  }

  /// The log odds of a head that is open where neither its own gate nor its block's is closed, moved so that it reads
  /// like log alpha.
  static double combined(double open) {
    const double both = std::clamp(open, 1e-12, 1 - 1e-12);
    return std::log(both / (1 - both)) + hc::kTemperature * std::log(-hc::kLow / hc::kHigh);
  }

  void combine() {
    m_logAlpha.clear();
    for (int head = 0; head < headCount(); ++head)
      m_logAlpha.push_back(combined(alive(static_cast<size_t>(head)) * alive(blockPlace(head))));
  }

  HeadLayout m_layout;
  TrainSettings m_settings;
  RunLength m_length;
  Rng m_rng;
  std::vector<double> m_gates;  ///< log alpha of every head, then of every block
  GateOptimiser m_optimiser;
  std::vector<double> m_logAlpha;
  std::vector<hc::Differentiable> m_drawn;
  double m_first = 0, m_second = 0;  ///< multipliers of the difference and of its square
};

}  // namespace

std::unique_ptr<GateMethod> makeLagrangian(const HeadLayout& layout, const TrainSettings& settings,
                                           const RunLength& length) {
  return std::make_unique<Lagrangian>(layout, settings, length);
}

}  // namespace headroom
