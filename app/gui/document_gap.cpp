// SPDX-License-Identifier: GPL-3.0-or-later
// The train/test gap of the open run.
#include "app/gui/document.h"
#include "app/gui/job_feed.h"

namespace headroom {

void Document::measureGap() {
  if (!mayWork() || !hasDevData() || !m_run.report || isMeasuringGap()) return;
  pauseMeasuring();
  Job<GateGap> job;
  job.progress = progressReceiver();
  job.work = [](Engine& engine, const JobContext& context) { return engine.measureGap({}, context); };
  job.done = [this, run = m_run.path](Outcome<GateGap>& outcome) {
    m_progress = {};
    emit progressChanged();
    const auto* gap = std::get_if<GateGap>(&outcome);
    if (gap && run == m_run.path) emit gapMeasured(*gap);
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The train/test gap was not measured"), *failure);
    emit stateChanged();
    goOnMeasuring();
  };
  m_gapJob = m_runner.submit(std::move(job));
  emit stateChanged();
}

}  // namespace headroom
