// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/campaign_cells.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "core/base/files.h"
#include "core/base/peak_memory.h"
#include "core/jobs/compared_methods.h"
#include "core/jobs/score_heads.h"
#include "core/jobs/train_on.h"
#include "core/prune/surgery.h"
#include "core/scores/score_table.h"
#include "core/store/run_file.h"

namespace headroom {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

/// What the run's mask was chosen by; empty for a run without gates.
std::vector<double> lastLogAlpha(const std::string& runPath) {
  const RunSnapshot run = readRun(runPath);
  if (run.points.empty()) return {};
  return {run.points.back().logAlpha.begin(), run.points.back().logAlpha.end()};
}

}  // namespace

CampaignCells::CampaignCells(Workspace& workspace, const CompareRequest& request, const JobContext& context,
                             const CampaignFolder& folder)
    : m_workspace(workspace),
      m_state(workspace.state()),
      m_request(request),
      m_context(context),
      m_folder(folder),
      m_units(m_state.opened->layout(), request.unit) {}

void CampaignCells::compute(CompareCell& cell) {
  PeakMemory memory;
  choose(cell);
  cell.costs.peakBytes = std::max(cell.costs.peakBytes, memory.bytes());
}

void CampaignCells::choose(CompareCell& cell) {
  const std::string method = variantOf(cell.method).method;
  if (isRuntimeMethod(method)) return computeRuntime(cell);
  if (ticketKind(method)) return computeTicket(cell);
  if (cell.regime == Regime::Joint) return computeJoint(cell);
  if (isScoringMethod(method)) return computeScored(cell);
  computeFrozen(cell);
}

JobContext CampaignCells::quiet() const {
  JobContext context = m_context;
  context.progress = {};
  return context;
}

const HeadScores& CampaignCells::scoresOf(const CompareCell& cell) {
  const MethodVariant variant = variantOf(cell.method);
  std::string judged = variant.method;  // however it is recovered
  for (const std::string& option : variant.options) judged += "+" + option;
  const auto key = std::tuple(judged, cell.seed, findScoreMethod(variant.method).info.ofOneK ? cell.keep : -1);
  if (!m_scores.contains(key)) {
    ScoreRequest request{variant.method, optionsOf(variant, m_request.options), m_request.examples, cell.keep,
                         m_request.unit};
    request.options.seed = cell.seed;
    m_scores[key] = scoreHeads(m_workspace, request, quiet());
  }
  return m_scores[key];
}

void CampaignCells::computeScored(CompareCell& cell) {
  const HeadScores& scores = scoresOf(cell);
  cell.costs = scores.costs;
  const auto began = Clock::now();
  cell.mask = m_units.toHeads(keepTop(m_units.units(), m_units.means(scores.values), cell.keep));
  if (!findScoreMethod(variantOf(cell.method).method).info.ofOneK)
    cell.scores = scores.values;  // else they order nothing
  judgePruned(cell);
  cell.costs.seconds += since(began) - m_measuring;
}

void CampaignCells::computeFrozen(CompareCell& cell) {
  TrainSettings settings = settingsFor(cell.method, cell);
  settings.freezeWeights = true;
  const std::string place = cell.method + "-frozen-k" + std::to_string(cell.keep) + "-s" + std::to_string(cell.seed);
  const TrainReport report = trained(cell, settings, place);
  m_state.backToOpened();
  cell.mask = report.mask;
  cell.scores = lastLogAlpha(report.runPath);
  cell.exact = report.exact;
  addTraining(cell, report.steps);
  const auto trainedAt = Clock::now();
  judgePruned(cell);
  cell.costs.seconds += report.wallSeconds + since(trainedAt) - m_measuring;
}

void CampaignCells::judgePruned(CompareCell& cell) {
  const Transformer& opened = *m_state.opened;
  judge(cell, cell.regime == Regime::PostHoc ? m_state.forEvaluation(opened, cell.mask)
                                             : m_state.forEvaluation(recovered(cell)));
}

Transformer CampaignCells::recovered(CompareCell& cell) const {
  TrainedOn trained = trainedOn(compact(*m_state.opened, cell.mask), m_state, settingsFor("none", cell), m_context,
                                variantOf(cell.method).lora ? Recovery::LowRank : Recovery::AllWeights);
  addTraining(cell, trained.steps);
  return std::move(trained.model);
}

TrainSettings CampaignCells::settingsFor(const std::string& method, const CompareCell& cell) const {
  const MethodVariant variant = variantOf(method);
  TrainSettings settings = recommendedSettings(m_state.summary, variant.method);
  settings.reopen = variant.reopen.value_or(settings.reopen);
  settings.keep = cell.keep;
  settings.unit = m_request.unit;
  settings.seed = cell.seed;
  settings.steps = m_request.steps;
  settings.batch = m_request.batch;
  return settings;
}

void CampaignCells::addTraining(CompareCell& cell, std::int64_t steps) const {
  cell.trainSteps += steps;
  const Dataset& train = m_state.requireTrain();
  const double all = static_cast<double>(train.examples.size()),
               choosable = static_cast<double>(choosableExamples(train)),
               chosen =
                   m_request.examples > 0 ? std::min(choosable, static_cast<double>(m_request.examples)) : choosable;
  // A question has several windows, each of which is an example of a pass.
  const double judged = train.kind == DataKind::Answers && choosable > 0 ? all * chosen / choosable : chosen;
  const double passes = static_cast<double>(steps) * m_request.batch / std::max(1.0, judged);
  cell.costs.forwards += passes;
  cell.costs.backwards += passes;
}

void CampaignCells::computeJoint(CompareCell& cell) {
  const TrainReport report = trained(cell, settingsFor(cell.method, cell), cell.name());
  cell.mask = report.mask;
  cell.scores = lastLogAlpha(report.runPath);
  cell.exact = report.exact;
  cell.metric = report.metric;
  cell.toFull = report.toFull.value_or(PairedDifference{});
  cell.loss = report.loss;
  addTraining(cell, report.steps);
  cell.costs.seconds += report.wallSeconds;
}

TrainReport CampaignCells::trained(CompareCell& cell, const TrainSettings& settings, const std::string& place) {
  TrainRequest train;
  train.settings = settings;
  train.runPath = m_folder.file("runs/" + place + ".h5");
  if (settings.method == "l0" && m_request.searchLambda) {
    const LambdaSearch found = lambdaOf(settings, m_folder.file("runs/" + place + ".lambda.json"));
    train.settings.lambda = found.lambda;
    train.settings.lambdaSearched = found.reached;
    addTraining(cell, found.steps);
    cell.costs.seconds += found.seconds;
  }
  if (std::filesystem::exists(train.runPath)) {
    const RunSnapshot run = readRun(train.runPath);
    if (run.report && run.report->finished) return *run.report;
    train.resume = run.resumable;
    train.overwrite = !train.resume;
  }
  return trainGates(m_workspace, train, quiet(), {});
}

LambdaSearch CampaignCells::lambdaOf(const TrainSettings& settings, const std::string& path) {
  if (std::filesystem::exists(path)) return lambdaFromJson(readTextFile(path, 1 << 16), path);
  const LambdaSearch found = searchLambda(m_workspace, settings, kMostLambdaTrials, quiet());
  writeFileAtomically(path, toJson(found));
  return found;
}

TicketRounds CampaignCells::roundsOf(const CompareCell& cell, bool byTaylor) {
  const std::string path = m_folder.file("runs/" + std::string(byTaylor ? "lottery+taylor" : "lottery") + "-k" +
                                         std::to_string(cell.keep) + "-s" + std::to_string(cell.seed) + ".ticket.json");
  if (std::filesystem::exists(path)) return ticketFromJson(readTextFile(path, 1 << 20), path, m_state.opened->layout());
  const Dataset data = chosenExamples(m_state.requireTrain(), m_request.examples, cell.seed);
  const EvaluationSet calibration(data, m_state.opened->config(),
                                  batchSettings(m_state.opened->config(), m_state.summary.path), m_state.device);
  TicketRounds rounds = playRounds(m_state, calibration, settingsFor("none", cell), quiet(), byTaylor);
  writeFileAtomically(path, toJson(rounds));
  return rounds;
}

void CampaignCells::computeTicket(CompareCell& cell) {
  const TicketKind kind = *ticketKind(cell.method);
  const TrainSettings settings = settingsFor("none", cell);
  const TicketRounds rounds = kind == TicketKind::Random ? TicketRounds{HeadMask(m_state.opened->layout()), 0, {}}
                                                         : roundsOf(cell, kind == TicketKind::ByTaylor);
  const auto began = Clock::now();
  cell.mask = ticketMask(rounds.mask, settings, kind);
  cell.costs = rounds.costs;
  addTraining(cell, rounds.steps);
  if (cell.regime == Regime::PostHoc) {
    judge(cell, m_state.forEvaluation(*m_state.opened, cell.mask));
  } else {
    const TrainedOn trained = trainTicket(m_state, cell.mask, settings, quiet(), kind);
    addTraining(cell, trained.steps);
    judge(cell, m_state.forEvaluation(trained.model));
  }
  cell.costs.seconds += since(began) - m_measuring;
}

void CampaignCells::computeRuntime(CompareCell& cell) {
  const auto key = std::tuple(cell.method, cell.seed, cell.keep);
  if (!m_runtime.contains(key)) {
    RuntimeRequest request{settingsFor("none", cell), m_request.examples};
    request.settings.method = cell.method;
    m_runtime[key] = chooseAtRunTime(m_workspace, request, quiet());
  }
  const RuntimeReport& report = m_runtime[key];
  const bool byInput = cell.regime == Regime::RunTime;
  cell.mask = report.fixed.mask;
  cell.scores = report.keepFrequency;
  cell.costs = report.costs;
  if (report.trainSteps > 0) addTraining(cell, report.trainSteps);
  if (cell.regime == Regime::Recovered) {
    const auto began = Clock::now();
    judgePruned(cell);
    cell.costs.seconds += since(began) - m_measuring;
    return;
  }
  if (byInput) cell.meanKept = report.meanKept;
  cell.metric = byInput ? report.metric : report.fixed.metric;
  cell.toFull = byInput ? report.toFull : *report.fixed.toFull;
  cell.loss = byInput ? report.loss : report.fixed.loss;
}

void CampaignCells::judge(CompareCell& cell, const Transformer& model) {
  const auto began = Clock::now();
  const Tally& full = m_state.fullTally(m_context);
  const Tally tally = evaluate(model, m_state.requireDev(), quiet());
  const EvalResult result = toResult(cell.mask, tally, tally.examples, &full);
  cell.metric = result.metric;
  cell.toFull = *result.toFull;
  cell.loss = result.loss;
  m_measuring = since(began);
}

}  // namespace headroom
