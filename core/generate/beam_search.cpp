// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/generate/beam_search.h"

#include <algorithm>
#include <cmath>

namespace headroom {

namespace {

/// What the other beams of a text start with, so that the first step does not take the same token `beams` times.
constexpr float kUnlikely = -1e9f;

}  // namespace

BeamSearch::BeamSearch(const std::vector<TokenSequence>& rows, std::int64_t vocabulary, const GenerationConfig& config)
    : m_config(config),
      m_beams(static_cast<size_t>(config.beams)),
      m_prompt(rows.front().size()),
      m_vocabulary(vocabulary),
      m_texts(rows.size()) {
  for (const TokenSequence& row : rows)
    for (size_t beam = 0; beam < m_beams; ++beam) {
      m_sequences.push_back(row);
      m_sums.push_back(beam == 0 ? 0 : kUnlikely);
    }
}

torch::Tensor BeamSearch::initialOrder() const {
  return torch::arange(static_cast<std::int64_t>(m_texts.size()), torch::kInt64)
      .repeat_interleave(static_cast<std::int64_t>(m_beams));
}

double BeamSearch::lengthNormalised(double sum, size_t newTokens) const {
  return sum / std::pow(static_cast<double>(newTokens), m_config.lengthPenalty);
}

void BeamSearch::finish(Text& text, double sum, const TokenSequence& tokens, size_t newTokens) {
  const Hypothesis hypothesis{lengthNormalised(sum, newTokens), tokens};
  const auto worse = [](const Hypothesis& a, const Hypothesis& b) { return a.score < b.score; };
  if (text.finished.size() < m_beams) {
    text.finished.push_back(hypothesis);
  } else if (const auto worst = std::min_element(text.finished.begin(), text.finished.end(), worse);
             worst->score < hypothesis.score) {
    // Goes to the end: among equal scores the younger one counts.
    text.finished.erase(worst);
    text.finished.push_back(hypothesis);
  }
}

bool BeamSearch::settled(const Text& text, double bestSum, size_t newTokens) const {
  if (text.finished.size() < m_beams) return false;
  if (m_config.earlyStopping == EarlyStopping::AtOnce) return true;
  // A longer text may score better only where length is rewarded.
  if (m_config.earlyStopping == EarlyStopping::Never && m_config.lengthPenalty > 0)
    newTokens = static_cast<size_t>(m_config.maxLength) - m_prompt;
  const auto worst = std::min_element(text.finished.begin(), text.finished.end(),
                                      [](const auto& a, const auto& b) { return a.score < b.score; });
  return worst->score >= lengthNormalised(bestSum, newTokens);
}

std::vector<BeamSearch::Step> BeamSearch::continueText(size_t index, const torch::Tensor& scores) {
  Text& text = m_texts[index];
  const auto base = static_cast<std::int64_t>(index * m_beams);
  // So many that enough are left when every beam's likeliest tokens end the text.
  const size_t each = std::max<size_t>(2, 2 + m_config.otherEosIds.size());
  const auto wanted = std::min(static_cast<std::int64_t>(each * m_beams), scores.numel());
  const auto [values, places] = scores.flatten().topk(wanted);
  const size_t newTokens = m_sequences[static_cast<size_t>(base)].size() + 1 - m_prompt;
  std::vector<Step> steps;
  for (std::int64_t rank = 0; rank < wanted && steps.size() < m_beams; ++rank) {
    const auto place = places[rank].item<std::int64_t>();
    const Step step{base + place / m_vocabulary, place % m_vocabulary, values[rank].item<float>()};
    if (!m_config.ends(step.token)) {
      steps.push_back(step);
    } else if (rank < static_cast<std::int64_t>(m_beams)) {
      finish(text, step.score, m_sequences[static_cast<size_t>(step.beam)], newTokens);
    }
  }
  text.done = text.done || settled(text, values[0].item<double>(), newTokens);
  return steps;
}

torch::Tensor BeamSearch::advance(torch::Tensor scores) {
  applyTokenRules(m_config, m_sequences, scores);
  if (m_config.renormalise) scores = torch::log_softmax(scores, -1);
  scores = scores + torch::tensor(m_sums).view({-1, 1});
  std::vector<TokenSequence> sequences;
  std::vector<std::int64_t> order;
  std::vector<float> sums;
  for (size_t text = 0; text < m_texts.size(); ++text) {
    const auto first = static_cast<std::int64_t>(text * m_beams);
    // A text that is done is only dragged along.
    std::vector<Step> steps(m_beams, Step{first, m_config.padId, 0});
    if (!m_texts[text].done) steps = continueText(text, scores.narrow(0, first, static_cast<std::int64_t>(m_beams)));
    for (const Step& step : steps) {
      sequences.push_back(m_sequences[static_cast<size_t>(step.beam)]);
      sequences.back().push_back(step.token);
      order.push_back(step.beam);
      sums.push_back(step.score);
    }
  }
  m_sequences = std::move(sequences);
  m_sums = std::move(sums);
  return torch::tensor(order, torch::kInt64);
}

bool BeamSearch::done() const {
  const bool all = std::all_of(m_texts.begin(), m_texts.end(), [](const Text& text) { return text.done; });
  return all || static_cast<int>(m_sequences.front().size()) >= m_config.maxLength;
}

std::vector<TokenSequence> BeamSearch::best() {
  std::vector<TokenSequence> best;
  for (size_t index = 0; index < m_texts.size(); ++index) {
    Text& text = m_texts[index];
    for (size_t beam = 0; beam < m_beams && !text.done; ++beam) {
      const TokenSequence& tokens = m_sequences[index * m_beams + beam];
      finish(text, m_sums[index * m_beams + beam], tokens, tokens.size() - m_prompt);
    }
    // Of equal scores the last: that is what sorting and taking the end gives.
    const auto top = std::max_element(text.finished.begin(), text.finished.end(),
                                      [](const auto& a, const auto& b) { return a.score <= b.score; });
    best.push_back(top->tokens);
    if (static_cast<int>(best.back().size()) < m_config.maxLength && m_config.eosId >= 0)
      best.back().push_back(m_config.eosId);
  }
  return best;
}

}  // namespace headroom
