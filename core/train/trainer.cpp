// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/gates/gate_optimiser.h"
#include "core/gates/schedule.h"
#include "core/gates/verdict.h"
#include "core/model/within_memory.h"
#include "core/train/confidence.h"
#include "core/train/evaluator.h"

namespace headroom {

namespace {

std::vector<double> toVector(const torch::Tensor& tensor) {
  const torch::Tensor ready = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return {ready.data_ptr<double>(), ready.data_ptr<double>() + ready.numel()};
}

/// The mask that the gates have chosen, as gates.
torch::Tensor fixedGates(const HeadLayout& layout, const TrainSettings& settings, const GateMethod& method) {
  const HeadMask mask = judgeUnits(layout, settings.unit, method.logAlpha(), settings.keep).mask;
  return torch::tensor(std::vector<float>(mask.bytes().begin(), mask.bytes().end()));
}

}  // namespace

Trainer::Trainer(Transformer model, const Dataset& data, const TrainSettings& settings,
                 std::unique_ptr<GateMethod> method, BatchSettings batches, std::unique_ptr<LowRankAdapters> adapters)
    : m_model(std::move(model)),
      m_data(data),
      m_batchSettings(std::move(batches)),
      m_settings(settings),
      m_method(std::move(method)),
      m_adapters(std::move(adapters)),
      m_device(m_model.parameters().entries().front().tensor.device()),
      m_length(lengthOf(settings, data)),
      m_batches(data, settings.batch, settings.seed) {
  Parameters parameters = m_adapters ? m_adapters->learned() : m_model.parameters();
  if (!settings.freezeWeights || settings.recover > 0)
    m_optimiser = std::make_unique<WeightOptimiser>(parameters, settings.weightDecay, false, settings.adamBeta2);
  torch::manual_seed(settings.seed);
}

Trainer::~Trainer() = default;

RunLength Trainer::lengthOf(const TrainSettings& settings, const Dataset& data) {
  const auto examples = static_cast<std::int64_t>(data.examples.size());
  RunLength length;
  length.epochSteps = std::max<std::int64_t>(1, (examples + settings.batch - 1) / std::max(1, settings.batch));
  length.steps = settings.steps;
  if (length.steps <= 0)
    length.steps = std::max<std::int64_t>(1, std::llround(settings.epochs * static_cast<double>(length.epochSteps)));
  double judged = 0;
  for (const Example& example : data.examples)
    judged +=
        std::max(1.0, static_cast<double>(example.targets.size()) -
                          static_cast<double>(std::count(example.targets.begin(), example.targets.end(), kNoTarget)));
  if (examples > 0) length.tokensPerStep = judged / static_cast<double>(examples) * settings.batch;
  return length;
}

Trainer::Gradients Trainer::backward() {
  const EvaluationBatch batch = toDevice(m_data, m_batches.at(m_done), m_batchSettings, m_device);
  if (m_adapters) m_model = Transformer(m_model.config(), m_adapters->adapted());
  ForwardOptions options;
  options.training = true;
  std::vector<double> confidence;
  const bool gated = m_method && !recovering();
  if (gated) gate(options, batch, confidence);
  if (recovering()) options.gates = fixedGates(m_model.layout(), m_settings, *m_method).to(m_device);
  const torch::Tensor logits = m_model.forward(batch.input, options).logits;
  const torch::Tensor loss = taskLoss(logits, batch.targets, m_settings.labelSmoothing);

  Gradients gradients;
  gradients.loss = loss.item<double>();
  if (!std::isfinite(gradients.loss))
    diverged(std::isnan(gradients.loss) ? "the loss is no number" : "the loss is infinite");
  if (m_optimiser) m_optimiser->zeroGradients();
  loss.backward();
  if (gated) {
    if (!confidence.empty()) m_method->observe(confidence);
    gradients.gates = m_method->differentiate(toVector(options.gates.grad()), gradients.terms);
  }
  return gradients;
}

void Trainer::gate(ForwardOptions& options, const EvaluationBatch& batch, std::vector<double>& confidence) {
  options.gates = torch::tensor(m_method->draw(), torch::kFloat32).to(m_device).set_requires_grad(true);
  if (!m_method->wantsConfidence(m_done)) return;
  confidence.resize(static_cast<size_t>(m_model.layout().headCount()));
  options.observer = [this, &confidence, content = contentTokens(batch, m_model.config())](
                         int block, const torch::Tensor& scores, const torch::Tensor& maps) {
    const BlockId& id = m_model.layout().blocks()[static_cast<size_t>(block)].id;
    const std::vector<double> heads =
        m_method->rawConfidence() ? rawConfidence(scores) : attentionConfidence(maps, content, id);
    std::copy(heads.begin(), heads.end(), confidence.begin() + m_model.layout().firstOf(block));
  };
}

void Trainer::diverged(const std::string& what) const {
  throw Error(ErrorKind::Numerical, "training: step " + std::to_string(m_done + 1) + ": " + what +
                                        ", expected a finite one; try a smaller learning rate");
}

void Trainer::clip(Gradients& gradients) {
  const double weights = trainsWeights() ? m_optimiser->gradientNorm() : 0, gates = norm(gradients.gates);
  if (!std::isfinite(weights) || !std::isfinite(gates)) diverged("a gradient is no finite number");
  // Apart by default: a growing lambda would otherwise starve the weights.
  const double joint = std::hypot(weights, gates);
  if (m_settings.gradClip <= 0) return;
  const auto factor = [this](double length) {
    return length > m_settings.gradClip ? m_settings.gradClip / (length + 1e-6) : 1.0;
  };
  const double weightFactor = factor(m_settings.published ? joint : weights),
               gateFactor = factor(m_settings.published ? joint : gates);
  if (trainsWeights() && weightFactor < 1) m_optimiser->scaleGradients(weightFactor);
  for (double& value : gradients.gates) value *= gateFactor;
}

TrainPoint Trainer::describe(const Gradients& gradients) const {
  TrainPoint point;
  point.step = m_done;
  point.taskLoss = gradients.loss;
  point.penalty = gradients.terms.penalty;
  point.concentration = gradients.terms.concentration;
  point.lambda = gradients.terms.lambda;
  point.lambdaC = gradients.terms.lambdaC;
  point.expectedOpen = gradients.terms.open;
  point.expectedClosed = gradients.terms.closed;
  point.expectedBetween = gradients.terms.between;
  if (!m_method) return point;
  for (const double phi : m_method->logAlpha()) point.logAlpha.push_back(static_cast<float>(phi));
  for (const double open : m_method->openProbabilities()) point.pOpen.push_back(static_cast<float>(open));
  return point;
}

double Trainer::weightRate() const {
  if (recovering()) return linearDecay(m_done - m_length.steps, m_settings.recover, m_settings.warmup);
  if (m_settings.inverseRoot) return inverseRootDecay(m_done, m_length.steps, m_settings.warmup);
  return linearDecay(m_done, m_length.steps, m_settings.warmup, m_settings.lrHold);
}

double Trainer::gateRate() const {
  if (!m_settings.published) return gateDecay(m_done, m_length.steps);
  return m_settings.perEpoch ? 1 : linearDecay(m_done, m_length.steps, 0);
}

Trainer::StepResult Trainer::step() {
  const bool gated = m_method && !recovering();
  Gradients gradients;
  if (!withinMemory([&] { gradients = backward(); }))
    throw Error(ErrorKind::Memory,
                "training: step " + std::to_string(m_done + 1) + ": out of memory on " + m_device.str() + " with " +
                    std::to_string(m_settings.batch) +
                    " examples a step; choose a smaller batch (--batch) or shorter texts (--max-length)");
  clip(gradients);
  if (trainsWeights()) m_optimiser->step(m_settings.lr * weightRate());
  if (m_adapters && m_done + 1 == stepsTotal()) {
    const torch::NoGradGuard noGrad;
    m_model = Transformer(m_model.config(), m_adapters->adapted());
  }
  if (gated) m_method->update(gradients.gates, gateRate());
  ++m_done;
  StepResult result;
  if (gated) result.events = m_method->endStep(m_done);
  result.point = describe(gradients);
  return result;
}

}  // namespace headroom
