// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/recall_text.h"

#include <algorithm>
#include <string_view>

#include "core/base/rng.h"

namespace headroom {

namespace {

constexpr int kMarks = 2;  // <pad> and <s>
constexpr int kBegin = 1;
constexpr int kShortestSegment = 12, kLongestSegment = 20;
constexpr int kShortestPiece = 4, kLongestPiece = 10;
constexpr int kPairs = 6;
constexpr int kMostFillers = 7;  // before the text, so that no place in it tells anything

/// `count` different syllables in random order.
std::vector<int> differentSyllables(int count, Rng& rng) {
  std::vector<int> all;
  for (int id = kMarks; id < static_cast<int>(recallVocabulary().size()); ++id) all.push_back(id);
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) std::swap(all[i], all[i + rng.below(all.size() - i)]);
  all.resize(static_cast<size_t>(count));
  return all;
}

int between(int least, int most, Rng& rng) {
  return least + static_cast<int>(rng.below(static_cast<std::uint64_t>(most - least) + 1));
}

std::vector<int> repetition(Rng& rng, RecallPrefix prefix) {
  const int length = between(kShortestSegment, kLongestSegment, rng);
  std::vector<int> segment =
      differentSyllables(length + (prefix == RecallPrefix::Fillers ? between(0, kMostFillers, rng) : 0), rng);
  std::vector<int> text{kBegin};
  text.insert(text.end(), segment.begin() + length, segment.end());
  segment.resize(static_cast<size_t>(length));
  text.insert(text.end(), segment.begin(), segment.end());
  while (text.size() < kRecallTokens) {
    const int piece = between(kShortestPiece, kLongestPiece, rng), first = between(0, length - piece, rng);
    for (int i = 0; i < piece && text.size() < kRecallTokens; ++i)
      text.push_back(segment[static_cast<size_t>(first + i)]);
  }
  return text;
}

std::vector<int> recall(Rng& rng, RecallPrefix prefix) {
  const bool filled = prefix == RecallPrefix::Fillers;
  std::vector<int> pairs = differentSyllables(2 * kPairs + (filled ? 1 + kMostFillers : 0), rng);
  const std::vector<int> fillers(pairs.begin() + 2 * kPairs, pairs.end());
  pairs.resize(2 * kPairs);
  std::vector<int> text{kBegin};
  if (filled) text.insert(text.end(), fillers.begin(), fillers.begin() + between(0, kMostFillers, rng));
  text.insert(text.end(), pairs.begin(), pairs.end());
  while (text.size() < kRecallTokens) {
    if (filled && rng.below(4) == 0) text.push_back(fillers[rng.below(fillers.size())]);
    const size_t pair = rng.below(kPairs);
    text.insert(text.end(), {pairs[2 * pair], pairs[2 * pair + 1]});
  }
  text.resize(kRecallTokens);
  return text;
}

}  // namespace

const std::vector<std::string>& recallVocabulary() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> made{"<pad>", "<s>"};
    for (const char consonant : std::string_view("bdfgklmnprst"))
      for (const char vowel : std::string_view("aeiou")) made.push_back({consonant, vowel});
    return made;
  }();
  return words;
}

std::vector<std::vector<int>> recallTexts(int count, std::uint64_t seed, RecallPrefix prefix) {
  Rng rng(seed, 0x726563616c6c);
  std::vector<std::vector<int>> texts;
  for (int i = 0; i < count; ++i) texts.push_back(i % 2 == 0 ? repetition(rng, prefix) : recall(rng, prefix));
  return texts;
}

std::vector<bool> followsWhatWasSeen(const std::vector<int>& text) {
  std::vector<bool> follows;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto first = static_cast<size_t>(std::find(text.begin(), text.end(), text[i]) - text.begin());
    follows.push_back(first < i && text[first + 1] == text[i + 1]);
  }
  return follows;
}

double predictableShare(const std::vector<std::vector<int>>& texts) {
  double known = 0, all = 0;
  for (const std::vector<int>& text : texts) {
    const std::vector<bool> follows = followsWhatWasSeen(text);
    known += 1 + static_cast<double>(std::count(follows.begin(), follows.end(), true));
    all += static_cast<double>(text.size());
  }
  return all > 0 ? known / all : 0;
}

std::string recallLines(const std::vector<std::vector<int>>& texts) {
  std::string lines;
  for (const std::vector<int>& text : texts) {
    for (size_t i = 0; i < text.size(); ++i)
      lines += (i == 0 ? "" : " ") + recallVocabulary()[static_cast<size_t>(text[i])];
    lines += '\n';
  }
  return lines;
}

}  // namespace headroom
