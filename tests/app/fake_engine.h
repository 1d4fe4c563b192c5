// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "app/gui/engine.h"
#include "core/store/campaign_folder.h"

namespace headroom::testing {

/// What a test can turn while the fake engine works; shared between the test's thread and the worker.
struct FakeSettings {
  int layers = 6;
  int heads = 8;
  int kvHeads = 8;
  std::atomic<std::int64_t> holdAtStep{-1};  ///< training stands still at this step (and yields) while it is set
  std::atomic<int> evaluations{0};
  std::string busy;                           ///< why the machine's times are not to be believed
  std::string gapFailure;                     ///< measureGap() throws it
  std::string keepFailure;                    ///< keepLatency() throws it
  std::atomic<int> tablesKept{0};             ///< in runs
  std::vector<LatencyTable> storedLatencies;  ///< of every run that is opened
  std::atomic<int> predictions{0};
  std::atomic<int> comparisons{0};
  std::atomic<int> changes{0};
  std::atomic<bool> holdChange{false};  ///< the measurement of a change stands still (and yields) while it is set
  std::atomic<int> disagreements{0};
  bool foldedValueBias = false;         ///< of the model that was pruned last
  std::string weights = "trained";      ///< the hash of what every run ends with
  std::string scoredBy;                 ///< the method that heads were ranked by last
  std::atomic<int> randomOrders{0};     ///< of the last measured random masks
  std::atomic<bool> holdSearch{false};  ///< the search for lambda stands still (and yields) while it is set
  std::string searchFailure;            ///< not empty: the search for lambda throws this
  bool lambdaReached = true;            ///< a search ends with K gates open
  std::function<void()> afterStep;      ///< of training, on the worker's thread; set before it begins
  std::string trainFailure;             ///< not empty: training throws this
  std::string openFailure;              ///< not empty: opening throws this
  std::string curveNotSaved;            ///< why runs do not hold the curves that are measured for them
  std::string reportFailure;            ///< not empty: writing a report throws this
  std::vector<double> scores;           ///< of every ranking; empty = the first head is the best
  std::atomic<bool> alive{false};
};

/// Answers at once with invented but lawful numbers: gates that settle into layers 1, 3 and 4, accuracy that grows with
/// the heads kept.
class FakeEngine final : public Engine {
 public:
  explicit FakeEngine(std::shared_ptr<FakeSettings> settings) : m_settings(std::move(settings)) {
    m_settings->alive = true;
  }
  ~FakeEngine() override { m_settings->alive = false; }

  DeviceSummary device() override { return {"CPU, 2 threads", "1.13.1", "OpenBLAS openmp", "", 0, 0, m_dtype}; }
  void setEvaluationType(const std::string& dtype) override { m_dtype = dtype; }

  ModelSummary describeModel(const std::string& path) override {
    ModelSummary summary;
    summary.path = path;
    summary.name = "sentiment-bert";
    summary.family = "bert";
    summary.task = "sequence-classification";
    std::vector<AttentionBlock> blocks;
    for (int layer = 0; layer < m_settings->layers; ++layer)
      blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, m_settings->heads, m_settings->kvHeads});
    summary.layout = HeadLayout(blocks);
    summary.layers = m_settings->layers;
    summary.headDim = 16;
    summary.hidden = 16 * m_settings->heads;
    summary.vocabulary = 600;
    summary.maxPositions = 128;
    summary.labels = {"negative", "positive"};
    summary.parameters = 1'294'722;
    summary.weightBytes = 4 * summary.parameters;
    summary.valueBiases = true;
    return summary;
  }

  ModelSummary openModel(const OpenModelRequest& request, const JobContext&) override {
    if (!m_settings->openFailure.empty()) throw Error(ErrorKind::BadFile, m_settings->openFailure);
    m_layout = describeModel(request.path).layout;
    return describeModel(request.path);
  }

  DataSummary openData(const OpenDataRequest& request, const JobContext&) override {
    DataSummary summary;
    summary.labels = {"negative", "positive"};
    summary.train = file(request.trainPath, 8000);
    summary.dev = file(request.devPath, 2000);
    return summary;
  }

  DataPreview previewData(const PreviewDataRequest& request, const JobContext&) override {
    if (request.path.ends_with("damaged.tsv"))
      throw Error(ErrorKind::BadFile, request.path + ": found binary junk, expected a table");
    DataPreview preview;
    preview.file = file(request.path, 8000);
    preview.file.rows = 8003;
    preview.file.skipped = {{"empty text", 3}};
    preview.file.textColumns = request.textColumns.empty() ? std::vector<std::string>{"sentence"} : request.textColumns;
    preview.file.labelColumn = request.labelColumn.empty() ? "label" : request.labelColumn;
    preview.file.labelCounts = {4000, 4000};
    preview.labels = {"negative", "positive"};
    preview.columns = {"sentence", "reply", "label"};
    for (int i = 0; i < 50; ++i)
      preview.rows.push_back({"sentence " + std::to_string(i),
                              request.textColumns.size() > 1 ? "reply" : "",
                              i % 2 ? "positive" : "negative",
                              {}});
    return preview;
  }

  EvalResult evaluateMask(const EvaluateMaskRequest& request, const JobContext& context,
                          const std::function<void(const EvalResult&)>& partial) override {
    ++m_settings->evaluations;
    EvalResult result;
    result.mask = request.mask ? *request.mask : HeadMask(m_layout);
    result.examplesTotal = 2000;
    for (std::int64_t n = 500; n <= 2000; n += 500) {
      context.checkStop();
      result.metric = metric(accuracyFor(result.mask.keptCount()), n);
      result.toFull = difference(result.mask.keptCount());
      result.complete = n == 2000;
      if (partial) partial(result);
    }
    result.loss = 0.2;
    return result;
  }

  ExamplePrediction predictExample(const PredictExampleRequest& request, const JobContext&) override {
    ++m_settings->predictions;
    ExamplePrediction found;
    found.index = request.index;
    found.count = 2000;
    found.maskHash = request.mask.hash();
    found.text = "example number " + std::to_string(request.index);
    found.expected = "positive";
    found.full.choices = {{"positive", 0.9, true}, {"negative", 0.1, false}};
    found.masked = found.full;
    if (request.mask.keptCount() < request.mask.headCount() / 2)
      std::swap(found.masked.choices[0], found.masked.choices[1]);
    return found;
  }

  MaskComparison compareMask(const HeadMask& mask, const JobContext&) override {
    ++m_settings->comparisons;
    MaskComparison found;
    found.maskHash = mask.hash();
    found.lost = mask.all() ? 0 : 2;
    for (std::int64_t i = 0; i < found.lost; ++i)
      found.flipped.push_back(
          {7 + i, "example number " + std::to_string(7 + i), "positive", "positive", "negative", false});
    found.classes = {{"negative", metric(0.9, 1000), metric(0.8, 1000)},
                     {"positive", metric(0.9, 1000), metric(0.85, 1000)}};
    return found;
  }

  MaskChange measureChange(const HeadMask& from, const HeadMask& to, const JobContext& context,
                           const std::function<void(const MaskChange&)>& partial) override {
    ++m_settings->changes;
    MaskChange change{from.hash(), to.hash(), metric(accuracyFor(to.keptCount()), 500), {}, 2000, false};
    const double d = accuracyFor(to.keptCount()) - accuracyFor(from.keptCount());
    change.difference = {d, d - 0.004, d + 0.004, 3, 5};
    partial(change);
    while (m_settings->holdChange) giveWay(context);
    context.checkStop();
    change.complete = true;
    return change;
  }

  std::optional<TypeDisagreement> measureTypeDisagreement(const HeadMask& mask, const JobContext&) override {
    ++m_settings->disagreements;
    if (m_dtype == "float32") return std::nullopt;
    const MetricValue score = metric(accuracyFor(mask.keptCount()), 512);
    return TypeDisagreement{m_dtype, 512, 512, 3, 0.02, score, score};
  }

  VerifiedLatency verifyLatency(const HeadMask& mask, const LatencySettings& settings,
                                const JobContext& context) override {
    context.checkStop();
    const LatencyTable table = measureLatency(settings, context);
    return {table.predict(HeadMask(m_layout)), 1.05 * table.predict(mask), 1.01, ""};
  }

  Comparison compareMethods(const CompareRequest& request, const JobContext& context,
                            const std::function<void(const Comparison&)>& partial) override {
    Comparison comparison;
    comparison.layout = m_layout;
    comparison.metricName = "accuracy";
    comparison.full = metric(accuracyFor(m_layout.headCount()), 2000);
    for (const std::string& method : request.methods)
      for (const int keep : request.keeps) {
        context.checkStop();
        CompareCell cell;
        cell.method = method;
        cell.regime = isScoringMethod(method) ? Regime::PostHoc : Regime::Joint;
        cell.keep = keep;
        cell.done = true;
        cell.mask = keepRandom(m_layout, keep, 1);
        cell.metric = metric(accuracyFor(keep), 2000);
        comparison.cells.push_back(cell);
        if (partial) partial(comparison);
      }
    return comparison;
  }

  Comparison openCampaign(const std::string& path) override {
    Comparison comparison = readCampaign(path, m_layout);
    comparison.ofOtherModel = comparison.modelSha256 == "of another";
    return comparison;
  }

  GateGap measureGap(const GapRequest& request, const JobContext& context) override {
    context.checkStop();
    if (!m_settings->gapFailure.empty()) throw Error(ErrorKind::BadInput, m_settings->gapFailure);
    GateGap gap;
    gap.method = "passconc";
    gap.kept = 12;
    gap.examples = 2000;
    gap.sampledLoss = {0.24, 0.23, 0.25, request.samples};
    gap.sampledScore = {0.9, 0.89, 0.91, request.samples};
    gap.deterministicLoss = 0.2;
    gap.maskLoss = 0.21;
    gap.deterministic = gap.mask = metric(0.93, 2000);
    return gap;
  }

  LatencyTable measureLatency(const LatencySettings& settings, const JobContext& context) override {
    context.checkStop();
    LatencyTable table;
    table.settings = settings;
    table.device = "CPU, 2 threads";
    table.dtype = "float32";
    BlockCosts costs;
    costs.group = "encoder.self";
    for (int heads = 0; heads <= m_settings->heads; ++heads) {
      costs.heads.push_back(heads);
      costs.ms.push_back(heads == 0 ? 0 : 1.0 + heads);
    }
    costs.fit();
    table.blocks = {costs};
    table.rests = {{Stack::Encoder, m_layout.blockCount(), 2.0}};
    table.busy = m_settings->busy;
    return table;
  }

  void keepLatency(const std::string&, const LatencyTable&) override {
    if (!m_settings->keepFailure.empty()) throw Error(ErrorKind::Busy, m_settings->keepFailure);
    ++m_settings->tablesKept;
  }

  HeadScores scoreHeads(const ScoreRequest& request, const JobContext& context) override {
    context.checkStop();
    m_settings->scoredBy = request.method;
    HeadScores scores;
    scores.values = m_settings->scores;
    if (!scores.values.empty()) return scores;
    for (int head = 0; head < m_layout.headCount(); ++head) scores.values.push_back(-head);
    return scores;
  }

  Curve sweepCurve(const SweepRequest& request, const JobContext& context,
                   const std::function<void(const Curve&)>& partial) override {
    Curve curve;
    curve.layout = m_layout;
    curve.order = keepOrder(request.scores.empty() ? settledScores() : request.scores);
    curve.orderOrigin = request.orderOrigin;
    curve.full = metric(accuracyFor(m_layout.headCount()), 2000);
    curve.naiveForwards = m_layout.headCount() + 1;
    for (int kept = 0; kept <= m_layout.headCount(); ++kept) {
      context.checkStop();
      CurvePoint point;
      point.kept = kept;
      point.maskHash = curve.maskFor(kept).hash();
      point.metric = metric(accuracyFor(kept), 2000);
      point.toFull = difference(kept);
      point.trained = kept == request.trainedKeep;
      curve.points.push_back(point);
      curve.forwards = kept + 1;
      if (partial) partial(curve);
      context.yield();
    }
    curve.complete = true;
    if (!request.runPath.empty()) curve.notSaved = m_settings->curveNotSaved;
    return curve;
  }

  std::vector<CurvePoint> measureRandomMasks(
      const RandomMasksRequest& request, const JobContext& context,
      const std::function<void(const std::vector<CurvePoint>&)>& partial) override {
    std::vector<CurvePoint> points;
    for (int kept = 0; kept <= m_layout.headCount(); kept += m_settings->heads) {
      context.checkStop();
      const double value = 0.5 + (accuracyFor(m_layout.headCount()) - 0.5) * kept / m_layout.headCount();
      const double half = kept % m_layout.headCount() == 0 ? 0 : 0.06;
      points.push_back({kept, "", {"accuracy", value, value - half, value + half, 2000}, {}, 0, false});
    }
    if (partial) partial(points);
    m_settings->randomOrders = request.orders;
    return points;
  }

  TrainReport trainGates(const TrainRequest& asked, const JobContext& context, const TrainObserver& observer) override {
    TrainRequest request = asked;
    if (request.settings.lambdaSearched && !request.resume) searchLambda(request.settings, context);
    const TrainSettings& settings = request.settings;
    observer.event({0, TrainEventKind::Checkpoint, {}, "checkpoint at step 0"});
    for (std::int64_t step = 1; step <= settings.steps; ++step) {
      context.checkStop();
      while (observer.paused()) giveWay(context);
      context.yield();
      if (!m_settings->trainFailure.empty() && step > settings.steps / 2)
        throw Error(ErrorKind::Numerical, m_settings->trainFailure);
      observer.point(pointAt(step, settings));
      context.report({"training", step, settings.steps, 0.05 * static_cast<double>(settings.steps - step)});
      for (const double share : settings.eventsAt) {
        if (step == static_cast<std::int64_t>(share * static_cast<double>(settings.steps)))
          observer.event({step, TrainEventKind::Reopen, {3, 19}, "clip at 5; reopened 2 heads"});
      }
      if (m_settings->afterStep) m_settings->afterStep();
      while (step == m_settings->holdAtStep) giveWay(context);
    }
    observer.event({settings.steps, TrainEventKind::Finished, {}, "finished"});
    std::ofstream(request.runPath) << "run";
    return report(request);
  }

  TrainSettings recommendedSettings(const ModelSummary& model) override {
    TrainSettings settings;
    settings.keep = model.layout.headCount() / 4;
    return settings;
  }

  RunSnapshot openRun(const std::string& path, const JobContext&) override {
    if (!m_settings->openFailure.empty()) throw Error(ErrorKind::BadFile, m_settings->openFailure);
    RunSnapshot run;
    run.path = path;
    run.modelPath = "/models/sentiment-bert";
    run.trainPath = "/models/train.tsv";
    run.devPath = "/models/dev.tsv";
    run.status = "finished";
    run.layout = m_layout = describeModel("").layout;
    run.settings.keep = 12;
    run.settings.steps = 100;
    for (std::int64_t step = 1; step <= 100; ++step) run.points.push_back(pointAt(step, run.settings));
    TrainRequest request;
    request.settings = run.settings;
    request.runPath = path;
    run.report = report(request);
    run.latencies = m_settings->storedLatencies;
    return run;
  }

  void writeReport(const std::string& runPath, const std::string& outPath) override {
    if (!m_settings->reportFailure.empty()) throw Error(ErrorKind::Io, m_settings->reportFailure);
    std::ofstream(outPath) << "report of " << runPath;
  }

  PruneReport pruneModel(const PruneRequest& request, const JobContext&) override {
    std::filesystem::create_directories(request.outPath);
    m_settings->foldedValueBias = request.foldValueBias;
    PruneReport report;
    report.foldedValueBias = request.foldValueBias;
    report.path = request.outPath;
    report.form = request.form;
    report.fullParameters = 1'294'722;
    report.parameters = 900'000;
    report.bytes = 3'600'000;
    report.maxAbsDiff = 3e-7;
    report.samePredictions = report.examples = 64;
    return report;
  }

 private:
  void searchLambda(TrainSettings& settings, const JobContext& context) const {
    context.report({"looking for lambda", 34, 120, -1, "run 3 of at most 12, 14 gates open at 0.05"});
    while (m_settings->holdSearch) giveWay(context);
    if (!m_settings->searchFailure.empty()) throw Error(ErrorKind::Numerical, m_settings->searchFailure);
    settings.lambda = 0.02;
    settings.lambdaSearched = m_settings->lambdaReached;
  }
  /// Lets a stop, a question of the window's and other threads come through while something is waited for.
  static void giveWay(const JobContext& context) {
    context.checkStop();
    context.yield();
    std::this_thread::yield();
  }
  [[nodiscard]] static DataFileSummary file(const std::string& path, std::int64_t rows) {
    DataFileSummary summary;
    summary.sha256 = path;
    summary.path = path;
    if (path.empty()) return summary;
    summary.format = "TSV";
    summary.textColumns = {"sentence"};
    summary.labelColumn = "label";
    summary.rows = summary.examples = rows;
    summary.labelCounts = {rows / 2, rows / 2};
    summary.longest = 24;
    summary.meanLength = 15.2;
    return summary;
  }
  [[nodiscard]] double accuracyFor(int kept) const {
    return 0.5 + 0.46 * (1 - std::exp(-6.0 * kept / m_layout.headCount()));
  }
  [[nodiscard]] static MetricValue metric(double value, std::int64_t n) {
    const double half = 1.96 * std::sqrt(value * (1 - value) / static_cast<double>(n));
    return {"accuracy", value, value - half, value + half, n};
  }
  [[nodiscard]] PairedDifference difference(int kept) const {
    const double d = accuracyFor(kept) - accuracyFor(m_layout.headCount());
    return {d, d - 0.006, d + 0.006, 10, 24};
  }
  [[nodiscard]] std::vector<double> settledScores() const {
    std::vector<double> scores;
    for (int block = 0; block < m_layout.blockCount(); ++block)
      for (int head = 0; head < m_layout.headsIn(block); ++head)
        scores.push_back((block == 1 || block == 3 || block == 4 ? 4.0 : -4.0) +
                         std::sin(7.0 * block + 3.0 * (head * m_settings->kvHeads / m_settings->heads)) * 3.5);
    return scores;
  }
  [[nodiscard]] TrainPoint pointAt(std::int64_t step, const TrainSettings& settings) const {
    const double share = static_cast<double>(step) / static_cast<double>(settings.steps);
    TrainPoint point;
    point.step = step;
    point.seconds = 0.05 * static_cast<double>(step);
    point.taskLoss = 0.15 + 0.5 * std::exp(-4 * share) + 0.02 * std::sin(static_cast<double>(step));
    point.penalty = 10 * std::exp(-3 * share);
    point.concentration = 3 + 3 * std::exp(-2 * share);
    point.lambda = 10 * share;
    point.lambdaC = 0.01 * share;
    point.examplesPerSecond = 410;
    for (const double settled : settledScores()) {
      const double value = settled * std::min(1.0, 1.6 * share);
      const double open = 1 / (1 + std::exp(-value));
      point.logAlpha.push_back(static_cast<float>(value));
      point.pOpen.push_back(static_cast<float>(open));
      point.expectedOpen += open * open;
      point.expectedClosed += (1 - open) * (1 - open);
      point.expectedBetween += 2 * open * (1 - open);
    }
    return point;
  }
  [[nodiscard]] TrainReport report(const TrainRequest& request) const {
    TrainReport result;
    result.settings = request.settings;
    result.mask = keepTop(m_layout, settledScores(), request.settings.keep);
    result.exact = true;
    result.jointProbability = 0.98;
    result.metric = metric(accuracyFor(request.settings.keep), 2000);
    result.fullMetric = metric(accuracyFor(m_layout.headCount()), 2000);
    result.toFull = difference(request.settings.keep);
    result.steps = result.stepsTotal = request.settings.steps;
    result.fullParameters = 1'294'722;
    result.keptParameters = 900'000;
    result.runPath = request.runPath;
    result.weightsSha256 = m_settings->weights;
    result.finished = true;
    return result;
  }
  std::shared_ptr<FakeSettings> m_settings;
  HeadLayout m_layout;
  std::string m_dtype = "float32";
};

[[nodiscard]] inline EngineFactory fakeEngine(const std::shared_ptr<FakeSettings>& settings) {
  return [settings] { return std::make_unique<FakeEngine>(settings); };
}

}  // namespace headroom::testing
