// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/columns.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "core/data/words.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

using Names = std::vector<std::string>;

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kPairs{{{"sentence1", "sentence2"},
                                                                                {"question1", "question2"},
                                                                                {"premise", "hypothesis"},
                                                                                {"question", "sentence"},
                                                                                {"#1 string", "#2 string"},
                                                                                {"text1", "text2"},
                                                                                {"text_a", "text_b"},
                                                                                {"question", "passage"},
                                                                                {"query", "passage"},
                                                                                {"question", "answer"},
                                                                                {"sentence_a", "sentence_b"}}};
constexpr std::array<std::string_view, 16> kTexts{"sentence",  "text",     "review",   "content", "comment",  "tweet",
                                                  "message",   "question", "document", "body",    "headline", "phrase",
                                                  "utterance", "input",    "sms",      "title"};
constexpr std::array<std::string_view, 16> kLabels{
    "label",     "labels",   "gold_label", "class",   "is_duplicate", "quality",      "target", "category",
    "sentiment", "polarity", "intent",     "emotion", "rating",       "coarse_label", "score",  "similarity_score"};
constexpr std::array<std::string_view, 8> kNumbers{"id", "idx", "index", "guid", "uid", "pairid", "promptid", "row"};

bool isWholeNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Index of the column, exact spelling first; -1 when there is none.
int indexOf(const Names& names, std::string_view wanted) {
  const auto exact = std::find(names.begin(), names.end(), wanted);
  const auto found =
      exact != names.end() ? exact : std::find_if(names.begin(), names.end(), [&](const std::string& name) {
        return lowerAscii(name) == lowerAscii(wanted);
      });
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

template <size_t N>
int firstKnown(const Names& names, const std::array<std::string_view, N>& known) {
  for (const std::string_view name : known)
    if (const int index = indexOf(names, name); index >= 0) return index;
  return -1;
}

/// A column that only counts the rows, as in files without labels.
bool isRowNumber(const std::string& name) {
  return std::find(kNumbers.begin(), kNumbers.end(), lowerAscii(name)) != kNumbers.end();
}

std::string listed(const Names& names) {
  std::string list;
  for (size_t i = 0; i < names.size() && i < 12; ++i)
    list += (i > 0 ? ", " : "") + (names[i].empty() ? "(no name)" : shortened(names[i]));
  return names.size() > 12 ? list + ", ..." : list;
}

int require(const TableReader& reader, const Names& names, const std::string& wanted) {
  const int index = indexOf(names, wanted);
  if (index < 0)
    throw Error(ErrorKind::BadInput, reader.path() + ": column " + shortened(wanted) + ": found only the columns " +
                                         listed(names) + ", expected one of that name; choose one of these");
  return index;
}

[[noreturn]] void refuseGuess(const TableReader& reader, const Names& names, const std::string& what) {
  throw Error(ErrorKind::BadInput, reader.path() + ": found the columns " + listed(names) + ", expected a " + what +
                                       "; name the " + what.substr(0, what.find(',')) + " yourself");
}

std::vector<int> guessTexts(const Names& names, int label) {
  for (const auto& [first, second] : kPairs) {
    const int a = indexOf(names, first), b = indexOf(names, second);
    if (a >= 0 && b >= 0 && a != label && b != label) return {a, b};
  }
  Names others = names;
  if (label >= 0) others[static_cast<size_t>(label)].clear();
  if (const int text = firstKnown(others, kTexts); text >= 0) return {text};
  std::vector<int> left;  // the only column that is neither the label nor a number
  for (int i = 0; i < static_cast<int>(names.size()); ++i)
    if (i != label && !isRowNumber(names[static_cast<size_t>(i)])) left.push_back(i);
  return label >= 0 && left.size() == 1 ? left : std::vector<int>{};
}

/// The label, where its name is known or it is the only column beside one text.
int guessLabel(const Names& names, const std::vector<int>& texts) {
  Names others = names;
  for (const int text : texts) others[static_cast<size_t>(text)].clear();
  if (const int label = firstKnown(others, kLabels); label >= 0) return label;
  const int text = texts.size() == 1 ? texts.front() : firstKnown(names, kTexts);
  if (texts.size() > 1 || names.size() != 2 || text < 0) return -1;
  return isRowNumber(names[static_cast<size_t>(1 - text)]) ? -1 : 1 - text;
}

Names numbered(size_t count) {
  Names names;
  for (size_t i = 1; i <= count; ++i) names.push_back("column " + std::to_string(i));
  return names;
}

/// Fills the choice for a file that begins with data; false when the first record looks like names.
bool chooseWithoutHeader(const Names& first, ColumnChoice& choice) {
  const bool cola = first.size() == 4 && (first[1] == "0" || first[1] == "1") && (first[2].empty() || first[2] == "*");
  const bool labelLast = first.size() == 2 && isWholeNumber(first[1]);
  const bool labelFirst = first.size() == 2 && isWholeNumber(first[0]) && !labelLast;
  if (!cola && !labelLast && !labelFirst) return false;
  choice.header = false;
  choice.names = cola ? Names{"source", "label", "mark", "sentence"} : numbered(2);
  choice.texts = {cola ? 3 : labelLast ? 0 : 1};
  choice.label = cola ? 1 : labelLast ? 1 : 0;
  return true;
}

bool namesNumberedColumns(const Names& textColumns, const std::string& labelColumn) {
  const auto isNumbered = [](const std::string& name) {
    return name.starts_with("column ") && isWholeNumber(name.substr(7));
  };
  return !textColumns.empty() && isNumbered(labelColumn) &&
         std::all_of(textColumns.begin(), textColumns.end(), isNumbered);
}

}  // namespace

ColumnChoice chooseColumns(const TableReader& reader, const std::vector<std::string>& textColumns,
                           const std::string& labelColumn) {
  if (textColumns.size() > 2)
    throw Error(ErrorKind::BadInput,
                "text columns: found " + std::to_string(textColumns.size()) + ", expected one or two");
  ColumnChoice choice;
  for (const std::string& name : reader.columns()) choice.names.emplace_back(trimmed(name));
  const bool mayLackHeader = reader.format() != TableFormat::JsonLines;
  if (mayLackHeader && textColumns.empty() && labelColumn.empty() && chooseWithoutHeader(choice.names, choice))
    return choice;
  if (mayLackHeader && namesNumberedColumns(textColumns, labelColumn) && indexOf(choice.names, labelColumn) < 0) {
    choice.header = false;
    choice.names = numbered(choice.names.size());
  }

  if (!labelColumn.empty()) choice.label = require(reader, choice.names, labelColumn);
  for (const std::string& name : textColumns) choice.texts.push_back(require(reader, choice.names, name));
  if (choice.label < 0) choice.label = guessLabel(choice.names, choice.texts);
  if (choice.texts.empty()) choice.texts = guessTexts(choice.names, choice.label);
  if (choice.texts.empty())
    refuseGuess(reader, choice.names, "text column, such as sentence, text or sentence1 and sentence2");
  if (choice.label < 0) refuseGuess(reader, choice.names, "label column, such as label, gold_label or class");
  if (std::find(choice.texts.begin(), choice.texts.end(), choice.label) != choice.texts.end())
    throw Error(ErrorKind::BadInput, reader.path() + ": column " +
                                         shortened(choice.names[static_cast<size_t>(choice.label)]) +
                                         ": found as text and as label, expected two different columns");
  return choice;
}

}  // namespace headroom
