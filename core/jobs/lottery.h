// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/head_scores.h"
#include "core/base/method_info.h"
#include "core/jobs/train_on.h"
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

/// What the rounds leave.
struct TicketRounds {
  HeadMask mask;
  std::int64_t steps = 0;  ///< of all rounds
  PassCosts costs;         ///< passes over the calibration examples, and the rounds' time and memory
};

/// headroom-ticket/1, to keep what the rounds left; reading throws Error(BadFile) naming `path`.
[[nodiscard]] std::string toJson(const TicketRounds& rounds);
[[nodiscard]] TicketRounds ticketFromJson(const std::string& text, const std::string& path, const HeadLayout& layout);

/// Rounds of a half of `settings.steps` in all, for tickets and what is made of them; K counts `settings.unit`s, and
/// whole ones go, those of the least confidence or `byTaylor`. `calibration` is what heads are judged on; `round` sees
/// the mask and the model that a round starts from.
[[nodiscard]] TicketRounds playRounds(Workspace::State& state, const EvaluationSet& calibration,
                                      const TrainSettings& settings, const JobContext& context, bool byTaylor = false,
                                      const std::function<void(const HeadMask&, const Transformer&)>& round = {});

/// The heads that a kind of ticket keeps, given what the rounds left (which heads by chance do not look at). Throws
/// Error(BadInput) where the rounds leave fewer than K losers and these are asked for.
[[nodiscard]] HeadMask ticketMask(const HeadMask& rounds, const TrainSettings& settings, TicketKind kind);

/// The model that the ticket is trained from: the kept heads only, with the weights they had first, or fresh ones.
[[nodiscard]] Transformer ticketStart(const Workspace::State& state, const HeadMask& mask, std::uint64_t seed,
                                      TicketKind kind);

/// The ticket trained to the end, for the half of `settings.steps` that the rounds leave.
[[nodiscard]] TrainedOn trainTicket(const Workspace::State& state, const HeadMask& mask, const TrainSettings& settings,
                                    const JobContext& context, TicketKind kind);

}  // namespace headroom
