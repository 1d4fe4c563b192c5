// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/masked_text.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/rng.h"
#include "core/data/example_choice.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr double kChosen = 0.15, kMasked = 0.8, kRandom = 0.1;

int maskTokenOf(const Tokenizer& tokenizer, const std::string& path) {
  for (const char* spelling : {"[MASK]", "<mask>"}) {
    const std::vector<int> ids = tokenizer.encode(spelling);
    if (ids.size() == 1 && tokenizer.token(ids.front()) == spelling) return ids.front();
  }
  throw Error(ErrorKind::BadInput, path +
                                       ": found a tokenizer without a mask token, expected [MASK] or <mask>; use the "
                                       "tokenizer that belongs to the model");
}

/// What stands before and behind a text.
struct Frame {
  std::vector<int> before, after;
};

Frame frameOf(const Tokenizer& tokenizer) {
  const std::vector<int> ids = tokenizer.encode("", std::nullopt, std::numeric_limits<int>::max()).ids;
  const auto half = ids.begin() + static_cast<std::ptrdiff_t>((ids.size() + 1) / 2);
  return {{ids.begin(), half}, {half, ids.end()}};
}

class Masker {
 public:
  Masker(int maskId, int vocabulary, std::uint64_t seed) : m_maskId(maskId), m_vocabulary(vocabulary), m_seed(seed) {}

  /// Hides some of the tokens from `first` to before `end`; at least one.
  void hide(Example& window, size_t first, size_t end, std::uint64_t index) const {
    Rng rng(m_seed, 0x6d61736b0000 + index);
    window.targets.assign(window.ids.size(), kNoTarget);
    const size_t certain = first + rng.below(end - first);
    for (size_t at = first; at < end; ++at) {
      const bool chosen = rng.uniform() < kChosen || at == certain;
      const double fate = rng.uniform();
      const auto other = static_cast<int>(rng.below(static_cast<std::uint64_t>(m_vocabulary)));
      if (!chosen) continue;
      window.targets[at] = window.ids[at];
      if (fate < kMasked) {
        window.ids[at] = m_maskId;
      } else if (fate < kMasked + kRandom) {
        window.ids[at] = other;
      }
    }
  }

 private:
  int m_maskId;
  int m_vocabulary;
  std::uint64_t m_seed;
};

}  // namespace

Dataset openMaskedText(const MaskedTextRequest& request, const Tokenizer& tokenizer, const JobContext& context) {
  const std::string text = readTextFile(request.path);
  if (firstInvalidUtf8(text))
    throw Error(ErrorKind::BadFile,
                request.path + ": found bytes that are not UTF-8, expected plain text; save the file as UTF-8");
  const int maskId = maskTokenOf(tokenizer, request.path);
  const Frame frame = frameOf(tokenizer);
  const auto room = static_cast<std::int64_t>(request.maxLength) -
                    static_cast<std::int64_t>(frame.before.size() + frame.after.size());
  if (room < 1)
    throw Error(ErrorKind::BadInput, "windows: found a length of " + std::to_string(request.maxLength) +
                                         " tokens, expected room beside the special ones");
  context.report({.task = "tokenizing " + request.path});
  const std::vector<int> stream = tokenizer.encode(text);
  if (stream.empty())
    throw Error(ErrorKind::BadInput, request.path + ": found no token, expected a text; choose another file");

  Dataset data;
  data.kind = DataKind::MaskedText;
  data.summary.path = request.path;
  data.summary.format = "plain text";
  Sha256 digest;
  digest.update(text);
  data.summary.sha256 = digest.hex();
  data.summary.rows = std::count(text.begin(), text.end(), '\n') + (text.ends_with('\n') ? 0 : 1);
  const Masker masker(maskId, tokenizer.size(), request.seed);
  for (size_t begin = 0; begin < stream.size(); begin += static_cast<size_t>(room)) {
    context.checkStop();
    const size_t end = std::min(begin + static_cast<size_t>(room), stream.size());
    Example& window = data.examples.emplace_back();
    window.ids = frame.before;
    window.ids.insert(window.ids.end(), stream.begin() + static_cast<std::ptrdiff_t>(begin),
                      stream.begin() + static_cast<std::ptrdiff_t>(end));
    masker.hide(window, frame.before.size(), window.ids.size(), data.examples.size());
    window.ids.insert(window.ids.end(), frame.after.begin(), frame.after.end());
    window.targets.insert(window.targets.end(), frame.after.size(), kNoTarget);
    window.types.assign(window.ids.size(), 0);
  }
  sampleExamples(data.examples, request.maxExamples, data.summary.skipped);
  summarise(data);
  return data;
}

}  // namespace headroom
