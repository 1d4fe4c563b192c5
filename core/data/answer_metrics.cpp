// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/answer_metrics.h"

#include <algorithm>

#include "core/data/bootstrap.h"
#include "core/data/metrics.h"
#include "core/data/ngrams.h"
#include "core/data/words.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

bool isAsciiPunctuation(char32_t character) { return character < 0x80 && isPunctuation(character); }

/// Appends a run of letters and digits, unless it is an article.
void flush(std::u32string& run, std::string& out) {
  if (run == U"a" || run == U"an" || run == U"the") {
    out += ' ';
  } else {
    for (const char32_t character : run) appendUtf8(character, out);
  }
  run.clear();
}

}  // namespace

std::string normalizedAnswer(std::string_view text) {
  std::u32string lowered;
  for (const char32_t character : decodeUtf8(text)) appendLower(character, lowered);
  std::erase_if(lowered, isAsciiPunctuation);
  std::u32string run;
  std::string out;
  for (const char32_t character : lowered) {
    if (isLetter(character) || isNumber(character)) {
      run += character;
      continue;
    }
    flush(run, out);
    appendUtf8(character, out);
  }
  flush(run, out);
  std::string joined;
  for (const std::string& word : wordsOf(out)) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

AnswerScore scoreAnswer(std::string_view answer, std::span<const std::string> right) {
  static const std::vector<std::string> kNone{""};
  const std::string ours = normalizedAnswer(answer);
  const std::vector<std::string> words = wordsOf(ours);
  AnswerScore best;
  for (const std::string& one : right.empty() ? std::span<const std::string>(kNone) : right) {
    const std::string theirs = normalizedAnswer(one);
    const NgramOverlap overlap = ngramOverlap(words, wordsOf(theirs), 1);
    const auto all = static_cast<double>(overlap.translation + overlap.reference);
    const bool someEmpty = overlap.translation == 0 || overlap.reference == 0;
    best.exact = best.exact || ours == theirs;
    best.f1 =
        std::max(best.f1, someEmpty ? (ours == theirs ? 1.0 : 0.0) : 2 * static_cast<double>(overlap.shared) / all);
  }
  return best;
}

MetricValue exactMatchWithInterval(std::span<const AnswerScore> scores) {
  const auto exact = std::count_if(scores.begin(), scores.end(), [](const AnswerScore& score) { return score.exact; });
  MetricValue metric = accuracyWithInterval(exact, static_cast<std::int64_t>(scores.size()));
  metric.name = "exact match";
  return metric;
}

MetricValue answerF1WithInterval(std::span<const AnswerScore> scores) {
  std::vector<double> values;
  for (const AnswerScore& score : scores) values.push_back(score.f1);
  return meanWithInterval("answer f1", values);
}

}  // namespace headroom
