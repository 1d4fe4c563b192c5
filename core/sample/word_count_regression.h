// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/sample/sentiment_grammar.h"

namespace headroom {

struct WordCountSettings {
  double l2 = 1e-4;  ///< penalty on the squared weights, per sentence
  double learningRate = 0.5;
  int iterations = 300;
};

/// Logistic regression on how often each word occurs: what can be told without looking at order. Trained by full-batch
/// gradient descent with momentum, so the same sentences give the same weights. Words not seen in training count
/// nothing.
class WordCountRegression {
 public:
  explicit WordCountRegression(std::span<const LabelledText> training, const WordCountSettings& settings = {});

  [[nodiscard]] int predict(std::string_view text) const;
  /// Share of right answers, 0 to 1; 0 for no sentences.
  [[nodiscard]] double accuracy(std::span<const LabelledText> sentences) const;

 private:
  using Counts = std::vector<std::pair<size_t, double>>;
  [[nodiscard]] Counts count(std::string_view text) const;
  [[nodiscard]] double logit(const Counts& counts) const;
  void step(std::span<const Counts> rows, std::span<const LabelledText> training, const WordCountSettings& settings,
            std::vector<double>& velocity);

  std::map<std::string, size_t, std::less<>> m_words;
  std::vector<double> m_weights;  ///< one a word, the last is the bias
};

}  // namespace headroom
