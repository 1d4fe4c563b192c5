// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/bootstrap.h"
#include "core/data/ngrams.h"
#include "core/data/translation_metrics.h"
#include "core/data/words.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr size_t kChrfOrders = 6;
constexpr double kRecallWeight = 4;  ///< beta squared, beta = 2

std::vector<char32_t> charactersOf(std::string_view text) {
  std::vector<char32_t> out;
  for (const std::string& word : wordsOf(text))
    for (const char32_t character : decodeUtf8(word)) out.push_back(character);
  return out;
}

double chrfOf(std::span<const std::int64_t> counts) {
  double precision = 0, recall = 0;
  int orders = 0;
  for (size_t i = 0; i < counts.size(); i += 3) {
    if (counts[i] == 0 || counts[i + 1] == 0) continue;  // no n-grams so long
    const auto shared = static_cast<double>(counts[i + 2]);
    precision += shared / static_cast<double>(counts[i]);
    recall += shared / static_cast<double>(counts[i + 1]);
    ++orders;
  }
  if (orders == 0 || precision + recall <= 0) return 0;
  precision /= orders;
  recall /= orders;
  return 100 * (1 + kRecallWeight) * precision * recall / (kRecallWeight * precision + recall);
}

}  // namespace

MetricValue chrfWithInterval(std::span<const std::string> translations, std::span<const std::string> references,
                             std::uint64_t seed) {
  requireOneReferenceEach(translations, references);
  ExampleCounts counts{.width = 3 * kChrfOrders, .counts = {}};
  for (size_t i = 0; i < translations.size(); ++i) {
    const std::vector<char32_t> translation = charactersOf(translations[i]), reference = charactersOf(references[i]);
    for (size_t order = 1; order <= kChrfOrders; ++order) {
      const NgramOverlap overlap = ngramOverlap(translation, reference, order);
      // As sacrebleu: n-grams that no reference could have matched do not count against the translation.
      counts.counts.push_back(overlap.reference > 0 ? overlap.translation : 0);
      counts.counts.push_back(overlap.reference);
      counts.counts.push_back(overlap.shared);
    }
  }
  return bootstrapped("chrf", counts, chrfOf, seed);
}

}  // namespace headroom
