// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/question_answers.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/data/example_choice.h"
#include "core/data/squad_file.h"

namespace headroom {

namespace {

constexpr size_t kQuestionsBetweenReports = 256;

/// First and last token of the answer in the whole text; empty where a token boundary misses it entirely.
std::optional<std::pair<size_t, size_t>> tokensOf(const TextSpan& answer, const std::vector<TextSpan>& spans) {
  const auto touches = [&answer](const TextSpan& span) { return span.begin < answer.end && span.end > answer.begin; };
  const auto first = std::find_if(spans.begin(), spans.end(), touches);
  if (answer.begin == answer.end || first == spans.end()) return std::nullopt;
  const auto last = std::find_if_not(first, spans.end(), touches);
  return std::pair(static_cast<size_t>(first - spans.begin()), static_cast<size_t>(last - spans.begin()) - 1);
}

class WindowCutter {
 public:
  WindowCutter(const QuestionRequest& request, const Tokenizer& tokenizer)
      : m_request(request), m_tokenizer(tokenizer) {}

  void cut(const PlacedQuestion& placed, int index, std::vector<Example>& out) const {
    std::vector<int> question = m_tokenizer.encode(placed.question.text);
    if (question.size() > static_cast<size_t>(m_request.maxQuestion))
      question.resize(static_cast<size_t>(m_request.maxQuestion));
    const size_t special = m_tokenizer.joined(question, {}).ids.size();
    const size_t step = roomFor(special);
    const LocatedIds text = m_tokenizer.locate(*placed.question.context);
    const auto answer = tokensOf(placed.answer, text.spans);
    const size_t room = static_cast<size_t>(m_request.maxLength) - special;
    for (size_t begin = 0;; begin += step) {
      const size_t end = std::min(begin + room, text.ids.size());
      out.push_back(window(question, text, begin, end, answer));
      out.back().label = index;
      if (end == text.ids.size()) return;
    }
  }

 private:
  /// Tokens from one window to the next.
  [[nodiscard]] size_t roomFor(size_t special) const {
    const auto length = static_cast<std::int64_t>(m_request.maxLength) - static_cast<std::int64_t>(special);
    if (length <= m_request.overlap || m_request.overlap < 0)
      throw Error(ErrorKind::BadInput,
                  "windows: found room for " + std::to_string(length) + " tokens of text and an overlap of " +
                      std::to_string(m_request.overlap) +
                      ", expected more room than overlap; choose a larger length or a smaller overlap");
    return static_cast<size_t>(length - m_request.overlap);
  }

  [[nodiscard]] Example window(const std::vector<int>& question, const LocatedIds& text, size_t begin, size_t end,
                               const std::optional<std::pair<size_t, size_t>>& answer) const {
    const auto slice = [begin, end](const auto& all) {
      return std::pair(all.begin() + static_cast<std::ptrdiff_t>(begin),
                       all.begin() + static_cast<std::ptrdiff_t>(end));
    };
    const auto [firstId, lastId] = slice(text.ids);
    const auto [firstSpan, lastSpan] = slice(text.spans);
    Encoding encoding = m_tokenizer.joined(question, {firstId, lastId});
    Example example;
    example.spans.assign(encoding.ids.size(), {});
    std::copy(firstSpan, lastSpan, example.spans.begin() + static_cast<std::ptrdiff_t>(encoding.secondBegin));
    example.ids = std::move(encoding.ids);
    example.types = std::move(encoding.types);
    example.targets = {0, 0};
    if (answer && answer->first >= begin && answer->second < end)
      example.targets = {static_cast<int>(encoding.secondBegin + answer->first - begin),
                         static_cast<int>(encoding.secondBegin + answer->second - begin)};
    return example;
  }

  const QuestionRequest& m_request;
  const Tokenizer& m_tokenizer;
};

}  // namespace

Dataset openQuestions(const QuestionRequest& request, const Tokenizer& tokenizer, const JobContext& context) {
  const std::string content = readTextFile(request.path);
  Dataset data;
  data.kind = DataKind::Answers;
  data.summary.path = request.path;
  data.summary.format = "SQuAD";
  data.summary.textColumns = {"question", "context"};
  Sha256 digest;
  digest.update(content);
  data.summary.sha256 = digest.hex();
  std::vector<PlacedQuestion> all = readSquad(request.path, content, data.summary.skipped);
  data.summary.rows = static_cast<std::int64_t>(all.size());
  for (const auto& [reason, count] : data.summary.skipped) data.summary.rows += count;
  if (all.empty())
    throw Error(ErrorKind::BadInput, request.path + ": found " + std::to_string(data.summary.rows) +
                                         " questions, none of them usable, expected questions with their answers");
  const std::vector<size_t> chosen = chosenIndices(all.size(), request.maxExamples);
  const WindowCutter cutter(request, tokenizer);
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (i % kQuestionsBetweenReports == 0) {
      context.checkStop();
      context.report({.task = "tokenizing " + request.path,
                      .step = static_cast<std::int64_t>(i),
                      .total = static_cast<std::int64_t>(chosen.size())});
    }
    PlacedQuestion& placed = all[chosen[i]];
    cutter.cut(placed, static_cast<int>(i), data.examples);
    data.questions.push_back(std::move(placed.question));
  }
  summarise(data);
  return data;
}

std::optional<AnswerChoice> bestAnswer(const Example& window, const Question& question, std::span<const float> starts,
                                       std::span<const float> ends, int longest) {
  const size_t length = std::min({window.spans.size(), starts.size(), ends.size()});
  const auto isText = [&window](size_t at) { return window.spans[at].end > window.spans[at].begin; };
  std::optional<AnswerChoice> best;
  size_t first = 0, last = 0;
  for (size_t i = 0; i < length; ++i) {
    if (!isText(i)) continue;
    for (size_t j = i; j < std::min(length, i + static_cast<size_t>(std::max(longest, 0))); ++j) {
      if (!isText(j) || (best && starts[i] + ends[j] <= best->score)) continue;
      best = {.score = starts[i] + ends[j], .text = {}};
      first = i;
      last = j;
    }
  }
  if (best)
    best->text =
        question.context->substr(window.spans[first].begin, window.spans[last].end - window.spans[first].begin);
  return best;
}

}  // namespace headroom
