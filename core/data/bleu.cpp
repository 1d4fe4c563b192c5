// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <cmath>
#include <utility>

#include "core/data/bootstrap.h"
#include "core/data/ngrams.h"
#include "core/data/translation_metrics.h"
#include "core/data/words.h"

namespace headroom {

namespace {

constexpr size_t kBleuOrders = 4;

bool isDigit(char byte) { return byte >= '0' && byte <= '9'; }
bool isPointOrComma(char byte) { return byte == '.' || byte == ','; }

/// Marks that stand alone everywhere; not the apostrophe, the hyphen, the point and the comma.
bool isLoneMark(char byte) {
  return (byte >= '{' && byte <= '~') || (byte >= '[' && byte <= '`') || (byte >= ' ' && byte <= '&') ||
         (byte >= '(' && byte <= '+') || (byte >= ':' && byte <= '@') || byte == '/';
}

std::string replacedAll(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// Rewrites every two neighbouring bytes that `matches` to what `rewrite` appends, left to right, none of them twice:
/// as a pattern of two characters does. Bytes do for characters, since only ASCII ones are told apart.
template <typename Matches, typename Rewrite>
std::string rewritePairs(const std::string& text, Matches&& matches, Rewrite&& rewrite) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && matches(text[i], text[i + 1])) {
      rewrite(out, text[i], text[i + 1]);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

ExampleCounts bleuCounts(std::span<const std::string> translations, std::span<const std::string> references) {
  // Words of the translation, words of the reference, then for each order n-grams shared and n-grams of the
  // translation.
  ExampleCounts counts{.width = 2 + 2 * kBleuOrders, .counts = {}};
  for (size_t i = 0; i < translations.size(); ++i) {
    const std::vector<std::string> translation = tokenize13a(translations[i]), reference = tokenize13a(references[i]);
    counts.counts.push_back(static_cast<std::int64_t>(translation.size()));
    counts.counts.push_back(static_cast<std::int64_t>(reference.size()));
    for (size_t order = 1; order <= kBleuOrders; ++order) {
      const NgramOverlap overlap = ngramOverlap(translation, reference, order);
      counts.counts.push_back(overlap.shared);
      counts.counts.push_back(overlap.translation);
    }
  }
  return counts;
}

double bleuOf(std::span<const std::int64_t> counts) {
  const auto ours = static_cast<double>(counts[0]), theirs = static_cast<double>(counts[1]);
  bool any = false;
  for (size_t order = 0; order < kBleuOrders; ++order) any = any || counts[2 + 2 * order] > 0;
  if (!any) return 0;
  double logs = 0, smoothing = 1;
  for (size_t order = 0; order < kBleuOrders; ++order) {
    const auto shared = static_cast<double>(counts[2 + 2 * order]), all = static_cast<double>(counts[3 + 2 * order]);
    if (all == 0) return 0;
    if (shared == 0) smoothing *= 2;
    logs += std::log(shared == 0 ? 1 / (smoothing * all) : shared / all);
  }
  const double brevity = ours >= theirs ? 1 : std::exp(1 - theirs / ours);
  return 100 * brevity * std::exp(logs / static_cast<double>(kBleuOrders));
}

}  // namespace

std::vector<std::string> tokenize13a(std::string_view text) {
  std::string line = replacedAll(replacedAll(replacedAll(std::string(text), "<skipped>", ""), "-\n", ""), "\n", " ");
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kEntities{
      {{"&quot;", "\""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}}};
  for (const auto& [entity, character] : kEntities) line = replacedAll(std::move(line), entity, character);

  std::string parted = " ";
  for (const char byte : line) {
    if (isLoneMark(byte)) {
      parted += {' ', byte, ' '};
    } else {
      parted += byte;
    }
  }
  parted += ' ';
  parted = rewritePairs(
      parted, [](char a, char b) { return !isDigit(a) && isPointOrComma(b); },
      [](std::string& out, char a, char b) {
        out += {a, ' ', b, ' '};
      });
  parted = rewritePairs(
      parted, [](char a, char b) { return isPointOrComma(a) && !isDigit(b); },
      [](std::string& out, char a, char b) {
        out += {' ', a, ' ', b};
      });
  parted = rewritePairs(
      parted, [](char a, char b) { return isDigit(a) && b == '-'; },
      [](std::string& out, char a, char b) {
        out += {a, ' ', b, ' '};
      });
  return wordsOf(parted);
}

MetricValue bleuWithInterval(std::span<const std::string> translations, std::span<const std::string> references,
                             std::uint64_t seed) {
  requireOneReferenceEach(translations, references);
  return bootstrapped("bleu", bleuCounts(translations, references), bleuOf, seed);
}

}  // namespace headroom
