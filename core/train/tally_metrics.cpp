// SPDX-License-Identifier: GPL-3.0-or-later
// What a tally says in the metrics of its kind of data.
#include <algorithm>
#include <numeric>

#include "core/base/rng.h"
#include "core/data/answer_metrics.h"
#include "core/data/glue_metrics.h"
#include "core/data/metrics.h"
#include "core/train/evaluator.h"

namespace headroom {

namespace {

constexpr int kResamples = 400;

bool judgesTokens(const Tally& tally) {
  return tally.kind == DataKind::TextStream || tally.kind == DataKind::MaskedText ||
         tally.kind == DataKind::ParallelText;
}

MetricValue named(MetricValue metric, const char* name) {
  metric.name = name;
  return metric;
}

/// What the model answers to each question, by its windows so far: the likeliest text, or none where all windows find
/// none likelier and the data know questions without an answer.
std::vector<std::string> answersOf(const Tally& tally) {
  const Dataset& data = *tally.data;
  struct Best {
    const WindowAnswer* text = nullptr;
    float none = 0;
    bool seen = false;
  };
  std::vector<Best> best(data.questions.size());
  for (size_t i = 0; i < tally.answers.size(); ++i) {
    if (!tally.seen[i]) continue;
    Best& question = best[static_cast<size_t>(data.examples[i].label)];
    const WindowAnswer& window = tally.answers[i];
    if (window.hasText && (!question.text || window.score > question.text->score)) question.text = &window;
    question.none = question.seen ? std::min(question.none, window.none) : window.none;
    question.seen = true;
  }
  const bool someHaveNone =
      std::any_of(data.questions.begin(), data.questions.end(), [](const Question& q) { return q.answers.empty(); });
  std::vector<std::string> texts;
  for (const Best& question : best)
    texts.push_back(!question.text || (someHaveNone && question.none > question.text->score) ? ""
                                                                                             : question.text->text);
  return texts;
}

std::vector<AnswerScore> answerScores(const Tally& tally) {
  const std::vector<std::string> texts = answersOf(tally);
  std::vector<AnswerScore> scores;
  for (size_t i = 0; i < texts.size(); ++i) scores.push_back(scoreAnswer(texts[i], tally.data->questions[i].answers));
  return scores;
}

/// Predicted and wanted numbers of what was seen.
struct NumberPairs {
  std::vector<double> predicted, wanted;
};

NumberPairs numbersOf(const Tally& tally) {
  NumberPairs pairs;
  for (size_t i = 0; i < tally.values.size(); ++i) {
    if (!tally.seen[i]) continue;
    pairs.predicted.push_back(tally.values[i]);
    pairs.wanted.push_back(tally.data->examples[i].value);
  }
  return pairs;
}

MetricValue mainMetric(const Tally& tally) {
  switch (tally.kind) {
    case DataKind::Classification:
    case DataKind::Images: return accuracyWithInterval(tally.right, tally.examples);
    case DataKind::Regression: {
      const NumberPairs pairs = numbersOf(tally);
      return pearsonWithInterval(pairs.predicted, pairs.wanted);
    }
    case DataKind::Answers: return exactMatchWithInterval(answerScores(tally));
    default: break;
  }
  std::vector<WindowScore> seen;
  for (size_t i = 0; i < tally.scores.size(); ++i)
    if (tally.seen[i]) seen.push_back(tally.scores[i]);
  return tally.kind == DataKind::MaskedText ? named(tokenAccuracyWithInterval(seen), "masked-token accuracy")
                                            : tokenAccuracyWithInterval(seen);
}

/// Of correlations, with the 2.5 and 97.5 % quantiles of seeded bootstrap samples of the examples that both have seen.
PairedDifference correlationDifference(const Tally& ours, const Tally& full) {
  std::vector<size_t> both;
  for (size_t i = 0; i < ours.seen.size(); ++i)
    if (ours.seen[i] && full.seen[i]) both.push_back(i);
  PairedDifference difference;
  if (both.empty()) return difference;
  const auto between = [&](const std::vector<size_t>& chosen) {
    std::vector<double> a, b, wanted;
    for (const size_t i : chosen) {
      a.push_back(full.values[i]);
      b.push_back(ours.values[i]);
      wanted.push_back(ours.data->examples[i].value);
    }
    return pearsonWithInterval(b, wanted).value - pearsonWithInterval(a, wanted).value;
  };
  for (const size_t i : both) {
    difference.gained += ours.correct[i] > full.correct[i] ? 1 : 0;
    difference.lost += ours.correct[i] < full.correct[i] ? 1 : 0;
  }
  Rng rng(0, 0x70656172);
  std::vector<double> samples;
  for (int i = 0; i < kResamples; ++i) {
    std::vector<size_t> chosen;
    for (size_t k = 0; k < both.size(); ++k) chosen.push_back(both[rng.below(both.size())]);
    samples.push_back(between(chosen));
  }
  std::sort(samples.begin(), samples.end());
  difference.value = between(both);
  difference.low = samples[kResamples / 40];
  difference.high = samples[kResamples - 1 - kResamples / 40];
  return difference;
}

PairedDifference difference(const Tally& ours, const Tally& full) {
  if (ours.kind == DataKind::Regression) return correlationDifference(ours, full);
  if (ours.kind == DataKind::Answers) return pairedDifference(correctBits(full), correctBits(ours));
  CorrectBits oursRight, fullRight;
  std::vector<WindowScore> oursScores, fullScores;
  for (size_t i = 0; i < ours.seen.size(); ++i) {
    if (!ours.seen[i] || !full.seen[i]) continue;
    oursRight.push_back(ours.correct[i]);
    fullRight.push_back(full.correct[i]);
    oursScores.push_back(ours.scores[i]);
    fullScores.push_back(full.scores[i]);
  }
  return judgesTokens(ours) ? pairedTokenDifference(fullScores, oursScores) : pairedDifference(fullRight, oursRight);
}

}  // namespace

CorrectBits correctBits(const Tally& tally) {
  if (tally.kind != DataKind::Answers) return tally.correct;
  CorrectBits bits;
  for (const AnswerScore& score : answerScores(tally)) bits.push_back(score.exact ? 1 : 0);
  return bits;
}

EvalResult toResult(const HeadMask& mask, const Tally& tally, std::int64_t total, const Tally* full) {
  EvalResult result;
  result.mask = mask;
  result.metric = mainMetric(tally);
  result.loss = tally.judged > 0 ? tally.lossSum / static_cast<double>(tally.judged) : 0;
  result.examplesTotal = total;
  result.complete = tally.examples == total;
  if (full && tally.examples > 0) result.toFull = difference(tally, *full);
  if (result.complete) result.correct = std::make_shared<const CorrectBits>(correctBits(tally));
  return result;
}

std::vector<MetricValue> otherMetrics(const Tally& tally, const Dataset& data) {
  if (tally.kind == DataKind::MaskedText) return {named(perplexityWithInterval(tally.scores), "pseudo-perplexity")};
  if (judgesTokens(tally)) return {perplexityWithInterval(tally.scores)};
  if (tally.kind == DataKind::Regression) {
    const NumberPairs pairs = numbersOf(tally);
    return {spearmanWithInterval(pairs.predicted, pairs.wanted)};
  }
  if (tally.kind == DataKind::Answers) return {answerF1WithInterval(answerScores(tally))};
  if (data.labels.size() != 2) return {};
  std::vector<int> labels;
  for (const Example& example : data.examples) labels.push_back(example.label);
  return {f1WithInterval(tally.predicted, labels), matthewsWithInterval(tally.predicted, labels)};
}

}  // namespace headroom
