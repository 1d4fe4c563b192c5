// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text_stream.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/data/example_choice.h"
#include "core/data/words.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr std::string_view kDocumentEnd = "<|endoftext|>";

std::string readPlainText(const std::string& path) {
  std::string text = readTextFile(path);
  if (const auto wrong = firstInvalidUtf8(text)) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(*wrong), '\n');
    throw Error(ErrorKind::BadFile,
                path + ": line " + std::to_string(line) +
                    ": found bytes that are not UTF-8, expected plain text; save the file as UTF-8");
  }
  return text;
}

std::vector<int> streamOf(std::string_view text, const Tokenizer& tokenizer, const JobContext& context) {
  constexpr int kUncut = std::numeric_limits<int>::max();
  const std::vector<int> mark = tokenizer.encode(kDocumentEnd);
  const bool isToken = mark.size() == 1 && tokenizer.token(mark[0]) == kDocumentEnd;
  if (isToken || text.find(kDocumentEnd) == std::string_view::npos)
    return tokenizer.encode(text, std::nullopt, kUncut).ids;
  std::vector<int> stream;
  for (size_t begin = 0; begin < text.size();) {
    context.checkStop();
    const size_t end = std::min(text.find(kDocumentEnd, begin), text.size());
    if (const std::string_view document = trimmed(text.substr(begin, end - begin)); !document.empty()) {
      const std::vector<int> ids = tokenizer.encode(document, std::nullopt, kUncut).ids;
      stream.insert(stream.end(), ids.begin(), ids.end());
    }
    begin = end + kDocumentEnd.size();
  }
  return stream;
}

std::vector<Example> windowsOf(const std::vector<int>& stream, size_t length, size_t stride) {
  std::vector<Example> windows;
  const size_t positions = stream.size() - 1;  // each predicts the token behind it
  size_t judged = 0;
  for (size_t begin = 0; judged < positions; begin += stride) {
    const size_t end = std::min(begin + length, positions);
    const auto first = stream.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = stream.begin() + static_cast<std::ptrdiff_t>(end);
    Example& window = windows.emplace_back();
    window.ids.assign(first, last);
    window.types.assign(window.ids.size(), 0);
    window.targets.assign(first + 1, last + 1);
    std::fill_n(window.targets.begin(), judged - begin, kNoTarget);
    judged = end;
  }
  return windows;
}

}  // namespace

Dataset openTextStream(const TextStreamRequest& request, const Tokenizer& tokenizer, const JobContext& context) {
  const int stride = request.stride == 0 ? request.maxLength : request.stride;
  if (request.maxLength < 1 || stride < 1 || stride > request.maxLength)
    throw Error(ErrorKind::BadInput, "windows: found a length of " + std::to_string(request.maxLength) +
                                         " tokens and a stride of " + std::to_string(stride) +
                                         ", expected a stride from 1 to the length");
  const std::string text = readPlainText(request.path);
  context.report({.task = "tokenizing " + request.path});
  const std::vector<int> stream = streamOf(text, tokenizer, context);
  if (stream.size() < 2)
    throw Error(ErrorKind::BadInput, request.path + ": found " + std::to_string(stream.size()) +
                                         " tokens, expected a text of at least two; choose another file");
  Dataset data;
  data.kind = DataKind::TextStream;
  data.summary.path = request.path;
  data.summary.format = "plain text";
  Sha256 digest;
  digest.update(text);
  data.summary.sha256 = digest.hex();
  data.summary.rows = std::count(text.begin(), text.end(), '\n') + (text.ends_with('\n') ? 0 : 1);
  data.examples = windowsOf(stream, static_cast<size_t>(request.maxLength), static_cast<size_t>(stride));
  sampleExamples(data.examples, request.maxExamples, data.summary.skipped);
  summarise(data);
  return data;
}

}  // namespace headroom
