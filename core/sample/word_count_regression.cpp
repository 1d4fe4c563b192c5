// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/word_count_regression.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace headroom {

namespace {

constexpr double kMomentum = 0.9;

template <typename Visit>
void forEachWord(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

WordCountRegression::WordCountRegression(std::span<const LabelledText> training, const WordCountSettings& settings) {
  for (const LabelledText& sentence : training) {
    forEachWord(sentence.text, [&](std::string_view word) { m_words.emplace(word, m_words.size()); });
  }
  m_weights.assign(m_words.size() + 1, 0.0);
  if (training.empty()) return;
  std::vector<Counts> rows;
  rows.reserve(training.size());
  for (const LabelledText& sentence : training) rows.push_back(count(sentence.text));
  std::vector<double> velocity(m_weights.size(), 0.0);
  for (int i = 0; i < settings.iterations; ++i) step(rows, training, settings, velocity);
}

WordCountRegression::Counts WordCountRegression::count(std::string_view text) const {
  std::map<size_t, double> counts;
  forEachWord(text, [&](std::string_view word) {
    if (const auto found = m_words.find(word); found != m_words.end()) counts[found->second] += 1.0;
  });
  return Counts(counts.begin(), counts.end());
}

double WordCountRegression::logit(const Counts& counts) const {
  double sum = m_weights.back();
  for (const auto& [word, times] : counts) sum += m_weights[word] * times;
  return sum;
}

void WordCountRegression::step(std::span<const Counts> rows, std::span<const LabelledText> training,
                               const WordCountSettings& settings, std::vector<double>& velocity) {
  std::vector<double> gradient(m_weights.size(), 0.0);
  for (size_t i = 0; i < rows.size(); ++i) {
    const double probability = 1.0 / (1.0 + std::exp(-logit(rows[i])));
    const double error = (probability - training[i].label) / static_cast<double>(rows.size());
    for (const auto& [word, times] : rows[i]) gradient[word] += error * times;
    gradient.back() += error;
  }
  for (size_t i = 0; i < gradient.size(); ++i) {
    const double penalty = i + 1 < gradient.size() ? settings.l2 * m_weights[i] : 0.0;  // the bias is not penalised
    velocity[i] = kMomentum * velocity[i] - settings.learningRate * (gradient[i] + penalty);
    m_weights[i] += velocity[i];
  }
}

int WordCountRegression::predict(std::string_view text) const { return logit(count(text)) > 0.0 ? 1 : 0; }

double WordCountRegression::accuracy(std::span<const LabelledText> sentences) const {
  if (sentences.empty()) return 0.0;
  const auto right = std::count_if(sentences.begin(), sentences.end(), [&](const LabelledText& sentence) {
    return predict(sentence.text) == sentence.label;
  });
  return static_cast<double>(right) / static_cast<double>(sentences.size());
}

}  // namespace headroom
