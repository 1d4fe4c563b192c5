// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/ebert.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/data/batcher.h"
#include "core/gates/schedule.h"
#include "core/train/trainer.h"
#include "core/train/weight_optimiser.h"

namespace headroom {

namespace {

constexpr std::int64_t kWidth = 64;         ///< of the hidden layer, as published
constexpr double kRate = 0.02;              ///< of the predictors, as published
constexpr double kPull = 4, kEvenness = 5;  ///< of the loss, as published
constexpr double kOpenAtFirst = 2.2;        ///< logit: nine of ten heads are drawn open in the first steps

torch::Tensor uniform(Rng& rng, std::vector<std::int64_t> shape, double bound) {
  torch::Tensor values = torch::empty(shape);
  float* data = values.data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) data[i] = static_cast<float>(bound * (2 * rng.uniform() - 1));
  return values;
}

/// Training step by step, weights and predictors together.
class Training {
 public:
  Training(const Transformer& model, const Dataset& data, const TrainSettings& settings, const BatchSettings& batches)
      : m_model(model.config(), model.parameters().clone()),
        m_predictors(std::make_unique<HeadPredictors>(model.config(), settings.seed, model.device())),
        m_data(data),
        m_settings(settings),
        m_batches(batches),
        m_length(Trainer::lengthOf(settings, data)),
        m_share(static_cast<double>(settings.keep) / std::max(1, model.layout().headCount())),
        m_examples(data, settings.batch, settings.seed) {
    Parameters weights = m_model.parameters();
    if (!settings.freezeWeights) m_weightOptimiser.emplace(weights, settings.weightDecay, false, settings.adamBeta2);
    m_predictorOptimiser.emplace(m_predictors->parameters(), 0.0);
    torch::manual_seed(settings.seed);
    m_predictors->train(true);
  }

  [[nodiscard]] std::int64_t steps() const { return m_length.steps; }
  [[nodiscard]] std::int64_t done() const { return m_done; }

  void step() {
    const EvaluationBatch batch = toDevice(m_data, m_examples.at(m_done), m_batches, m_model.device());
    std::vector<torch::Tensor> kept;
    const torch::Tensor logits = forwardWithGates(
        m_model, batch, *m_predictors, true, [&](int, const torch::Tensor& gates) { kept.push_back(gates.mean()); });
    const torch::Tensor loss = taskLoss(logits, batch.targets) + kPull * offBudget(torch::stack(kept));
    if (!std::isfinite(loss.item<double>()))
      throw Error(ErrorKind::Numerical, "training: step " + std::to_string(m_done + 1) +
                                            ": the loss is no number; try a smaller learning rate");
    if (m_weightOptimiser) m_weightOptimiser->zeroGradients();
    m_predictorOptimiser->zeroGradients();
    loss.backward();
    if (m_weightOptimiser) clip(*m_weightOptimiser);
    clip(*m_predictorOptimiser);
    if (m_weightOptimiser)
      m_weightOptimiser->step(m_settings.lr *
                              linearDecay(m_done, m_length.steps, m_settings.warmup, m_settings.lrHold));
    m_predictorOptimiser->step(kRate * linearDecay(m_done, m_length.steps, 0));
    ++m_done;
  }

  EbertTraining finished() {
    m_weightOptimiser.reset();
    m_predictorOptimiser.reset();
    m_predictors->train(false);
    return {m_model, std::move(m_predictors), m_done};
  }

 private:
  /// `kept` [layers]: shares of heads that were kept.
  [[nodiscard]] torch::Tensor offBudget(const torch::Tensor& kept) const {
    return (kept.mean() - m_share).square() + kEvenness * (kept - m_share).square().mean();
  }

  void clip(WeightOptimiser& optimiser) const {
    const double length = optimiser.gradientNorm();
    if (m_settings.gradClip > 0 && length > m_settings.gradClip)
      optimiser.scaleGradients(m_settings.gradClip / (length + 1e-6));
  }

  Transformer m_model;
  std::unique_ptr<HeadPredictors> m_predictors;
  const Dataset& m_data;
  const TrainSettings& m_settings;
  const BatchSettings& m_batches;
  RunLength m_length;
  double m_share;
  std::optional<WeightOptimiser> m_weightOptimiser, m_predictorOptimiser;
  TrainingBatches m_examples;
  std::int64_t m_done = 0;
};

constexpr int kCalibrationPasses = 4, kMostCalibrationPasses = 16;
constexpr size_t kCloseEnough = 100;  ///< off by one in so many kept heads

/// The logits of all examples and heads, under the threshold that the predictors have.
std::vector<float> logitsOver(const EvaluationSet& calibration, const Transformer& model, HeadPredictors& predictors) {
  const torch::NoGradGuard noGrad;
  std::vector<float> all;
  for (const EvaluationBatch& batch : calibration.batches()) {
    (void)forwardWithGates(model, batch, predictors, false);
    for (const torch::Tensor& logits : predictors.logits()) {
      const torch::Tensor ready = logits.to(torch::kCPU, torch::kFloat32).contiguous();
      all.insert(all.end(), ready.data_ptr<float>(), ready.data_ptr<float>() + ready.numel());
    }
  }
  return all;
}

/// The logit from which on lie `count` of them.
double thresholdOf(std::vector<float>& logits, size_t count) {
  if (count == 0) return std::numeric_limits<double>::infinity();
  if (count >= logits.size()) return -std::numeric_limits<double>::infinity();
  const auto place = logits.begin() + static_cast<std::ptrdiff_t>(count) - 1;
  std::nth_element(logits.begin(), place, logits.end(), std::greater<>());
  return *place;
}

/// Keeps K heads an example in the mean, and says after how many passes. What a layer closes moves the logits of those
/// above it, so the threshold is looked for again under the one before, and the best one taken. Where that goes to and
/// fro, the way between one that keeps too many and one that keeps too few is halved instead.
int calibrate(HeadPredictors& predictors, const Transformer& model, const EvaluationSet& calibration, int keep) {
  const auto wanted = static_cast<size_t>(keep) * static_cast<size_t>(calibration.exampleCount());
  double threshold = 0, best = 0;
  double tooLow = -std::numeric_limits<double>::infinity(), tooHigh = -tooLow;
  size_t leastOff = std::numeric_limits<size_t>::max();
  int pass = 0;
  while (pass < kCalibrationPasses || (pass < kMostCalibrationPasses && leastOff * kCloseEnough > wanted)) {
    predictors.keepFrom(threshold);
    std::vector<float> logits = logitsOver(calibration, model, predictors);
    const auto kept = static_cast<size_t>(
        std::count_if(logits.begin(), logits.end(), [threshold](float logit) { return logit >= threshold; }));
    const size_t off = kept > wanted ? kept - wanted : wanted - kept;
    if (off < leastOff) best = threshold;
    leastOff = std::min(leastOff, off);
    if (kept > wanted) tooLow = threshold;
    if (kept < wanted) tooHigh = threshold;
    threshold = thresholdOf(logits, wanted);
    if (++pass >= kCalibrationPasses && std::isfinite(tooLow) && std::isfinite(tooHigh))
      threshold = static_cast<float>((tooLow + tooHigh) / 2);  // as exact as what it is compared with
  }
  predictors.keepFrom(best);
  return pass;
}

}  // namespace

HeadPredictors::HeadPredictors(const ModelConfig& config, std::uint64_t seed, torch::Device device) {
  requireEncoderOnly(config, "ebert");
  Rng rng(seed, 0x6562657274);
  std::vector<Parameters::Entry> entries;
  const auto add = [&](const std::string& name, const torch::Tensor& values) {
    ParameterSpec spec;
    spec.canonical = name;
    entries.push_back({spec, values.to(device)});
    return entries.back().tensor;
  };
  for (int block = 0; block < config.heads.blockCount(); ++block) {
    const std::string prefix = "predictor." + std::to_string(block) + ".";
    const std::int64_t heads = config.heads.headsIn(block);
    const double inBound = 1 / std::sqrt(static_cast<double>(config.hidden)),
                 outBound = 1 / std::sqrt(static_cast<double>(kWidth));
    Network made;
    made.inWeight = add(prefix + "in.weight", uniform(rng, {kWidth, config.hidden}, inBound));
    made.inBias = add(prefix + "in.bias", torch::zeros({kWidth}));
    made.scale = add(prefix + "norm.weight", torch::ones({kWidth}));
    made.shift = add(prefix + "norm.bias", torch::zeros({kWidth}));
    made.outWeight = add(prefix + "out.weight", uniform(rng, {heads, kWidth}, outBound));
    made.outBias = add(prefix + "out.bias", torch::full({heads}, kOpenAtFirst));
    made.mean = torch::zeros({kWidth}).to(device);
    made.variance = torch::ones({kWidth}).to(device);
    m_networks.push_back(made);
  }
  m_parameters = Parameters(std::move(entries));
}

void HeadPredictors::begin(const EvaluationBatch& batch) {
  m_mask = batch.input.mask;
  m_logits.clear();
}

torch::Tensor HeadPredictors::gates(int layer, const torch::Tensor& input, const torch::Tensor&) {
  Network& network = m_networks[static_cast<size_t>(layer)];
  torch::Tensor summary = input.select(1, 0);
  if (layer == 0 && m_mask.defined()) {
    const torch::Tensor real = m_mask.to(input.scalar_type()).unsqueeze(-1);
    summary = (input * real).sum(1) / real.sum(1);
  } else if (layer == 0) {
    summary = input.mean(1);
  }
  torch::Tensor inner = torch::linear(summary.to(torch::kFloat32), network.inWeight, network.inBias);
  // One row has no variance to be normalised by.
  const bool ownStatistics = m_training && inner.size(0) > 1;
  inner = torch::relu(torch::batch_norm(inner, network.scale, network.shift, network.mean, network.variance,
                                        ownStatistics, 0.1, 1e-5, false));
  m_logits.push_back(torch::linear(inner, network.outWeight, network.outBias));
  const torch::Tensor& logits = m_logits.back();
  if (!m_training) return logits.ge(m_threshold).to(input.scalar_type());
  const torch::Tensor noise = torch::rand_like(logits).clamp(1e-6, 1 - 1e-6);
  const torch::Tensor soft = torch::sigmoid(logits + torch::log(noise) - torch::log1p(-noise));
  return soft + (soft.gt(0.5).to(soft.scalar_type()) - soft).detach();
}

EbertTraining trainPredictors(const Transformer& model, const Dataset& data, const EvaluationSet& calibration,
                              const TrainSettings& settings, const BatchSettings& batches, const JobContext& context) {
  Training training(model, data, settings, batches);
  while (training.done() < training.steps()) {
    context.checkStop();
    training.step();
    context.report({"training predictors", training.done(), training.steps(), -1});
    context.yield();
  }
  EbertTraining result = training.finished();
  result.calibrationPasses = calibrate(*result.predictors, result.model, calibration, settings.keep);
  return result;
}

}  // namespace headroom
