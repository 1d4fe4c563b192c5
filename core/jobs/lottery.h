// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/head_scores.h"
#include "core/base/method_info.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

/// Behnke & Heafield 2020: train a little, remove the heads of the least confidence, set what is left back to where it
/// began, again and again until K are left; then train these.
[[nodiscard]] const MethodInfo& lotteryInfo();

/// The ticket ("lottery"); the one that removes by Taylor, with blocks normalised, as Prasanna et al. 2020 do
/// ("lottery+taylor"); and the ticket's controls: K by chance ("lottery+random"); K of those that it lacks
/// ("lottery+bad"); its heads with weights drawn anew ("lottery+fresh"). All train to the end for as many steps.
enum class TicketKind { Good, ByTaylor, Random, Bad, Fresh };
/// By the method's name; none for another method.
[[nodiscard]] std::optional<TicketKind> ticketKind(const std::string& method);
[[nodiscard]] std::vector<MethodInfo> otherTickets();

struct LotteryTicket {
  HeadMask mask;
  Transformer model;       ///< only the kept heads, trained to the end
  std::int64_t steps = 0;  ///< of all rounds and of the end
  PassCosts judging;       ///< passes over the calibration examples
};

/// `settings.steps` in all: a half for the rounds (which heads by chance do without), a half for the end; K counts
/// `settings.unit`s, and whole ones go. `calibration` is what heads are judged on; `round` sees the mask and the
/// model that the next round starts from. Throws Error(BadInput) where the ticket lacks fewer than K and these are
/// asked for.
[[nodiscard]] LotteryTicket drawTicket(Workspace::State& state, const EvaluationSet& calibration,
                                       const TrainSettings& settings, const JobContext& context,
                                       const std::function<void(const HeadMask&, const Transformer&)>& round = {},
                                       TicketKind kind = TicketKind::Good);

}  // namespace headroom
