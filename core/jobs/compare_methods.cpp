// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compare_methods.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/jobs/campaign_cells.h"
#include "core/jobs/compare_request.h"
#include "core/jobs/compared_methods.h"
#include "core/jobs/score_heads.h"
#include "core/report/comparison_report.h"

namespace headroom {

namespace {

bool areSame(const Dataset& a, const Dataset& b) {
  return !a.summary.sha256.empty() && a.summary.sha256 == b.summary.sha256;
}

class Campaign {
 public:
  Campaign(Workspace& workspace, const CompareRequest& request, const JobContext& context,
           const std::function<void(const Comparison&)>& partial)
      : m_state(workspace.state()),
        m_before{m_state.current, m_state.logAlpha, m_state.runPath},
        m_request(request),
        m_context(context),
        m_partial(partial),
        m_folder(request.outPath, campaignIdentity(m_state, request)),
        m_cells(workspace, request, context, m_folder) {
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
    m_state.backToOpened();
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
    if (ticketKind(method) == TicketKind::Fresh) return {Regime::Joint};  // untrained weights know nothing
    if (ticketKind(method)) return {Regime::PostHoc, Regime::Joint};
    if (variantOf(name).lora) return {Regime::Recovered};
    const bool byInput = isRuntimeMethod(method), postHoc = isScoringMethod(method) || byInput,
               frozen = m_request.frozen && !postHoc;
    std::vector<Regime> regimes;
    if (byInput) regimes.push_back(Regime::RunTime);
    if (postHoc || frozen) regimes.push_back(Regime::PostHoc);
    if ((postHoc || frozen) && m_request.recover) regimes.push_back(Regime::Recovered);
    if (!postHoc) regimes.push_back(Regime::Joint);
    return regimes;
  }

  void compute(CompareCell& cell) {
    try {
      m_cells.compute(cell);
      cell.done = true;
    } catch (const Cancelled&) {
      throw;
    } catch (const std::exception& error) {
      cell.error = error.what();
    }
    m_state.backToOpened();
    m_folder.write(cell);
    if (m_partial) m_partial(m_comparison);
  }

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

  Workspace::State& m_state;
  Before m_before;
  const CompareRequest& m_request;
  const JobContext& m_context;
  const std::function<void(const Comparison&)>& m_partial;
  CampaignFolder m_folder;
  CampaignCells m_cells;
  Comparison m_comparison;
};

}  // namespace

Comparison compareMethods(Workspace& workspace, const CompareRequest& request, const JobContext& context,
                          const std::function<void(const Comparison&)>& partial) {
  return Campaign(workspace, checkedRequest(workspace.state(), request), context, partial).run();
}

}  // namespace headroom
