// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "core/base/head_mask.h"
#include "core/base/job_context.h"
#include "core/model/transformer.h"
#include "core/train/evaluator.h"

namespace headroom {

inline constexpr std::int64_t kCutBytes = std::int64_t{1} << 30;  ///< cut weights that are kept at once

/// Work is counted in multiply-adds a token: see layerWork(). What one whole pass of the unpruned model takes.
[[nodiscard]] double wholePassWork(const Transformer& model, const EvaluationSet& data);
/// What a mask takes that shares nothing with others.
[[nodiscard]] double maskWork(const Transformer& model, const EvaluationSet& data, const HeadMask& mask);

struct MaskRuns {
  std::vector<Tally> tallies;  ///< one a mask
  double work = 0;             ///< that was done for all of them
};

/// How far the run of one mask has come.
struct MaskProgress {
  Tally tally;
  size_t passes = 0;  ///< of passCount(): those that the tally holds, from the first on
  double work = 0;    ///< of the whole run, once it has begun
};

/// Into how many passes runMasks() joins the micro-batches; the same for every mask.
[[nodiscard]] size_t passCount(const Transformer& model, const EvaluationSet& data);

/// Runs every mask over the data, micro-batch by micro-batch. Within one, a mask takes up the hidden states of the mask
/// before it in the list below the first layer in which they differ; pruned heads are not computed, nor what the logits
/// do not need of the last layer. So masks belong in an order in which neighbours agree in many layers. At most
/// `cutBytes` of cut weights live at once: the masks that do not fit begin anew; micro-batches that do not fit the
/// device's memory are halved. `progress` hears the share that is done.
[[nodiscard]] MaskRuns runMasks(const Transformer& model, const EvaluationSet& data, const std::vector<HeadMask>& masks,
                                const JobContext& context, const std::function<void(double)>& progress = {},
                                std::int64_t cutBytes = kCutBytes);

/// The same, going on from what `soFar`, one a mask, holds; no mask in it may be ahead of the one before. Also when it
/// throws, every tally in it is that of whole passes. `passed` is called when a mask has done a pass.
void continueMasks(const Transformer& model, const EvaluationSet& data, const std::vector<HeadMask>& masks,
                   std::vector<MaskProgress>& soFar, const JobContext& context,
                   const std::function<void(double)>& progress, const std::function<void()>& passed,
                   std::int64_t cutBytes);

}  // namespace headroom
