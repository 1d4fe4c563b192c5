// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/generate/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/base/rng.h"

namespace headroom {

namespace {

constexpr std::int64_t kRows = 64;  ///< texts side by side
constexpr std::uint64_t kTextStream = 0x74657874'00000000;

/// The tokens that may be drawn: all of them, or the k with the largest logits, those first; ties go to the smaller id.
std::vector<std::int64_t> candidates(std::span<const float> logits, int topK) {
  std::vector<std::int64_t> tokens(logits.size());
  std::iota(tokens.begin(), tokens.end(), 0);
  if (topK <= 0 || static_cast<size_t>(topK) >= tokens.size()) return tokens;
  std::partial_sort(tokens.begin(), tokens.begin() + topK, tokens.end(), [logits](std::int64_t a, std::int64_t b) {
    const float first = logits[static_cast<size_t>(a)], second = logits[static_cast<size_t>(b)];
    return first != second ? first > second : a < b;
  });
  tokens.resize(static_cast<size_t>(topK));
  return tokens;
}

/// Texts that are being written side by side, all of the same length; a text that ended has left.
class Batch {
 public:
  Batch(const Transformer& model, const TokenSequence& beginning, std::int64_t first, std::int64_t count,
        const SamplingConfig& config)
      : m_model(model),
        m_config(config),
        m_texts(static_cast<size_t>(count), beginning),
        m_state(model.beginDecoding({})) {
    for (std::int64_t i = 0; i < count; ++i) {
      m_live.push_back(static_cast<size_t>(i));
      m_random.emplace_back(config.seed, kTextStream + static_cast<std::uint64_t>(first + i));
    }
    m_next = torch::tensor(beginning, torch::kInt64).view({1, -1}).expand({count, -1}).to(model.device());
  }

  [[nodiscard]] bool done() const {
    return m_live.empty() || static_cast<int>(m_texts[m_live.front()].size()) >= m_config.maxLength;
  }

  void advance() {
    const torch::Tensor logits = m_model.decode(m_next, {}, m_state).to(torch::kCPU, torch::kFloat32).contiguous();
    std::vector<std::int64_t> rows, tokens;
    std::vector<size_t> live;
    for (size_t row = 0; row < m_live.size(); ++row) {
      const size_t text = m_live[row];
      const float* scores = logits.data_ptr<float>() + static_cast<std::ptrdiff_t>(row) * logits.size(1);
      const std::int64_t token =
          drawToken({scores, static_cast<size_t>(logits.size(1))}, m_config, m_random[text].uniform());
      if (std::find(m_config.ends.begin(), m_config.ends.end(), token) != m_config.ends.end()) continue;
      m_texts[text].push_back(token);
      rows.push_back(static_cast<std::int64_t>(row));
      tokens.push_back(token);
      live.push_back(text);
    }
    const torch::Device device = m_model.device();
    if (live.size() < m_live.size()) m_state.select(torch::tensor(rows, torch::kInt64).to(device));
    m_live = std::move(live);
    m_next = torch::tensor(tokens, torch::kInt64).view({-1, 1}).to(device);
  }

  [[nodiscard]] const std::vector<TokenSequence>& texts() const { return m_texts; }

 private:
  const Transformer& m_model;
  const SamplingConfig& m_config;
  std::vector<TokenSequence> m_texts;
  std::vector<Rng> m_random;
  std::vector<size_t> m_live;  ///< the text of each row that is computed
  DecodingState m_state;
  torch::Tensor m_next;
};

}  // namespace

std::int64_t drawToken(std::span<const float> logits, const SamplingConfig& config, double uniform) {
  const auto best = std::max_element(logits.begin(), logits.end());
  if (config.temperature == 0) return best - logits.begin();
  const std::vector<std::int64_t> tokens = candidates(logits, config.topK);
  std::vector<double> upTo;  // running sums of what is proportional to the probabilities
  double sum = 0;
  for (const std::int64_t token : tokens)
    upTo.push_back(sum +=
                   std::exp((static_cast<double>(logits[static_cast<size_t>(token)]) - static_cast<double>(*best)) /
                            config.temperature));
  const auto drawn = std::upper_bound(upTo.begin(), upTo.end(), uniform * sum);
  return tokens[std::min(static_cast<size_t>(drawn - upTo.begin()), tokens.size() - 1)];
}

std::vector<TokenSequence> sampleTexts(const Transformer& model, const TokenSequence& beginning, std::int64_t count,
                                       const SamplingConfig& config, const JobContext& context) {
  const torch::NoGradGuard noGrad;
  if (model.config().task != Task::CausalLm)
    throw Error(ErrorKind::BadInput,
                "sample: found a model for " + taskName(model.config().task) + ", expected one that continues text");
  std::vector<TokenSequence> texts;
  for (std::int64_t first = 0; first < count; first += kRows) {
    Batch batch(model, beginning, first, std::min(kRows, count - first), config);
    while (!batch.done()) {
      context.checkStop();
      batch.advance();
      context.yield();
    }
    texts.insert(texts.end(), batch.texts().begin(), batch.texts().end());
    context.report({"writing texts", static_cast<std::int64_t>(texts.size()), count, -1});
  }
  return texts;
}

}  // namespace headroom
