// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/lottery.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/base/peak_memory.h"
#include "core/base/rng.h"
#include "core/checkpoint/json_text.h"
#include "core/checkpoint/mask_file.h"
#include "core/prune/surgery.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

constexpr int kRounds = 4;
constexpr std::uint64_t kRandomStream = 0x6c6f7474, kBadStream = 0x6c6f7475, kFreshStream = 0x6c6f7474;
constexpr const char* kTicketFormat = "headroom-ticket/1";

struct TicketRow {
  TicketKind kind;
  MethodInfo info;
};

MethodInfo ticketInfo(const std::string& name, const std::string& title, const std::string& description,
                      const std::string& judgedBy = "attention maps") {
  return {name,
          title,
          description,
          "joint training",
          {"labels", "training", judgedBy, "random numbers"},
          {"one mask at K with changed weights"},
          true};
}

const std::vector<TicketRow>& ticketTable() {
  static const std::vector<TicketRow> table{
      {TicketKind::Good, ticketInfo("lottery", "Lottery ticket",
                                    "Trains a little, removes the least confident heads, sets the rest back, again and "
                                    "again; then trains what is left.")},
      {TicketKind::ByTaylor, ticketInfo("lottery+taylor", "Lottery ticket by Taylor",
                                        "As the lottery ticket, but the heads that go are those whose gates matter "
                                        "least to the loss.",
                                        "gate gradient")},
      {TicketKind::Random, ticketInfo("lottery+random", "Lottery ticket, random heads",
                                      "A control: K heads by chance, trained from their first weights as the ticket "
                                      "is.")},
      {TicketKind::Bad, ticketInfo("lottery+bad", "Lottery ticket, heads that lost",
                                   "A control: K of the heads that the ticket lacks, by chance, trained from their "
                                   "first weights as the ticket is.")},
      {TicketKind::Fresh, ticketInfo("lottery+fresh", "Lottery ticket, fresh weights",
                                     "A control: the ticket's heads in a model whose weights are drawn anew, trained "
                                     "as the ticket is.")},
  };
  return table;
}

TrainSettings withSteps(TrainSettings settings, std::int64_t steps) {
  settings.steps = std::max<std::int64_t>(1, steps);
  return settings;
}

std::int64_t stepsOfARound(const TrainSettings& settings) {
  return std::max<std::int64_t>(1, settings.steps / 2 / kRounds);
}

/// What the mask's heads are worth in a model that has these only, in their order.
HeadScores ticketScores(bool byTaylor, const Transformer& model, const EvaluationSet& calibration,
                        const JobContext& context) {
  ScoreOptions options;
  options.normalise = byTaylor;
  const ScoreInput input{model, calibration, options, context};
  return byTaylor ? taylorScores(input) : confidenceScores(input);
}

/// Removes the units of the least score until `keep` are left; `scores` are of the mask's heads.
HeadMask thinned(const HeadMask& mask, const std::vector<double>& scores, const HeadUnits& units, int keep) {
  std::vector<double> ofAll(static_cast<size_t>(mask.headCount()), -std::numeric_limits<double>::infinity());
  for (size_t head = 0, next = 0; head < ofAll.size(); ++head)
    if (mask.kept(static_cast<int>(head))) ofAll[head] = scores[next++];
  return units.toHeads(keepTop(units.units(), units.means(ofAll), keep));
}

void requireEnoughLosers(int keep, int all) {
  if (keep > all - keep)
    throw Error(ErrorKind::BadInput, "lottery+bad: keep: found " + std::to_string(keep) + ", expected at most " +
                                         std::to_string(all / 2) + ": it takes K of those that the ticket lacks");
}

/// K units by chance, of those that `barred` has none of.
HeadMask chosenByChance(const HeadMask& barred, const HeadUnits& units, const TrainSettings& settings,
                        std::uint64_t stream) {
  Rng rng(settings.seed, stream);
  std::vector<double> chances;
  for (int unit = 0; unit < units.count(); ++unit) chances.push_back(rng.uniform());
  for (int head = 0; head < barred.headCount(); ++head)
    if (barred.kept(head)) chances[static_cast<size_t>(units.unitOf(head))] = -1;
  return units.toHeads(keepTop(units.units(), chances, settings.keep));
}

}  // namespace

const MethodInfo& lotteryInfo() { return ticketTable().front().info; }

std::vector<MethodInfo> otherTickets() {
  std::vector<MethodInfo> others;
  for (const TicketRow& row : ticketTable())
    if (row.kind != TicketKind::Good) others.push_back(row.info);
  return others;
}

std::optional<TicketKind> ticketKind(const std::string& method) {
  for (const TicketRow& row : ticketTable())
    if (row.info.name == method) return row.kind;
  return std::nullopt;
}

std::string toJson(const TicketRounds& rounds) {
  const nlohmann::ordered_json json{{"format", kTicketFormat},
                                    {"mask", nlohmann::ordered_json::parse(maskToJson(rounds.mask))},
                                    {"steps", rounds.steps},
                                    {"forwards", rounds.costs.forwards},
                                    {"backwards", rounds.costs.backwards},
                                    {"seconds", rounds.costs.seconds},
                                    {"peak_bytes", rounds.costs.peakBytes}};
  return json.dump(1) + "\n";
}

TicketRounds ticketFromJson(const std::string& text, const std::string& path, const HeadLayout& layout) {
  try {
    const nlohmann::json json = parseJson(text, path);
    if (json.at("format") == kTicketFormat)
      return {maskFromJson(json.at("mask").dump(), path + ": mask", layout),
              json.at("steps"),
              {json.at("forwards"), json.at("backwards"), json.at("seconds"), json.at("peak_bytes")}};
  } catch (const std::exception&) {
    // said below
  }
  throw Error(ErrorKind::BadFile, path + ": found no lottery ticket as Headroom writes it, expected " + kTicketFormat +
                                      "; remove the file");
}

TicketRounds playRounds(Workspace::State& state, const EvaluationSet& calibration, const TrainSettings& settings,
                        const JobContext& context, bool byTaylor,
                        const std::function<void(const HeadMask&, const Transformer&)>& round) {
  const auto began = std::chrono::steady_clock::now();
  PeakMemory memory;
  HeadMask mask(state.opened->layout());
  const HeadUnits units(mask.layout(), settings.unit);
  const int all = units.count();
  const std::int64_t steps = stepsOfARound(settings);
  TicketRounds played;
  for (int i = 1; i <= kRounds; ++i) {
    const Transformer small = compact(*state.opened, mask);
    if (round) round(mask, small);
    const Transformer trained = trainedOn(small, state, withSteps(settings, steps), context).model;
    const HeadScores scores = ticketScores(byTaylor, trained, calibration, context);
    played.costs.forwards += scores.costs.forwards;
    played.costs.backwards += scores.costs.backwards;
    mask = thinned(mask, scores.values, units, all - (all - settings.keep) * i / kRounds);
  }
  played.mask = mask;
  played.steps = kRounds * steps;
  played.costs.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  played.costs.peakBytes = memory.bytes();
  return played;
}

HeadMask ticketMask(const HeadMask& rounds, const TrainSettings& settings, TicketKind kind) {
  const HeadUnits units(rounds.layout(), settings.unit);
  if (kind == TicketKind::Random)
    return chosenByChance(HeadMask(rounds.layout(), false), units, settings, kRandomStream);
  if (kind != TicketKind::Bad) return rounds;
  requireEnoughLosers(settings.keep, units.count());
  return chosenByChance(rounds, units, settings, kBadStream);
}

Transformer ticketStart(const Workspace::State& state, const HeadMask& mask, std::uint64_t seed, TicketKind kind) {
  Transformer small = compact(*state.opened, mask);
  if (kind != TicketKind::Fresh) return small;
  const Parameters fresh = Parameters::random(small.config(), seed ^ kFreshStream);
  return {small.config(), fresh.to(small.device(), torch::kFloat32)};
}

TrainedOn trainTicket(const Workspace::State& state, const HeadMask& mask, const TrainSettings& settings,
                      const JobContext& context, TicketKind kind) {
  return trainedOn(ticketStart(state, mask, settings.seed, kind), state,
                   withSteps(settings, settings.steps - kRounds * stepsOfARound(settings)), context);
}

}  // namespace headroom
