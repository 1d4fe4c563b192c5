// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/head_scores.h"
#include "core/base/job_context.h"
#include "core/base/method_info.h"
#include "core/jobs/workspace.h"

namespace headroom {

struct Dataset;

struct ScoreRequest {
  std::string method;  ///< a post-hoc name of allMethods()
  ScoreOptions options;
  std::int64_t examples = 512;  ///< of each of the data that are looked at, chosen by the seed; 0 = all
  int keep = -1;                ///< K in units, for the methods that choose for one; -1 = not said
  std::string unit = "head";    ///< what the methods that try masks remove at once, see HeadUnits
};

/// `examples` of the data in their order, chosen by the seed (0 = all). Where questions are asked, so many of these
/// with all windows over their texts.
[[nodiscard]] Dataset chosenExamples(const Dataset& data, std::int64_t examples, std::uint64_t seed);
/// What `examples` counts: questions where these are asked, else examples.
[[nodiscard]] std::int64_t choosableExamples(const Dataset& data);

/// Throws Error(BadInput) naming the option that no method takes.
void requireValid(const ScoreOptions& options);

/// Judges the heads of the open model, under its trained weights, on a part of the training data; whole masks are tried
/// on a part of the choice data where there are any, see OpenDataRequest.
[[nodiscard]] HeadScores scoreHeads(Workspace& workspace, const ScoreRequest& request, const JobContext& context);

/// The same by several methods in one shared pass; the results in their order, each with what the pass cost. Throws
/// Error(BadInput) for a method that takes more than one pass, or other examples than the first.
[[nodiscard]] std::vector<HeadScores> scoreHeadsTogether(Workspace& workspace,
                                                         const std::vector<ScoreRequest>& requests,
                                                         const JobContext& context);

/// Every method there is, those that train first.
[[nodiscard]] std::vector<MethodInfo> allMethods();
/// Whether `name` judges a trained model (post-hoc) rather than trains.
[[nodiscard]] bool isScoringMethod(const std::string& name);

}  // namespace headroom
