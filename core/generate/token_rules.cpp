// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/generate/token_rules.h"

#include <algorithm>
#include <limits>

namespace headroom {

namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

/// Tokens that would complete an n-gram which the row already has.
std::vector<std::int64_t> repeating(const TokenSequence& row, size_t n) {
  std::vector<std::int64_t> tokens;
  if (row.size() < n) return tokens;
  const auto tail = row.end() - static_cast<std::ptrdiff_t>(n - 1);
  for (auto begin = row.begin(); begin + static_cast<std::ptrdiff_t>(n - 1) < row.end(); ++begin)
    if (std::equal(tail, row.end(), begin)) tokens.push_back(*(begin + static_cast<std::ptrdiff_t>(n - 1)));
  return tokens;
}

/// Last tokens of the bad words whose beginning the row ends with.
std::vector<std::int64_t> completing(const TokenSequence& row, const GenerationConfig& config) {
  std::vector<std::int64_t> tokens;
  for (const std::vector<int>& word : config.badWords) {
    if (word.size() == 1 && config.ends(word.front())) continue;
    const size_t before = word.size() - 1;
    if (before <= row.size() &&
        std::equal(word.begin(), word.end() - 1, row.end() - static_cast<std::ptrdiff_t>(before)))
      tokens.push_back(word.back());
  }
  return tokens;
}

/// Multiplies or divides those `scores` [vocabulary], whichever lowers them where the penalty is above 1.
void penalise(const TokenSequence& row, double penalty, const torch::Tensor& scores) {
  const torch::Tensor seen = torch::tensor(row, torch::kInt64), before = scores.index_select(0, seen);
  scores.index_copy_(0, seen, torch::where(before.lt(0), before * penalty, before / penalty));
}

void force(torch::Tensor& scores, std::int64_t token) {
  scores.fill_(kNever);
  scores.select(1, token).zero_();
}

}  // namespace

void applyTokenRules(const GenerationConfig& config, const std::vector<TokenSequence>& rows, torch::Tensor& scores) {
  const auto length = static_cast<int>(rows.front().size());
  for (size_t i = 0; i < rows.size(); ++i) {
    if (config.repetitionPenalty != 1)
      penalise(rows[i], config.repetitionPenalty, scores[static_cast<std::int64_t>(i)]);
    std::vector<std::int64_t> never = completing(rows[i], config);
    never.insert(never.end(), config.suppressed.begin(), config.suppressed.end());
    if (config.noRepeatNgram > 0) {
      const std::vector<std::int64_t> repeated = repeating(rows[i], static_cast<size_t>(config.noRepeatNgram));
      never.insert(never.end(), repeated.begin(), repeated.end());
    }
    if (length < config.minLength) {
      if (config.eosId >= 0) never.push_back(config.eosId);
      never.insert(never.end(), config.otherEosIds.begin(), config.otherEosIds.end());
    }
    for (const std::int64_t token : never) scores[static_cast<std::int64_t>(i)][token] = kNever;
  }
  if (length == 1 && config.forcedBosId >= 0) force(scores, config.forcedBosId);
  if (length == config.maxLength - 1 && config.forcedEosId >= 0) force(scores, config.forcedEosId);
}

}  // namespace headroom
