// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compare_mask.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/data/metrics.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

constexpr int kLengthSlices = 4;

class Differences {
 public:
  Differences(const Workspace::State& state, const Tally& full, const Tally& masked)
      : m_state(state),
        m_data(*full.data),
        m_full(full),
        m_masked(masked),
        m_fullRight(correctBits(full)),
        m_maskedRight(correctBits(masked)) {}

  [[nodiscard]] MaskComparison found() const {
    MaskComparison comparison;
    for (const bool gained : {false, true})
      for (size_t i = 0; i < m_fullRight.size(); ++i) {
        if (m_fullRight[i] == m_maskedRight[i] || (m_maskedRight[i] != 0) != gained) continue;
        ++(gained ? comparison.gained : comparison.lost);
        if (comparison.flipped.size() < MaskComparison::kMostFlipped)
          comparison.flipped.push_back(asks() ? flippedQuestion(i, gained) : flipped(i, gained));
      }
    comparison.mcNemar = mcNemarExact(comparison.gained, comparison.lost);
    comparison.classes = classes();
    comparison.lengths = lengths();
    return comparison;
  }

 private:
  /// Questions are judged, not the windows over their texts.
  [[nodiscard]] bool asks() const { return m_data.kind == DataKind::Answers; }
  [[nodiscard]] bool hasClasses() const {
    return m_data.kind == DataKind::Classification || m_data.kind == DataKind::Images;
  }

  [[nodiscard]] std::string className(int label) const {
    return label >= 0 && label < static_cast<int>(m_data.labels.size()) ? m_data.labels[static_cast<size_t>(label)]
                                                                        : std::to_string(label);
  }

  [[nodiscard]] std::string said(const Tally& tally, size_t i) const {
    if (hasClasses()) return className(tally.predicted[i]);
    if (m_data.kind == DataKind::Regression) return std::to_string(tally.values[i]);
    return std::to_string(tally.scores[i].right) + " of " + std::to_string(tally.scores[i].judged) + " tokens";
  }

  [[nodiscard]] FlippedExample flippedQuestion(size_t i, bool gained) const {
    const Question& question = m_data.questions[i];
    FlippedExample found;
    found.index = static_cast<std::int64_t>(i);
    found.text = question.text;
    found.expected = question.answers.empty() ? "no answer" : question.answers.front();
    found.before = gained ? "wrong" : "right";
    found.after = gained ? "right" : "wrong";
    found.gained = gained;
    return found;
  }

  [[nodiscard]] FlippedExample flipped(size_t i, bool gained) const {
    const Example& example = m_data.examples[i];
    FlippedExample found;
    found.index = static_cast<std::int64_t>(i);
    found.text = example.second.empty() ? example.text : example.text + " / " + example.second;
    if (m_data.kind == DataKind::TextStream || m_data.kind == DataKind::MaskedText)
      found.text = m_state.tokenizer->decode(example.ids);
    if (m_data.kind == DataKind::Images) found.text = "image " + std::to_string(i);
    if (hasClasses()) found.expected = className(example.label);
    found.before = said(m_full, i);
    found.after = said(m_masked, i);
    found.gained = gained;
    return found;
  }

  [[nodiscard]] SliceScore slice(const std::string& name, const std::vector<size_t>& examples) const {
    const auto share = [&](const Tally& tally) {
      std::int64_t right = 0;
      for (const size_t i : examples) right += tally.correct[i];
      return accuracyWithInterval(right, static_cast<std::int64_t>(examples.size()));
    };
    return {name, share(m_full), share(m_masked)};
  }

  [[nodiscard]] std::vector<SliceScore> classes() const {
    std::vector<SliceScore> slices;
    if (!hasClasses()) return slices;
    for (int label = 0; label < static_cast<int>(m_data.labels.size()); ++label) {
      std::vector<size_t> examples;
      for (size_t i = 0; i < m_data.examples.size(); ++i)
        if (m_data.examples[i].label == label) examples.push_back(i);
      if (!examples.empty()) slices.push_back(slice(className(label), examples));
    }
    return slices;
  }

  /// Quarters of the examples by their number of tokens; none where all are alike.
  [[nodiscard]] std::vector<SliceScore> lengths() const {
    std::vector<SliceScore> slices;
    std::vector<size_t> order;
    for (size_t i = 0; i < m_data.examples.size(); ++i) order.push_back(i);
    const auto length = [&](size_t i) { return m_data.examples[i].length(); };
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return length(a) < length(b); });
    if (asks() || m_data.kind == DataKind::Images || order.empty() || length(order.front()) == length(order.back()))
      return slices;
    for (int part = 0; part < kLengthSlices; ++part) {
      const size_t from = order.size() * static_cast<size_t>(part) / kLengthSlices,
                   to = order.size() * static_cast<size_t>(part + 1) / kLengthSlices;
      if (from == to) continue;
      const std::vector<size_t> examples(order.begin() + static_cast<std::ptrdiff_t>(from),
                                         order.begin() + static_cast<std::ptrdiff_t>(to));
      const int shortest = length(examples.front()), longest = length(examples.back());
      slices.push_back(slice(
          (shortest == longest ? std::to_string(shortest) : std::to_string(shortest) + "-" + std::to_string(longest)) +
              " tokens",
          examples));
    }
    return slices;
  }

  const Workspace::State& m_state;
  const Dataset& m_data;
  const Tally& m_full;
  const Tally& m_masked;
  CorrectBits m_fullRight, m_maskedRight;
};

}  // namespace

MaskComparison compareMask(Workspace& workspace, const HeadMask& mask, const JobContext& context) {
  Workspace::State& state = workspace.state();
  if (mask.layout() != state.requireModel().layout())
    throw Error(ErrorKind::BadInput, "mask: it is for a model with other heads than the one that is open");
  const Tally& full = state.fullTally(context);
  const Tally masked = measureMask(state, mask, context);
  MaskComparison comparison = Differences(state, full, masked).found();
  comparison.maskHash = mask.hash();
  return comparison;
}

}  // namespace headroom
