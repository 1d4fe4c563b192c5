// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/generate/token_rules.h"

namespace headroom {

/// Beam search over several texts at once: keeps, for each, the `beams` most probable beginnings and the best finished
/// texts by log probability / (new tokens) ^ lengthPenalty. Knows no model: it is fed log probabilities.
class BeamSearch {
 public:
  /// One text for each of `rows`, all of the same length.
  BeamSearch(const std::vector<TokenSequence>& rows, std::int64_t vocabulary, const GenerationConfig& config);

  /// All beams, those of a text side by side: [texts * beams] sequences of equal length.
  [[nodiscard]] const std::vector<TokenSequence>& sequences() const { return m_sequences; }
  /// int64 [texts * beams]: the text that each beam continues.
  [[nodiscard]] torch::Tensor initialOrder() const;
  /// Takes the log probabilities [texts * beams, vocabulary] of the next token; returns, int64 [texts * beams], which
  /// of the former beams each new one continues.
  [[nodiscard]] torch::Tensor advance(torch::Tensor logProbabilities);
  [[nodiscard]] bool done() const;
  /// The best text of each row, its end token included where there was room for it.
  [[nodiscard]] std::vector<TokenSequence> best();

 private:
  struct Hypothesis {
    double score = 0;
    TokenSequence tokens;  ///< without the end token
  };
  struct Text {
    std::vector<Hypothesis> finished;  ///< at most `beams`
    bool done = false;
  };
  struct Step {
    std::int64_t beam = 0;
    std::int64_t token = 0;
    float score = 0;
  };
  [[nodiscard]] double lengthNormalised(double sum, size_t newTokens) const;
  void finish(Text& text, double sum, const TokenSequence& tokens, size_t newTokens);
  [[nodiscard]] std::vector<Step> continueText(size_t text, const torch::Tensor& scores);
  [[nodiscard]] bool settled(const Text& text, double bestSum, size_t newTokens) const;

  GenerationConfig m_config;
  size_t m_beams;
  size_t m_prompt;
  std::int64_t m_vocabulary;
  std::vector<TokenSequence> m_sequences;
  std::vector<float> m_sums;  ///< log probability of each beam
  std::vector<Text> m_texts;
};

}  // namespace headroom
