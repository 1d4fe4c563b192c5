// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/comparison.h"
#include "core/base/job_context.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// A grid of methods, budgets and seeds on the open model and data. Heads are judged, and models trained, on the
/// training data; what is reported is measured on the workspace's dev data, which no method sees. Where choice data are
/// open (see OpenDataRequest) methods that try whole masks choose on these: `compare --test`.
struct CompareRequest {
  std::vector<std::string> methods;  ///< names that variantOf() takes, compared_methods.h
  std::vector<int> keeps;            ///< K, in units
  std::string unit = "head";         ///< what K counts and every method removes at once, see HeadUnits
  std::vector<std::uint64_t> seeds{1, 2, 3};
  std::int64_t steps = 1200;  ///< of joint training, and of recovery
  int batch = 32;
  bool recover = false;         ///< also prune, then recover (post-hoc methods)
  std::int64_t examples = 512;  ///< that heads are judged on, and of the choice data
  bool frozen = false;        ///< also gates trained under frozen weights, as post-hoc (with `recover` recovered) cells
  bool searchLambda = false;  ///< l0 looks for the lambda that leaves K gates open, instead of taking the top K
  ScoreOptions options;       ///< of the post-hoc methods that say nothing else; their seed is the cell's
  std::string outPath;        ///< the campaign's folder: new, or the same campaign's, which then goes on
};

/// So many random choices are measured at every K at least, whatever the seeds: one says little of the control.
inline constexpr int kRandomMasks = 10;

/// Computes every cell that is not done yet and keeps each in the folder as soon as it is; a failed one is noted, and
/// the rest goes on. Also writes compare.csv, compare-summary.csv, compare.html and its charts as SVG there. `partial`
/// sees the campaign after every cell. A stop keeps what is done, joint training by its checkpoint, and writes the
/// tables of it. What is asked for twice counts once. Compares the model
/// as it was opened; afterwards the workspace holds what it held.
[[nodiscard]] Comparison compareMethods(Workspace& workspace, const CompareRequest& request, const JobContext& context,
                                        const std::function<void(const Comparison&)>& partial = {});

}  // namespace headroom
