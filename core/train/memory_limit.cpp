// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/memory_limit.h"

#include "core/base/error.h"

namespace headroom {

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

void addBatch(const EvaluationSet& data, const EvaluationBatch& batch, const Transformer& model,
              const ForwardOptions& options, MemoryLimit& memory, Tally& tally) {
  const auto work = [&] { data.add(batch, model.forward(batch.input.to(model.computeType()), options).logits, tally); };
  if (memory.fits(batch, work)) return;
  for (const EvaluationBatch& half : halves(batch)) addBatch(data, half, model, options, memory, tally);
}

}  // namespace headroom
