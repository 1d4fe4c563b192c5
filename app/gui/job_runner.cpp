// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/job_runner.h"

#include <new>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace headroom {

namespace {

/// The window's thread must win whenever it wants to paint. On Linux niceness belongs to a thread, and the threads that
/// the engine starts from this one inherit it.
void lowerOwnPriority() {
#ifdef __linux__
  constexpr int kNiceness = 5;
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNiceness);
#endif
}

std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

JobRunner::JobRunner(EngineFactory factory, QObject* parent) : QObject(parent) {
  m_pull.setInterval(kFeedInterval);
  connect(&m_pull, &QTimer::timeout, this, &JobRunner::deliverFeeds);
  m_worker = std::thread([this, make = std::move(factory)] { workerMain(make); });
}

JobRunner::~JobRunner() {
  {
    const std::lock_guard lock(m_mutex);
    m_quit = true;
    m_waiting.clear();
    m_waitingInteractive.reset();
  }
  for (const auto& [id, task] : m_live) task->stop.request_stop();
  m_wake.notify_all();
  m_worker.join();
}

JobId JobRunner::enqueue(const TaskPtr& task) {
  task->id = ++m_lastId;
  if (task->lane == JobLane::Interactive) {
    abandon(m_newestInteractive);
    m_newestInteractive = task->id;
  }
  m_live.emplace(task->id, task);
  {
    const std::lock_guard lock(m_mutex);
    if (task->lane == JobLane::Interactive) {
      m_waitingInteractive = task;
    } else {
      m_waiting.push_back(task);
    }
  }
  m_wake.notify_all();
  if (m_feedsWanted) m_pull.start();
  return task->id;
}

void JobRunner::cancel(JobId id) {
  const auto found = m_live.find(id);
  if (found == m_live.end()) return;
  const TaskPtr task = found->second;
  task->stop.request_stop();
  // A job that has not begun will never be seen by the worker: its outcome is delivered from here, in a later event.
  if (takeFromQueue(task)) announce(id);
}

void JobRunner::abandon(JobId id) {
  const auto found = m_live.find(id);
  if (found == m_live.end()) return;
  const TaskPtr task = found->second;
  task->stop.request_stop();
  (void)takeFromQueue(task);
  m_live.erase(found);
}

bool JobRunner::takeFromQueue(const TaskPtr& task) {
  const std::lock_guard lock(m_mutex);
  if (m_waitingInteractive == task) {
    m_waitingInteractive.reset();
    return true;
  }
  return std::erase(m_waiting, task) != 0;
}

void JobRunner::collectFinished() {
  std::vector<JobId> ids;
  {
    const std::lock_guard lock(m_mutex);
    ids.swap(m_finished);
  }
  for (const JobId id : ids) finish(id);
}

void JobRunner::finish(JobId id) {
  const auto found = m_live.find(id);
  if (found == m_live.end()) return;  // replaced or abandoned: stale
  const TaskPtr task = found->second;
  for (const auto& feed : task->feeds) feed->deliver();
  m_live.erase(id);
  if (m_live.empty()) m_pull.stop();
  task->finish();
}

void JobRunner::deliverFeeds() {
  const std::map<JobId, TaskPtr> live = m_live;  // a receiver may submit or abandon jobs
  for (const auto& [id, task] : live) {
    for (const auto& feed : task->feeds) {
      if (isLive(id)) feed->deliver();
    }
  }
}

void JobRunner::setFeedsWanted(bool wanted) {
  if (wanted == m_feedsWanted) return;
  m_feedsWanted = wanted;
  if (!wanted) {
    m_pull.stop();
  } else if (!m_live.empty()) {
    deliverFeeds();
    m_pull.start();
  }
}

void JobRunner::workerMain(const EngineFactory& factory) {
  lowerOwnPriority();
  std::unique_ptr<Engine> engine;
  try {
    engine = factory();
  } catch (const std::exception& error) {
    m_engineFailure = firstLine(error.what());
  }
  while (const TaskPtr task = takeNext()) runTask(task, engine.get());
}

JobRunner::TaskPtr JobRunner::takeNext() {
  std::unique_lock lock(m_mutex);
  m_wake.wait(lock, [this] { return m_quit || m_waitingInteractive || !m_waiting.empty(); });
  if (m_quit) return nullptr;
  if (m_waitingInteractive) return std::exchange(m_waitingInteractive, nullptr);
  TaskPtr task = m_waiting.front();
  m_waiting.pop_front();
  return task;
}

JobRunner::TaskPtr JobRunner::takeInteractive() {
  const std::lock_guard lock(m_mutex);
  return m_quit ? nullptr : std::exchange(m_waitingInteractive, nullptr);
}

void JobRunner::runTask(const TaskPtr& task, Engine* engine) {
  JobContext context;
  context.stop = task->stop.get_token();
  if (task->progress) context.progress = [feed = task->progress](const Progress& p) { feed->post(p); };
  if (task->lane == JobLane::Long) {
    context.betweenBatches = [this, engine] {
      if (m_answering) return;
      const TaskPtr question = takeInteractive();
      if (!question) return;
      m_answering = true;
      runTask(question, engine);
      m_answering = false;
    };
  }
  perform(*task, engine, context);
  announce(task->id);
}

void JobRunner::announce(JobId id) {
  {
    const std::lock_guard lock(m_mutex);
    m_finished.push_back(id);
  }
  // By name: the event then carries nothing of ours, and the thread sanitizer sees the hand-over under our own lock.
  QMetaObject::invokeMethod(this, "collectFinished", Qt::QueuedConnection);
}

void JobRunner::perform(Task& task, Engine* engine, const JobContext& context) {
  try {
    context.checkStop();
    if (engine == nullptr) throw Error(ErrorKind::Io, m_engineFailure);
    task.run(*engine, context);
  } catch (const Cancelled&) {
    // The outcome is JobStopped from the start.
  } catch (const Error& error) {
    task.fail({error.kind(), firstLine(error.what())});
  } catch (const std::bad_alloc&) {
    task.fail({ErrorKind::Io, "not enough memory for this; close other programs or choose a smaller batch"});
  } catch (const std::exception& error) {
    task.fail({ErrorKind::Io, firstLine(error.what())});
  } catch (...) {
    task.fail({ErrorKind::Io, "the job ended with an error of an unknown kind"});
  }
}

}  // namespace headroom
