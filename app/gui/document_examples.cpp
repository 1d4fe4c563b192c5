// SPDX-License-Identifier: GPL-3.0-or-later
// Examples of the dev data with and without the heads that the mask closes: one that is looked at, all that flip, and
// those that a single head makes flip.
#include "app/gui/document.h"

namespace headroom {

void Document::setExample(std::int64_t index) {
  m_example = index;
  askPrediction();
}

/// Numbers come first: the mask's score is measured before its example is looked at.
void Document::askPrediction() {
  const bool known =
      m_prediction && m_prediction->index == m_example && m_prediction->maskHash == m_mask.hash() && !isTraining();
  if (m_example < 0 || !hasDevData() || m_state == DocumentState::Loading || isEvaluating() || known) return;
  m_runner.abandon(m_predictionJob);
  Job<ExamplePrediction> job;
  job.lane = JobLane::Interactive;
  job.work = [request = PredictExampleRequest{m_example, m_mask, 5}](Engine& engine, const JobContext& context) {
    return engine.predictExample(request, context);
  };
  job.done = [this](Outcome<ExamplePrediction>& outcome) {
    if (const auto* found = std::get_if<ExamplePrediction>(&outcome)) m_prediction = *found;
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      m_prediction.reset();
      fail(tr("The example could not be predicted"), *failure);
    }
    emit predictionChanged();
    measureEffect();
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
    measureEffect();
  };
  m_comparisonJob = m_runner.submit(std::move(job));
}

void Document::askEffect(HeadId head) {
  const bool cancels = m_effectWanted == head;
  forgetEffect();
  if (cancels || !hasDevData() || !m_mask.layout().contains(head) || isTraining()) return;
  m_effectWanted = head;
  measureEffect();
  emit effectChanged();
}

void Document::forgetEffect() {
  if (!m_effectWanted && !m_effect) return;
  m_runner.abandon(m_effectJob);
  m_effectWanted.reset();
  m_effect.reset();
  emit effectChanged();
}

/// The shown mask's score, example and flips come first: of interactive jobs the newest replaces the one before.
void Document::measureEffect() {
  if (!m_effectWanted || m_state == DocumentState::Loading || isEvaluating()) return;
  if (m_runner.isLive(m_predictionJob) || m_runner.isLive(m_comparisonJob) || m_runner.isLive(m_effectJob)) return;
  const HeadId head = *m_effectWanted;
  const auto receive = [this, head, closes = m_mask.kept(head)](const MaskChange& change) {
    m_effect = HeadEffect{head, closes, change};
    emit effectChanged();
  };
  auto partial = std::make_shared<Feed<MaskChange>>(
      FeedKeeps::Newest, [receive](std::vector<MaskChange> values) { receive(values.back()); });
  Job<MaskChange> job;
  job.lane = JobLane::Interactive;
  job.feeds = {partial};
  job.progress = progressReceiver();
  job.work = [from = m_mask, to = switched(head), partial](Engine& engine, const JobContext& context) {
    return engine.measureChange(from, to, context, [&partial](const MaskChange& change) { partial->post(change); });
  };
  job.done = [this, receive](Outcome<MaskChange>& outcome) {
    m_effectWanted.reset();
    m_progress = {};
    emit progressChanged();
    if (const auto* change = std::get_if<MaskChange>(&outcome)) return receive(*change);
    if (const auto* failure = std::get_if<Failure>(&outcome))
      fail(tr("The head's effect could not be measured"), *failure);
    forgetEffect();
    emit effectChanged();
  };
  m_effectJob = m_runner.submit(std::move(job));
}

}  // namespace headroom
