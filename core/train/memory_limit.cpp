// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/memory_limit.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/error.h"

namespace headroom {

namespace {

/// One of a batch's tensors, given the batch.
using Member = std::function<torch::Tensor(const EvaluationBatch&)>;

}  // namespace

bool MemoryLimit::fits(const EvaluationBatch& batch, const std::function<void()>& work) {
  const std::int64_t rows = batch.input.rows();
  if (rows > m_rows) return false;
  if (withinMemory(work)) return true;
  if (rows == 1)
    throw Error(ErrorKind::Memory,
                "out of memory: " + batch.device().str() + " has no room for a single example (number " +
                    std::to_string(batch.examples.front()) +
                    "); close other programs, cut texts shorter (--max-length) or compute on --device cpu");
  m_rows = rows / 2;
  return false;
}

std::array<EvaluationBatch, 2> halves(const EvaluationBatch& batch) {
  const std::int64_t rows = batch.input.rows(), half = rows / 2;
  const auto part = [&](std::int64_t first, std::int64_t count) {
    const auto cut = [&](const torch::Tensor& x) { return x.defined() ? x.narrow(0, first, count) : x; };
    const auto from = batch.examples.begin() + first;
    return EvaluationBatch{
        batch.input.narrow(first, count),
        {from, from + count},
        {cut(batch.targets.classes), cut(batch.targets.tokens), cut(batch.targets.values), cut(batch.targets.spans)}};
  };
  return {part(0, half), part(half, rows - half)};
}

std::vector<std::vector<size_t>> alikeBatches(const EvaluationBatches& batches, size_t most) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<size_t>> open;  // groups that have room
  std::vector<std::vector<size_t>> groups;
  for (size_t place = 0; place < batches.size(); ++place) {
    std::vector<size_t>& group = open[batches.lengths(place)];
    group.push_back(place);
    if (group.size() == most) groups.push_back(std::exchange(group, {}));
  }
  for (const auto& [widths, group] : open)
    if (!group.empty()) groups.push_back(group);
  return groups;
}

EvaluationBatch joined(const EvaluationBatches& batches, const std::vector<size_t>& places) {
  if (places.size() == 1) return batches[places.front()];
  std::vector<EvaluationBatch> alike;
  for (const size_t place : places) alike.push_back(batches[place]);
  const auto all = [&](const Member& member) {
    std::vector<torch::Tensor> parts;
    for (const EvaluationBatch& batch : alike) parts.push_back(member(batch));
    return parts;
  };
  const auto join = [&](const Member& member) {
    const std::vector<torch::Tensor> parts = all(member);
    return parts.front().defined() ? torch::cat(parts) : torch::Tensor();
  };
  // Where no row is padded there is no mask; beside rows that are, theirs is all 1.
  const auto joinMasks = [&](const Member& mask, const Member& ids) {
    std::vector<torch::Tensor> parts = all(mask);
    if (std::none_of(parts.begin(), parts.end(), [](const torch::Tensor& x) { return x.defined(); }))
      return torch::Tensor();
    for (size_t i = 0; i < parts.size(); ++i)
      if (!parts[i].defined()) parts[i] = torch::ones_like(ids(alike[i]));
    return torch::cat(parts);
  };
  const Member ids = [](const EvaluationBatch&b) { return b.input.ids; },
               decoderIds = [](const EvaluationBatch&b) { return b.input.decoderIds; };
  EvaluationBatch made;
  made.input = {join(ids),
                joinMasks([](const EvaluationBatch& b) { return b.input.mask; }, ids),
                join([](const EvaluationBatch& b) { return b.input.types; }),
                join(decoderIds),
                joinMasks([](const EvaluationBatch& b) { return b.input.decoderMask; }, decoderIds),
                join([](const EvaluationBatch& b) { return b.input.pixels; })};
  made.targets = {join([](const EvaluationBatch& b) { return b.targets.classes; }),
                  join([](const EvaluationBatch& b) { return b.targets.tokens; }),
                  join([](const EvaluationBatch& b) { return b.targets.values; }),
                  join([](const EvaluationBatch& b) { return b.targets.spans; })};
  for (const EvaluationBatch& batch : alike)
    made.examples.insert(made.examples.end(), batch.examples.begin(), batch.examples.end());
  return made;
}

void addBatch(const EvaluationSet& data, const EvaluationBatch& batch, const Transformer& model,
              const ForwardOptions& options, MemoryLimit& memory, Tally& tally) {
  const auto work = [&] { data.add(batch, model.forward(batch.input.to(model.computeType()), options).logits, tally); };
  if (memory.fits(batch, work)) return;
  for (const EvaluationBatch& half : halves(batch)) addBatch(data, half, model, options, memory, tally);
}

}  // namespace headroom
