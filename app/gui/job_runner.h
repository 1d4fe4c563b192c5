// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "app/gui/engine.h"
#include "app/gui/job_feed.h"

namespace headroom {

/// Why a job has no result: one clear line.
struct Failure {
  ErrorKind kind = ErrorKind::Io;
  std::string message;
};
/// The job was cancelled; nothing to show.
struct JobStopped {};

template <typename Result>
using Outcome = std::variant<Result, Failure, JobStopped>;

using JobId = std::uint64_t;  ///< 0 = no job

/// Long jobs run one after the other. Of interactive ones only the newest counts: it replaces the one that waits, stops
/// the one that runs, and is answered between the micro-batches of a long job.
enum class JobLane { Long, Interactive };

template <typename Result>
struct Job {
  JobLane lane = JobLane::Long;
  std::function<Result(Engine&, const JobContext&)> work;  ///< worker thread
  std::function<void(Outcome<Result>&)> done;              ///< window thread, once; never for a job that was replaced
  std::function<void(const Progress&)> progress;           ///< window thread, newest only
  std::vector<std::shared_ptr<JobFeed>> feeds;
};

/// One worker thread that owns the engine. All member functions belong to the thread that made the runner.
/// The destructor stops what runs, joins the worker, and delivers nothing any more.
class JobRunner : public QObject {
  Q_OBJECT

 public:
  explicit JobRunner(EngineFactory factory, QObject* parent = nullptr);
  ~JobRunner() override;

  template <typename Result>
  JobId submit(Job<Result> job);
  /// Asks the job to stop; its outcome (JobStopped, or a result that came first) is still delivered.
  void cancel(JobId id);
  /// Asks the job to stop and delivers nothing of it any more.
  void abandon(JobId id);
  /// True until the job's outcome was delivered, cancelled or dropped.
  [[nodiscard]] bool isLive(JobId id) const { return m_live.count(id) != 0; }
  /// While false (window hidden or minimised) feeds only gather; they are delivered at the latest before the outcome.
  void setFeedsWanted(bool wanted);

  static constexpr int kFeedInterval = 125;  ///< ms between two deliveries of a feed

 private:
  struct Task {
    JobId id = 0;
    JobLane lane = JobLane::Long;
    std::stop_source stop;
    std::function<void(Engine&, const JobContext&)> run;
    std::function<void(Failure)> fail;
    std::function<void()> finish;
    std::vector<std::shared_ptr<JobFeed>> feeds;
    std::shared_ptr<Feed<Progress>> progress;
  };
  using TaskPtr = std::shared_ptr<Task>;

  JobId enqueue(const TaskPtr& task);
  [[nodiscard]] bool takeFromQueue(const TaskPtr& task);
  Q_INVOKABLE void collectFinished();
  void finish(JobId id);
  void deliverFeeds();

  void workerMain(const EngineFactory& factory);
  [[nodiscard]] TaskPtr takeNext();
  [[nodiscard]] TaskPtr takeInteractive();
  void runTask(const TaskPtr& task, Engine* engine);
  void announce(JobId id);
  void perform(Task& task, Engine* engine, const JobContext& context);

  // Window thread only.
  JobId m_lastId = 0;
  std::map<JobId, TaskPtr> m_live;
  JobId m_newestInteractive = 0;
  bool m_feedsWanted = true;
  QTimer m_pull;

  // Shared, under m_mutex.
  std::mutex m_mutex;
  std::condition_variable m_wake;
  std::deque<TaskPtr> m_waiting;
  TaskPtr m_waitingInteractive;
  std::vector<JobId> m_finished;
  bool m_quit = false;

  // Worker only.
  bool m_answering = false;
  std::string m_engineFailure;

  std::thread m_worker;  // last: it uses all of the above
};

template <typename Result>
JobId JobRunner::submit(Job<Result> job) {
  auto outcome = std::make_shared<Outcome<Result>>(JobStopped{});
  auto task = std::make_shared<Task>();
  task->lane = job.lane;
  task->run = [work = std::move(job.work), outcome](Engine& engine, const JobContext& context) {
    outcome->template emplace<Result>(work(engine, context));
  };
  task->fail = [outcome](Failure failure) { outcome->template emplace<Failure>(std::move(failure)); };
  task->finish = [done = std::move(job.done), outcome] {
    if (done) done(*outcome);
  };
  task->feeds = std::move(job.feeds);
  if (job.progress) {
    task->progress = std::make_shared<Feed<Progress>>(
        FeedKeeps::Newest,
        [receive = std::move(job.progress)](std::vector<Progress> values) { receive(values.back()); });
    task->feeds.push_back(task->progress);
  }
  return enqueue(task);
}

}  // namespace headroom
