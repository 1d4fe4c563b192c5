// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/head_scores.h"
#include "core/base/job_context.h"
#include "core/model/transformer.h"
#include "core/train/evaluator.h"

namespace headroom {

/// What a method that judges a trained model may use. The model's weights are not changed.
struct ScoreInput {
  const Transformer& model;          ///< computes in float32
  const EvaluationSet& calibration;  ///< the examples that heads are judged on
  const ScoreOptions& options;
  const JobContext& context;
};

/// Counts what a method computes; one pass = every calibration example once.
class ScoreCosts {
 public:
  explicit ScoreCosts(const EvaluationSet& calibration) : m_examples(static_cast<double>(std::max<std::int64_t>(1, calibration.exampleCount()))) {}
  void forward(double examples) { m_costs.forwards += examples / m_examples; }
  void backward(double examples) { m_costs.backwards += examples / m_examples; }
  [[nodiscard]] const PassCosts& passes() const { return m_costs; }

 private:
  double m_examples;
  PassCosts m_costs;
};

/// One number a head of the model, largest = keep first. Seconds and memory are for the caller to measure.
using ScoreFunction = HeadScores (*)(const ScoreInput& input);

}  // namespace headroom
