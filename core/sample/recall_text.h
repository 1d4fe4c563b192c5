// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headroom {

/// Tokens of a text, the beginning mark included: as many as a window of the models has, so that each window is one
/// text.
constexpr int kRecallTokens = 64;

/// "<pad>", "<s>", then 60 syllables. A token's place is its id.
[[nodiscard]] const std::vector<std::string>& recallVocabulary();

/// What stands before a text, and between the pairs of one: fillers keep learned positions from telling what comes.
enum class RecallPrefix { None, Fillers };

/// Texts of random syllables in which most tokens can only be known by looking back, made from the seed alone. Two
/// kinds in turn; with fillers each is begun by up to seven other syllables. Repetition: 12 to 20 syllables, all
/// different, then pieces of 4 to 10 of them in a row, drawn from any place, until the text is full. Recall: six pairs
/// of a key and a value, all different, then keys drawn at random, each followed by its value, with fillers here and
/// there a syllable between. In both, what follows a syllable that was seen before is what followed it before, but
/// where a new piece or pair begins. No place in the text tells what comes: only looking for the syllable does.
[[nodiscard]] std::vector<std::vector<int>> recallTexts(int count, std::uint64_t seed,
                                                        RecallPrefix prefix = RecallPrefix::Fillers);

/// For each token but the last whether the next one is the one that followed it first, which looking back tells.
[[nodiscard]] std::vector<bool> followsWhatWasSeen(const std::vector<int>& text);
/// The share of next tokens that looking back tells, of all that are predicted: the beginning of the next text is one
/// of them.
[[nodiscard]] double predictableShare(const std::vector<std::vector<int>>& texts);

/// One text a line, syllables apart by blanks, "<s>" in front.
[[nodiscard]] std::string recallLines(const std::vector<std::vector<int>>& texts);

}  // namespace headroom
