// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/latency_table.h"
#include "core/jobs/compare_mask.h"
#include "core/jobs/compare_methods.h"
#include "core/jobs/measure_change.h"
#include "core/jobs/measure_gap.h"
#include "core/jobs/measure_latency.h"
#include "core/jobs/predict_example.h"
#include "core/jobs/preview_data.h"
#include "core/jobs/requests.h"
#include "core/jobs/score_heads.h"
#include "core/jobs/type_disagreement.h"

namespace headroom {

/// What computes, as the worker thread sees it: made, used and destroyed there. The window's tests put a fake in its
/// place. Every call blocks, throws Error with one clear line, and throws Cancelled when the context's stop was asked
/// for.
class Engine {
 public:
  virtual ~Engine() = default;

  [[nodiscard]] virtual DeviceSummary device() = 0;
  virtual void setEvaluationType(const std::string& dtype) = 0;
  [[nodiscard]] virtual ModelSummary openModel(const OpenModelRequest& request, const JobContext& context) = 0;
  [[nodiscard]] virtual DataSummary openData(const OpenDataRequest& request, const JobContext& context) = 0;
  [[nodiscard]] virtual DataPreview previewData(const PreviewDataRequest& request, const JobContext& context) = 0;
  [[nodiscard]] virtual EvalResult evaluateMask(const EvaluateMaskRequest& request, const JobContext& context,
                                                const std::function<void(const EvalResult&)>& partial) = 0;
  [[nodiscard]] virtual ExamplePrediction predictExample(const PredictExampleRequest& request,
                                                         const JobContext& context) = 0;
  [[nodiscard]] virtual MaskComparison compareMask(const HeadMask& mask, const JobContext& context) = 0;
  [[nodiscard]] virtual Comparison compareMethods(const CompareRequest& request, const JobContext& context,
                                                  const std::function<void(const Comparison&)>& partial) = 0;
  [[nodiscard]] virtual Comparison openCampaign(const std::string& path) = 0;
  [[nodiscard]] virtual MaskChange measureChange(const HeadMask& from, const HeadMask& to, const JobContext& context,
                                                 const std::function<void(const MaskChange&)>& partial) = 0;
  [[nodiscard]] virtual std::optional<TypeDisagreement> measureTypeDisagreement(const HeadMask& mask,
                                                                                const JobContext& context) = 0;
  [[nodiscard]] virtual VerifiedLatency verifyLatency(const HeadMask& mask, const LatencySettings& settings,
                                                      const JobContext& context) = 0;
  [[nodiscard]] virtual GateGap measureGap(const GapRequest& request, const JobContext& context) = 0;
  [[nodiscard]] virtual LatencyTable measureLatency(const LatencySettings& settings, const JobContext& context) = 0;
  virtual void keepLatency(const std::string& runPath, const LatencyTable& table) = 0;
  [[nodiscard]] virtual HeadScores scoreHeads(const ScoreRequest& request, const JobContext& context) = 0;
  [[nodiscard]] virtual Curve sweepCurve(const SweepRequest& request, const JobContext& context,
                                         const std::function<void(const Curve&)>& partial) = 0;
  [[nodiscard]] virtual std::vector<CurvePoint> measureRandomMasks(
      const RandomMasksRequest& request, const JobContext& context,
      const std::function<void(const std::vector<CurvePoint>&)>& partial) = 0;
  [[nodiscard]] virtual TrainReport trainGates(const TrainRequest& request, const JobContext& context,
                                               const TrainObserver& observer) = 0;
  [[nodiscard]] virtual ModelSummary describeModel(const std::string& path) = 0;
  [[nodiscard]] virtual TrainSettings recommendedSettings(const ModelSummary& model) = 0;
  [[nodiscard]] virtual RunSnapshot openRun(const std::string& path, const JobContext& context) = 0;
  /// See writeRunReport().
  virtual void writeReport(const std::string& runPath, const std::string& outPath) = 0;
  [[nodiscard]] virtual PruneReport pruneModel(const PruneRequest& request, const JobContext& context) = 0;
};

/// Called once, on the worker thread.
using EngineFactory = std::function<std::unique_ptr<Engine>()>;

}  // namespace headroom
