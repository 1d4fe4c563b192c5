// SPDX-License-Identifier: GPL-3.0-or-later
// Examples of the dev data with and without the heads that the mask closes: one that is looked at, and all that flip.
#include "app/gui/document.h"

namespace headroom {

void Document::setExample(std::int64_t index) {
  m_example = index;
  askPrediction();
}

/// Numbers come first: the mask's score is measured before its example is looked at.
void Document::askPrediction() {
  const bool known = m_prediction && m_prediction->index == m_example && m_prediction->maskHash == m_mask.hash() && !isTraining();
  if (m_example < 0 || !hasDevData() || m_state == DocumentState::Loading || isEvaluating() || known) return;
  m_runner.abandon(m_predictionJob);
  Job<ExamplePrediction> job;
  job.lane = JobLane::Interactive;
  job.work = [request = PredictExampleRequest{m_example, m_mask, 5}](Engine& engine, const JobContext& context) { return engine.predictExample(request, context); };
  job.done = [this](Outcome<ExamplePrediction>& outcome) {
    if (const auto* found = std::get_if<ExamplePrediction>(&outcome)) m_prediction = *found;
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      m_prediction.reset();
      fail(tr("The example could not be predicted"), *failure);
    }
    emit predictionChanged();
  };
  m_predictionJob = m_runner.submit(std::move(job));
}

void Document::setComparing(bool comparing) {
  m_comparing = comparing;
  askComparison();
}

void Document::askComparison() {
  const bool known = m_comparison && m_comparison->maskHash == m_mask.hash() && !isTraining();
  if (!m_comparing || !hasDevData() || m_state == DocumentState::Loading || isEvaluating() || known) return;
  m_runner.abandon(m_comparisonJob);
  Job<MaskComparison> job;
  job.lane = JobLane::Interactive;
  job.work = [mask = m_mask](Engine& engine, const JobContext& context) { return engine.compareMask(mask, context); };
  job.done = [this](Outcome<MaskComparison>& outcome) {
    if (const auto* found = std::get_if<MaskComparison>(&outcome)) m_comparison = *found;
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      m_comparison.reset();
      fail(tr("The mask could not be compared"), *failure);
    }
    emit comparisonChanged();
  };
  m_comparisonJob = m_runner.submit(std::move(job));
}

}  // namespace headroom
