// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "core/base/head_units.h"
#include "core/jobs/compare_methods.h"
#include "core/jobs/lottery.h"
#include "core/jobs/runtime_masks.h"
#include "core/jobs/search_lambda.h"
#include "core/jobs/workspace_state.h"
#include "core/store/campaign_folder.h"

namespace headroom {

/// Computes the cells of a campaign, one after the other, on the model as it was opened. What several cells have in
/// common (scores of all heads, rounds of a lottery, masks by input, runs) is computed once.
class CampaignCells {
 public:
  /// All of it must outlive this.
  CampaignCells(Workspace& workspace, const CompareRequest& request, const JobContext& context,
                const CampaignFolder& folder);

  /// Fills in mask, scores, metric and costs of a cell whose method, regime, K and seed are known; may leave the
  /// workspace with another model than the opened one. Throws what the method throws, and Cancelled.
  void compute(CompareCell& cell);

 private:
  void choose(CompareCell& cell);
  /// The job's own progress would hide the campaign's.
  [[nodiscard]] JobContext quiet() const;
  /// Judged once for all K where the method allows it.
  const HeadScores& scoresOf(const CompareCell& cell);
  void computeScored(CompareCell& cell);
  /// Gates that were trained under frozen weights, once for both regimes.
  void computeFrozen(CompareCell& cell);
  /// The cell's mask in the model as it was opened, or recovered from it.
  void judgePruned(CompareCell& cell);
  /// The pruned model, trained on.
  Transformer recovered(CompareCell& cell) const;
  [[nodiscard]] TrainSettings settingsFor(const std::string& method, const CompareCell& cell) const;
  /// In passes over the examples that heads are judged on, as scores' costs are.
  void addTraining(CompareCell& cell, std::int64_t steps) const;
  void computeJoint(CompareCell& cell);
  /// A run that a stop or a kill left goes on from its checkpoint; one that was finished is taken as it is.
  TrainReport trained(CompareCell& cell, const TrainSettings& settings, const std::string& place);
  /// Searched once for a run: what it cost belongs to the cell, whenever that is finished.
  LambdaSearch lambdaOf(const TrainSettings& settings, const std::string& path);
  /// Played once for a ticket and its controls, without and with training, also over stops.
  TicketRounds roundsOf(const CompareCell& cell, bool byTaylor);
  void computeTicket(CompareCell& cell);
  /// The choice by input, or what a fixed mask makes of it; both come of one run of the method.
  void computeRuntime(CompareCell& cell);
  /// Its time is no cost of the method.
  void judge(CompareCell& cell, const Transformer& model);

  Workspace& m_workspace;
  Workspace::State& m_state;
  const CompareRequest& m_request;
  const JobContext& m_context;
  const CampaignFolder& m_folder;
  HeadUnits m_units;
  double m_measuring = 0;  ///< seconds that the last cell was measured for
  /// By method, seed and K.
  template <typename Value>
  using ByCell = std::map<std::tuple<std::string, std::uint64_t, int>, Value>;
  ByCell<HeadScores> m_scores;
  ByCell<RuntimeReport> m_runtime;
};

}  // namespace headroom
