// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/core_engine.h"

#include "core/jobs/open_campaign.h"
#include "core/jobs/search_lambda.h"
#include "core/report/run_report.h"

namespace headroom {

namespace {

class CoreEngine final : public Engine {
 public:
  explicit CoreEngine(const ComputeSettings& settings) : m_workspace(settings) {}

  DeviceSummary device() override { return describeDevice(m_workspace); }
  void setEvaluationType(const std::string& dtype) override { headroom::setEvaluationType(m_workspace, dtype); }
  ModelSummary openModel(const OpenModelRequest& request, const JobContext& context) override {
    return headroom::openModel(m_workspace, request, context);
  }
  DataSummary openData(const OpenDataRequest& request, const JobContext& context) override {
    return headroom::openData(m_workspace, request, context);
  }
  DataPreview previewData(const PreviewDataRequest& request, const JobContext& context) override {
    return headroom::previewData(m_workspace, request, context);
  }
  EvalResult evaluateMask(const EvaluateMaskRequest& request, const JobContext& context,
                          const std::function<void(const EvalResult&)>& partial) override {
    return headroom::evaluateMask(m_workspace, request, context, partial);
  }
  ExamplePrediction predictExample(const PredictExampleRequest& request, const JobContext& context) override {
    return headroom::predictExample(m_workspace, request, context);
  }
  MaskComparison compareMask(const HeadMask& mask, const JobContext& context) override {
    return headroom::compareMask(m_workspace, mask, context);
  }
  Comparison compareMethods(const CompareRequest& request, const JobContext& context,
                            const std::function<void(const Comparison&)>& partial) override {
    return headroom::compareMethods(m_workspace, request, context, partial);
  }
  Comparison openCampaign(const std::string& path) override { return headroom::openCampaign(m_workspace, path); }
  MaskChange measureChange(const HeadMask& from, const HeadMask& to, const JobContext& context,
                           const std::function<void(const MaskChange&)>& partial) override {
    return headroom::measureChange(m_workspace, from, to, context, partial);
  }
  std::optional<TypeDisagreement> measureTypeDisagreement(const HeadMask& mask, const JobContext& context) override {
    return headroom::measureTypeDisagreement(m_workspace, mask, context);
  }
  VerifiedLatency verifyLatency(const HeadMask& mask, const LatencySettings& settings,
                                const JobContext& context) override {
    return headroom::verifyLatency(m_workspace, mask, settings, context);
  }
  GateGap measureGap(const GapRequest& request, const JobContext& context) override {
    return headroom::measureGap(m_workspace, request, context);
  }
  LatencyTable measureLatency(const LatencySettings& settings, const JobContext& context) override {
    return headroom::measureLatency(m_workspace, settings, context);
  }
  void keepLatency(const std::string& runPath, const LatencyTable& table) override {
    headroom::keepLatency(runPath, table);
  }
  HeadScores scoreHeads(const ScoreRequest& request, const JobContext& context) override {
    return headroom::scoreHeads(m_workspace, request, context);
  }
  Curve sweepCurve(const SweepRequest& request, const JobContext& context,
                   const std::function<void(const Curve&)>& partial) override {
    return headroom::sweepCurve(m_workspace, request, context, partial);
  }
  std::vector<CurvePoint> measureRandomMasks(
      const RandomMasksRequest& request, const JobContext& context,
      const std::function<void(const std::vector<CurvePoint>&)>& partial) override {
    return headroom::measureRandomMasks(m_workspace, request, context, partial);
  }
  TrainReport trainGates(const TrainRequest& request, const JobContext& context,
                         const TrainObserver& observer) override {
    TrainRequest settled = request;
    (void)settleLambda(m_workspace, settled, context, observer.paused);
    return headroom::trainGates(m_workspace, settled, context, observer);
  }
  ModelSummary describeModel(const std::string& path) override { return headroom::describeModel(path); }
  TrainSettings recommendedSettings(const ModelSummary& model) override {
    return headroom::recommendedSettings(model, "passconc");
  }
  RunSnapshot openRun(const std::string& path, const JobContext& context) override {
    return headroom::openRun(m_workspace, path, context);
  }
  void writeReport(const std::string& runPath, const std::string& outPath) override {
    writeRunReport(runPath, outPath);
  }
  PruneReport pruneModel(const PruneRequest& request, const JobContext& context) override {
    return headroom::pruneModel(m_workspace, request, context);
  }

 private:
  Workspace m_workspace;
};

}  // namespace

EngineFactory coreEngine(const ComputeSettings& settings) {
  return [settings] { return std::make_unique<CoreEngine>(settings); };
}

}  // namespace headroom
