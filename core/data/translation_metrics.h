// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// The words of mteval-v13a, as sacrebleu's tokenizer "13a" gives them: entities resolved, marks cut off, numbers kept.
[[nodiscard]] std::vector<std::string> tokenize13a(std::string_view text);

/// Corpus BLEU in percent, equal to sacrebleu's defaults with one reference a sentence (13a, mixed case, up to 4-grams,
/// exponential smoothing), with a seeded bootstrap interval over sentences. Throws Error when the sizes differ.
[[nodiscard]] MetricValue bleuWithInterval(std::span<const std::string> translations,
                                           std::span<const std::string> references, std::uint64_t seed = 0);

/// Corpus chrF2 in percent, equal to sacrebleu's defaults (characters without white space, up to 6-grams, no words,
/// recall counts twice), with a seeded bootstrap interval over sentences. Throws Error when the sizes differ.
[[nodiscard]] MetricValue chrfWithInterval(std::span<const std::string> translations,
                                           std::span<const std::string> references, std::uint64_t seed = 0);

}  // namespace headroom
