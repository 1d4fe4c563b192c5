// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/labels.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "core/base/error.h"
#include "core/data/words.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr int kMostClasses = 10000;  ///< where the model does not say; more are a text column taken for labels

std::string listed(std::vector<std::string> names) {
  std::string list;
  for (size_t i = 0; i < names.size() && i < 8; ++i) list += (i > 0 ? ", " : "") + shortened(names[i]);
  return names.size() > 8 ? list + ", ..." : list;
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

[[noreturn]] void refuse(const LabelSource& source, const RawLabel& label, const std::string& expected) {
  throw Error(ErrorKind::BadInput, source.path + ": " + source.unit + " " + std::to_string(label.firstLine) +
                                       ": column " + shortened(source.column) + ": found label " +
                                       shortened(label.text) + ", expected " + expected);
}

/// Class of each label by name; -1 where no name matches.
std::vector<int> byName(const std::vector<RawLabel>& distinct, const std::vector<std::string>& names, bool anyCase) {
  std::vector<int> classes;
  for (const RawLabel& label : distinct) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return anyCase ? lowerAscii(name) == lowerAscii(label.text) : name == label.text;
    });
    classes.push_back(found == names.end() ? -1 : static_cast<int>(found - names.begin()));
  }
  return classes;
}

LabelMapping byNumber(const std::vector<RawLabel>& distinct, const LabelSource& source) {
  const bool known = !source.modelNames.empty();
  const int limit = known ? static_cast<int>(source.modelNames.size()) : kMostClasses;
  LabelMapping mapping{.classes = {}, .names = source.modelNames};
  int largest = 0;
  const RawLabel* wrong = nullptr;  // the one that comes first in the file
  for (const RawLabel& label : distinct) {
    const double value = number(label.text).value_or(-1);
    const bool fits = value >= 0 && value < limit && value == static_cast<double>(static_cast<int>(value));
    if (!fits && (wrong == nullptr || label.firstLine < wrong->firstLine)) wrong = &label;
    mapping.classes.push_back(fits ? static_cast<int>(value) : 0);
    largest = std::max(largest, mapping.classes.back());
  }
  if (wrong != nullptr)
    refuse(source, *wrong,
           "a whole number from 0 to " + std::to_string(limit - 1) +
               (known ? " (the model has " + std::to_string(limit) + " labels: " + listed(source.modelNames) +
                            "); correct the row, choose another label column or a model with more labels"
                      : "; choose another label column"));
  if (!known)
    for (int i = 0; i <= largest; ++i) mapping.names.push_back(std::to_string(i));
  return mapping;
}

LabelMapping bySortedName(const std::vector<RawLabel>& distinct, const LabelSource& source) {
  LabelMapping mapping;
  for (const RawLabel& label : distinct) mapping.names.push_back(label.text);
  std::sort(mapping.names.begin(), mapping.names.end());
  const size_t expected = source.modelNames.empty() ? mapping.names.size() : source.modelNames.size();
  if (mapping.names.size() != expected || mapping.names.size() > kMostClasses)
    throw Error(ErrorKind::BadInput,
                source.path + ": column " + shortened(source.column) + ": found " +
                    std::to_string(mapping.names.size()) + " different labels (" + listed(mapping.names) +
                    "), expected " +
                    (expected > kMostClasses ? "at most " + std::to_string(kMostClasses)
                                             : std::to_string(expected) + " (" + listed(source.modelNames) + ")") +
                    "; choose another label column, or write the labels into id2label of the model's config.json");
  mapping.classes = byName(distinct, mapping.names, false);
  return mapping;
}

}  // namespace

LabelMapping mapLabels(const std::vector<RawLabel>& distinct, const LabelSource& source) {
  const std::vector<std::string>& names = source.modelNames;
  for (const bool anyCase : {false, true}) {
    std::vector<int> classes = byName(distinct, names, anyCase);
    if (std::find(classes.begin(), classes.end(), -1) == classes.end()) return {std::move(classes), names};
  }
  const auto isNumber = [](const RawLabel& label) { return number(label.text).has_value(); };
  if (std::all_of(distinct.begin(), distinct.end(), isNumber)) return byNumber(distinct, source);

  const std::vector<int> classes = byName(distinct, names, true);
  const bool someMatch = std::any_of(classes.begin(), classes.end(), [](int index) { return index >= 0; });
  if (someMatch || (!names.empty() && !source.mayRename)) {
    const auto missing = std::find(classes.begin(), classes.end(), -1);
    refuse(source, distinct[static_cast<size_t>(missing - classes.begin())],
           "one of " + listed(names) + " (the model's labels); correct the row or choose another label column");
  }
  return bySortedName(distinct, source);
}

}  // namespace headroom
