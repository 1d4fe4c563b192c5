// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compare_methods.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/head_units.h"
#include "core/base/peak_memory.h"
#include "core/jobs/compare_request.h"
#include "core/jobs/compared_methods.h"
#include "core/jobs/lottery.h"
#include "core/jobs/runtime_masks.h"
#include "core/jobs/score_heads.h"
#include "core/jobs/search_lambda.h"
#include "core/jobs/train_on.h"
#include "core/jobs/workspace_state.h"
#include "core/prune/surgery.h"
#include "core/report/comparison_report.h"
#include "core/scores/score_table.h"
#include "core/store/campaign_folder.h"
#include "core/store/run_file.h"

namespace headroom {

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

bool areSame(const Dataset& a, const Dataset& b) {
  return !a.summary.sha256.empty() && a.summary.sha256 == b.summary.sha256;
}

/// What the run's mask was chosen by; empty for a run without gates.
std::vector<double> lastLogAlpha(const std::string& runPath) {
  const RunSnapshot run = readRun(runPath);
  if (run.points.empty()) return {};
  return {run.points.back().logAlpha.begin(), run.points.back().logAlpha.end()};
}

class Campaign {
 public:
  Campaign(Workspace& workspace, const CompareRequest& request, const JobContext& context,
           const std::function<void(const Comparison&)>& partial)
      : m_workspace(workspace),
        m_state(workspace.state()),
        m_before{m_state.current, m_state.logAlpha, m_state.runPath},
        m_request(request),
        m_context(context),
        m_partial(partial),
        m_folder(request.outPath, campaignIdentity(m_state, request)),
        m_units(m_state.opened->layout(), request.unit) {
    const Tally& full = m_state.fullTally(context);
    const HeadMask every(m_state.opened->layout());
    m_comparison.layout = every.layout();
    m_comparison.unit = request.unit;
    m_comparison.searchedLambda = request.searchLambda;
    m_comparison.full = toResult(every, full, full.examples, nullptr).metric;
    m_comparison.metricName = m_comparison.full.name;
    describeData();
    for (const std::string& method : request.methods)
      for (const std::uint64_t seed : seedsFor(method, request.seeds))
        for (const int keep : request.keeps) addCells(method, seed, keep);
  }

  ~Campaign() {
    m_state.current = m_before.current;
    m_state.logAlpha = m_before.logAlpha;
    m_state.runPath = m_before.runPath;
    m_state.weightsChanged();
  }
  Campaign(const Campaign&) = delete;
  Campaign& operator=(const Campaign&) = delete;

  Comparison run() {
    backToOpened();
    try {
      computeAll();
    } catch (const Cancelled&) {
      writeTables();  // of what there is, the rest as open
      throw;
    }
    writeTables();
    return std::move(m_comparison);
  }

 private:
  void describeData() {
    const Dataset &train = m_state.requireTrain(), &reported = m_state.requireDev().data();
    m_comparison.seenData = areSame(train, reported);
    if (!m_state.choice) return;
    m_comparison.seenData = m_comparison.seenData || areSame(*m_state.choice, reported);
    m_comparison.roles = DataRoles{train.summary.path, m_state.choice->summary.path, reported.summary.path};
  }

  void computeAll() {
    for (size_t i = 0; i < m_comparison.cells.size(); ++i) {
      m_context.report(
          {"comparing", static_cast<std::int64_t>(i), static_cast<std::int64_t>(m_comparison.cells.size()), -1});
      if (!m_comparison.cells[i].done) compute(m_comparison.cells[i]);
    }
  }

  void addCells(const std::string& method, std::uint64_t seed, int keep) {
    const bool asked = std::find(m_request.seeds.begin(), m_request.seeds.end(), seed) != m_request.seeds.end();
    for (const Regime regime : regimesOf(method)) {
      if (!asked && regime != Regime::PostHoc) continue;
      CompareCell cell;
      cell.method = method;
      cell.regime = regime;
      cell.keep = keep;
      cell.seed = seed;
      const auto known = m_folder.find(cell, m_comparison.layout);
      m_comparison.cells.push_back(known && known->done ? *known : cell);
    }
  }

  [[nodiscard]] std::vector<Regime> regimesOf(const std::string& name) const {
    const std::string method = variantOf(name).method;
    if (method == "ebert") return {Regime::RunTime, Regime::Joint};
    if (isRuntimeMethod(method)) return {Regime::RunTime, Regime::PostHoc};
    if (ticketKind(method) == TicketKind::Fresh) return {Regime::Joint};  // untrained weights know nothing
    if (ticketKind(method)) return {Regime::PostHoc, Regime::Joint};
    const bool postHoc = isScoringMethod(method), frozen = m_request.frozen && !postHoc;
    if (variantOf(name).lora) return {Regime::Recovered};
    std::vector<Regime> regimes;
    if (postHoc || frozen) regimes.push_back(Regime::PostHoc);
    if ((postHoc || frozen) && m_request.recover) regimes.push_back(Regime::Recovered);
    if (!postHoc) regimes.push_back(Regime::Joint);
    return regimes;
  }

  void choose(CompareCell& cell) {
    const std::string method = variantOf(cell.method).method;
    if (isRuntimeMethod(method)) return computeRuntime(cell);
    if (ticketKind(method)) return computeTicket(cell);
    if (cell.regime == Regime::Joint) return computeJoint(cell);
    if (isScoringMethod(method)) return computeScored(cell);
    computeFrozen(cell);
  }

  void compute(CompareCell& cell) {
    try {
      PeakMemory memory;
      choose(cell);
      cell.costs.peakBytes = std::max(cell.costs.peakBytes, memory.bytes());
      cell.done = true;
    } catch (const Cancelled&) {
      throw;
    } catch (const std::exception& error) {
      cell.error = error.what();
    }
    backToOpened();
    m_folder.write(cell);
    if (m_partial) m_partial(m_comparison);
  }

  /// The job's own progress would hide the campaign's.
  [[nodiscard]] JobContext quiet() const {
    JobContext context = m_context;
    context.progress = {};
    return context;
  }

  /// Judged once for all K where the method allows it.
  const HeadScores& scoresOf(const CompareCell& cell) {
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

  void computeScored(CompareCell& cell) {
    const HeadScores& scores = scoresOf(cell);
    cell.costs = scores.costs;
    const auto began = Clock::now();
    cell.mask = m_units.toHeads(keepTop(m_units.units(), m_units.means(scores.values), cell.keep));
    if (!findScoreMethod(variantOf(cell.method).method).info.ofOneK)
      cell.scores = scores.values;  // else they order nothing
    judgePruned(cell);
    cell.costs.seconds += since(began) - m_measuring;
  }

  /// Gates that were trained under frozen weights, once for both regimes.
  void computeFrozen(CompareCell& cell) {
    TrainSettings settings = settingsFor(cell.method, cell);
    settings.freezeWeights = true;
    const std::string place = cell.method + "-frozen-k" + std::to_string(cell.keep) + "-s" + std::to_string(cell.seed);
    const TrainReport report = trained(cell, settings, place);
    backToOpened();
    cell.mask = report.mask;
    cell.scores = lastLogAlpha(report.runPath);
    cell.exact = report.exact;
    addTraining(cell, report.steps);
    const auto trainedAt = Clock::now();
    judgePruned(cell);
    cell.costs.seconds += report.wallSeconds + since(trainedAt) - m_measuring;
  }

  /// The cell's mask in the model as it was opened, or recovered from it.
  void judgePruned(CompareCell& cell) {
    const Transformer& opened = *m_state.opened;
    judge(cell, cell.regime == Regime::PostHoc ? m_state.forEvaluation(opened, cell.mask)
                                               : m_state.forEvaluation(recovered(cell)));
  }

  /// The pruned model, trained on.
  Transformer recovered(CompareCell& cell) const {
    TrainedOn trained = trainedOn(compact(*m_state.opened, cell.mask), m_state, settingsFor("none", cell), m_context,
                                  variantOf(cell.method).lora ? Recovery::LowRank : Recovery::AllWeights);
    addTraining(cell, trained.steps);
    return std::move(trained.model);
  }

  [[nodiscard]] TrainSettings settingsFor(const std::string& method, const CompareCell& cell) const {
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

  /// In passes over the examples that heads are judged on, as scores' costs are.
  void addTraining(CompareCell& cell, std::int64_t steps) const {
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

  void computeJoint(CompareCell& cell) {
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

  /// A run that a stop or a kill left goes on from its checkpoint; one that was finished is taken as it is.
  TrainReport trained(CompareCell& cell, const TrainSettings& settings, const std::string& place) {
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

  /// Searched once for a run: what it cost belongs to the cell, whenever that is finished.
  LambdaSearch lambdaOf(const TrainSettings& settings, const std::string& path) {
    if (std::filesystem::exists(path)) return lambdaFromJson(readTextFile(path, 1 << 16), path);
    const LambdaSearch found = searchLambda(m_workspace, settings, kMostLambdaTrials, quiet());
    writeFileAtomically(path, toJson(found));
    return found;
  }

  struct TimedTicket {
    TicketHeads heads;
    double seconds = 0, peakBytes = 0;
  };

  /// Chosen once, for the model as it is and for the trained one.
  const TimedTicket& ticketOf(const CompareCell& cell) {
    const auto key = std::tuple(cell.method, cell.seed, cell.keep);
    if (const auto known = m_tickets.find(key); known != m_tickets.end()) return known->second;
    const auto began = Clock::now();
    PeakMemory memory;
    const Dataset data = chosenExamples(m_state.requireTrain(), m_request.examples, cell.seed);
    const EvaluationSet calibration(data, m_state.opened->config(),
                                    batchSettings(m_state.opened->config(), m_state.summary.path), m_state.device);
    TicketHeads heads =
        chooseTicketHeads(m_state, calibration, settingsFor("none", cell), quiet(), *ticketKind(cell.method));
    return m_tickets.emplace(key, TimedTicket{std::move(heads), since(began), memory.bytes()}).first->second;
  }

  void computeTicket(CompareCell& cell) {
    const TimedTicket& ticket = ticketOf(cell);
    const auto began = Clock::now();
    cell.mask = ticket.heads.mask;
    cell.costs.forwards += ticket.heads.judging.forwards;
    cell.costs.backwards += ticket.heads.judging.backwards;
    cell.costs.peakBytes = ticket.peakBytes;
    addTraining(cell, ticket.heads.steps);
    if (cell.regime == Regime::PostHoc) {
      judge(cell, m_state.forEvaluation(*m_state.opened, cell.mask));
    } else {
      const TrainedOn trained =
          trainTicket(m_state, cell.mask, settingsFor("none", cell), quiet(), *ticketKind(cell.method));
      addTraining(cell, trained.steps);
      judge(cell, m_state.forEvaluation(trained.model));
    }
    cell.costs.seconds = ticket.seconds + since(began) - m_measuring;
  }

  /// The choice by input, or what a fixed mask makes of it; both come of one run of the method.
  void computeRuntime(CompareCell& cell) {
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
    if (byInput) cell.meanKept = report.meanKept;
    cell.metric = byInput ? report.metric : report.fixed.metric;
    cell.toFull = byInput ? report.toFull : *report.fixed.toFull;
    cell.loss = byInput ? report.loss : report.fixed.loss;
    cell.costs = report.costs;
    if (report.trainSteps > 0) addTraining(cell, report.trainSteps);
  }

  /// Its time is no cost of the method.
  void judge(CompareCell& cell, const Transformer& model) {
    const auto began = Clock::now();
    const Tally& full = m_state.fullTally(m_context);
    const Tally tally = evaluate(model, m_state.requireDev(), quiet());
    const EvalResult result = toResult(cell.mask, tally, tally.examples, &full);
    cell.metric = result.metric;
    cell.toFull = *result.toFull;
    cell.loss = result.loss;
    m_measuring = since(began);
  }

  void backToOpened() { m_state.backToOpened(); }

  void writeTables() const {
    writeFileAtomically(m_folder.file("compare.csv"), comparisonCsv(m_comparison));
    writeFileAtomically(m_folder.file("compare-summary.csv"), summaryCsv(m_comparison));
    writeFileAtomically(
        m_folder.file("compare.html"),
        comparisonReportHtml(m_comparison, "Headroom: ways to choose heads of " + m_state.summary.name));
    for (const auto& [name, chart] : comparisonCharts(m_comparison))
      writeFileAtomically(m_folder.file("compare-" + name + ".svg"), chart);
  }

  /// What the workspace held before, and holds again afterwards.
  struct Before {
    std::optional<Transformer> current;
    std::vector<double> logAlpha;
    std::string runPath;
  };

  Workspace& m_workspace;
  Workspace::State& m_state;
  Before m_before;
  const CompareRequest& m_request;
  const JobContext& m_context;
  const std::function<void(const Comparison&)>& m_partial;
  CampaignFolder m_folder;
  HeadUnits m_units;
  Comparison m_comparison;
  double m_measuring = 0;  ///< seconds that the last cell was measured for
  std::map<std::tuple<std::string, std::uint64_t, int>, HeadScores> m_scores;
  std::map<std::tuple<std::string, std::uint64_t, int>, RuntimeReport> m_runtime;
  std::map<std::tuple<std::string, std::uint64_t, int>, TimedTicket> m_tickets;
};

}  // namespace

Comparison compareMethods(Workspace& workspace, const CompareRequest& request, const JobContext& context,
                          const std::function<void(const Comparison&)>& partial) {
  return Campaign(workspace, checkedRequest(workspace.state(), request), context, partial).run();
}

}  // namespace headroom
