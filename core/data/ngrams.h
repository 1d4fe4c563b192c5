// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"

namespace headroom {

/// N-grams of two sequences: how many each has, and how many they share.
struct NgramOverlap {
  std::int64_t translation = 0;
  std::int64_t reference = 0;
  std::int64_t shared = 0;
};

template <typename Symbol>
[[nodiscard]] NgramOverlap ngramOverlap(const std::vector<Symbol>& translation, const std::vector<Symbol>& reference,
                                        size_t order) {
  NgramOverlap overlap;
  std::map<std::vector<Symbol>, std::int64_t> left;  // of the reference
  const auto forEach = [order](const std::vector<Symbol>& symbols, auto&& action) {
    for (size_t i = 0; i + order <= symbols.size(); ++i) {
      const auto begin = symbols.begin() + static_cast<std::ptrdiff_t>(i);
      action(std::vector<Symbol>(begin, begin + static_cast<std::ptrdiff_t>(order)));
    }
  };
  forEach(reference, [&](std::vector<Symbol> ngram) {
    ++left[std::move(ngram)];
    ++overlap.reference;
  });
  forEach(translation, [&](const std::vector<Symbol>& ngram) {
    ++overlap.translation;
    const auto found = left.find(ngram);
    if (found == left.end() || found->second == 0) return;
    --found->second;
    ++overlap.shared;
  });
  return overlap;
}

/// Throws Error when there is not one reference a translation.
inline void requireOneReferenceEach(std::span<const std::string> translations,
                                    std::span<const std::string> references) {
  if (translations.size() != references.size())
    throw Error(ErrorKind::BadInput, "translations: found " + std::to_string(translations.size()) + " of them and " +
                                         std::to_string(references.size()) +
                                         " references, expected one reference each");
}

}  // namespace headroom
