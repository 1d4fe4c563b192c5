// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/job_runner.h"

#include <QTest>
#include <atomic>
#include <semaphore>

#include "tests/app/fake_engine.h"

using namespace headroom;

namespace {

/// A long job that works until it is told to finish or to stop, yielding all the time like a training run.
struct Marathon {
  std::shared_ptr<std::atomic<bool>> started = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::atomic<bool>> mayEnd = std::make_shared<std::atomic<bool>>(false);

  [[nodiscard]] std::function<int(Engine&, const JobContext&)> work() const {
    return [started = started, mayEnd = mayEnd](Engine&, const JobContext& context) {
      *started = true;
      while (!*mayEnd) {
        context.checkStop();
        context.yield();
        std::this_thread::yield();
      }
      return 42;
    };
  }
};

}  // namespace

class JobRunnerTest : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<testing::FakeSettings> m_settings = std::make_shared<testing::FakeSettings>();
  [[nodiscard]] EngineFactory factory() const { return testing::fakeEngine(m_settings); }

 private slots:
  void resultArrivesOnTheWindowThread() {
    JobRunner runner(factory());
    int result = 0;
    QThread* receiver = nullptr;
    std::thread::id worker;
    Job<int> job;
    job.work = [&worker](Engine&, const JobContext&) {
      worker = std::this_thread::get_id();
      return 7;
    };
    job.done = [&](Outcome<int>& outcome) {
      result = std::get<int>(outcome);
      receiver = QThread::currentThread();
    };
    const JobId id = runner.submit(std::move(job));
    QVERIFY(runner.isLive(id));
    QTRY_COMPARE(result, 7);
    QCOMPARE(receiver, QThread::currentThread());
    QVERIFY(worker != std::this_thread::get_id());
    QVERIFY(!runner.isLive(id));
  }

  void longJobsRunInTheOrderOfSubmission() {
    JobRunner runner(factory());
    std::vector<int> order;
    for (int i = 0; i < 5; ++i) {
      Job<int> job;
      job.work = [i](Engine&, const JobContext&) { return i; };
      job.done = [&order](Outcome<int>& outcome) { order.push_back(std::get<int>(outcome)); };
      runner.submit(std::move(job));
    }
    QTRY_COMPARE(order.size(), size_t{5});
    QCOMPARE(order, (std::vector<int>{0, 1, 2, 3, 4}));
  }

  void throwingJobBecomesAFailureWithOneLine_data() {
    QTest::addColumn<int>("what");
    QTest::addColumn<QString>("message");
    QTest::newRow("error") << 0 << "config.json: no such field";
    QTest::newRow("library error with a trace") << 1 << "shape mismatch";
    QTest::newRow("out of memory") << 2 << "not enough memory for this; close other programs or choose a smaller batch";
    QTest::newRow("not an exception") << 3 << "the job ended with an error of an unknown kind";
  }
  void throwingJobBecomesAFailureWithOneLine() {
    QFETCH(int, what);
    QFETCH(QString, message);
    JobRunner runner(factory());
    QString found;
    Job<int> job;
    job.work = [what](Engine&, const JobContext&) -> int {
      if (what == 0) throw Error(ErrorKind::BadFile, "config.json: no such field");
      if (what == 1) throw std::runtime_error("shape mismatch\nframe 0\nframe 1");
      if (what == 2) throw std::bad_alloc();
      throw 3;
    };
    job.done = [&found](Outcome<int>& outcome) { found = QString::fromStdString(std::get<Failure>(outcome).message); };
    runner.submit(std::move(job));
    QTRY_COMPARE(found, message);
  }

  void engineThatCannotBeMadeFailsEveryJob() {
    JobRunner runner([]() -> std::unique_ptr<Engine> { throw Error(ErrorKind::Io, "no such device"); });
    QString found;
    Job<int> job;
    job.work = [](Engine&, const JobContext&) { return 1; };
    job.done = [&found](Outcome<int>& outcome) { found = QString::fromStdString(std::get<Failure>(outcome).message); };
    runner.submit(std::move(job));
    QTRY_COMPARE(found, QString("no such device"));
  }

  void cancelledJobIsStoppedNotFailed() {
    JobRunner runner(factory());
    const Marathon marathon;
    bool stopped = false;
    Job<int> job;
    job.work = marathon.work();
    job.done = [&stopped](Outcome<int>& outcome) { stopped = std::holds_alternative<JobStopped>(outcome); };
    const JobId id = runner.submit(std::move(job));
    QTRY_VERIFY(*marathon.started);
    runner.cancel(id);
    QTRY_VERIFY(stopped);
  }

  void waitingJobCanBeCancelledBeforeItBegins() {
    JobRunner runner(factory());
    const Marathon marathon;
    bool ran = false, stopped = false;
    Job<int> first;
    first.work = marathon.work();
    runner.submit(std::move(first));
    Job<int> second;
    second.work = [&ran](Engine&, const JobContext&) { return ran = true, 1; };
    second.done = [&stopped](Outcome<int>& outcome) { stopped = std::holds_alternative<JobStopped>(outcome); };
    const JobId id = runner.submit(std::move(second));
    QTRY_VERIFY(*marathon.started);
    runner.cancel(id);
    QTRY_VERIFY(stopped);
    QVERIFY(!ran);
    *marathon.mayEnd = true;
  }

  void abandonedJobDeliversNothing() {
    JobRunner runner(factory());
    const Marathon marathon;
    bool delivered = false, afterwards = false;
    Job<int> job;
    job.work = marathon.work();
    job.done = [&delivered](Outcome<int>&) { delivered = true; };
    const JobId id = runner.submit(std::move(job));
    QTRY_VERIFY(*marathon.started);
    *marathon.mayEnd = true;  // it may even end with a result: nobody wants it any more
    runner.abandon(id);
    Job<int> next;
    next.work = [](Engine&, const JobContext&) { return 1; };
    next.done = [&afterwards](Outcome<int>&) { afterwards = true; };
    runner.submit(std::move(next));
    QTRY_VERIFY(afterwards);
    QVERIFY(!delivered);
  }

  void interactiveJobsAreAnsweredWhileALongJobRuns() {
    JobRunner runner(factory());
    const Marathon marathon;
    Job<int> training;
    training.work = marathon.work();
    runner.submit(std::move(training));
    QTRY_VERIFY(*marathon.started);
    int answer = 0;
    bool yielded = false;
    Job<int> question;
    question.lane = JobLane::Interactive;
    question.work = [&yielded](Engine&, const JobContext& context) {
      yielded = static_cast<bool>(context.betweenBatches);
      return 5;
    };
    question.done = [&answer](Outcome<int>& outcome) { answer = std::get<int>(outcome); };
    runner.submit(std::move(question));
    QTRY_COMPARE(answer, 5);
    QVERIFY2(!yielded, "an answer given between micro-batches must not yield itself");
    *marathon.mayEnd = true;
  }

  void newestInteractiveJobWinsInAStorm() {
    JobRunner runner(factory());
    const Marathon marathon;
    Job<int> training;
    training.work = marathon.work();
    runner.submit(std::move(training));
    QTRY_VERIFY(*marathon.started);
    std::vector<int> answers;
    std::atomic<int> ran{0};
    constexpr int kQuestions = 500;
    for (int i = 0; i < kQuestions; ++i) {
      Job<int> question;
      question.lane = JobLane::Interactive;
      question.work = [i, &ran](Engine&, const JobContext& context) {
        ++ran;
        for (int batch = 0; batch < 50; ++batch) {
          context.checkStop();
          std::this_thread::yield();
        }
        return i;
      };
      question.done = [&answers](Outcome<int>& outcome) { answers.push_back(std::get<int>(outcome)); };
      runner.submit(std::move(question));
      if (i % 50 == 0) QCoreApplication::processEvents();
    }
    QTRY_VERIFY(!answers.empty() && answers.back() == kQuestions - 1);
    QVERIFY(std::is_sorted(answers.begin(), answers.end()));
    QVERIFY(ran <= kQuestions);
    *marathon.mayEnd = true;
  }

  void replacedAnswerIsNeverDelivered() {
    JobRunner runner(factory());
    auto started = std::make_shared<std::atomic<bool>>(false);
    bool staleDelivered = false;
    Job<int> first;
    first.lane = JobLane::Interactive;
    first.work = [started](Engine&, const JobContext& context) {
      *started = true;
      while (!context.stop.stop_requested()) std::this_thread::yield();
      return 1;  // an answer all the same, come too late
    };
    first.done = [&staleDelivered](Outcome<int>&) { staleDelivered = true; };
    runner.submit(std::move(first));
    QTRY_VERIFY(*started);
    int answer = 0;
    Job<int> second;
    second.lane = JobLane::Interactive;
    second.work = [](Engine&, const JobContext&) { return 2; };
    second.done = [&answer](Outcome<int>& outcome) { answer = std::get<int>(outcome); };
    runner.submit(std::move(second));
    QTRY_COMPARE(answer, 2);
    QVERIFY(!staleDelivered);
  }

  void failureOfAnAnswerLeavesTheLongJobAlone() {
    JobRunner runner(factory());
    const Marathon marathon;
    int result = 0;
    Job<int> training;
    training.work = marathon.work();
    training.done = [&result](Outcome<int>& outcome) { result = std::get<int>(outcome); };
    runner.submit(std::move(training));
    QTRY_VERIFY(*marathon.started);
    bool failed = false;
    Job<int> question;
    question.lane = JobLane::Interactive;
    question.work = [](Engine&, const JobContext&) -> int { throw Error(ErrorKind::BadInput, "no dev set"); };
    question.done = [&failed](Outcome<int>& outcome) { failed = std::holds_alternative<Failure>(outcome); };
    runner.submit(std::move(question));
    QTRY_VERIFY(failed);
    *marathon.mayEnd = true;
    QTRY_COMPARE(result, 42);
  }

  void feedsArriveInBatchesAndBeforeTheOutcome() {
    JobRunner runner(factory());
    std::vector<int> received;
    int deliveries = 0;
    size_t receivedAtEnd = 0;
    double lastProgress = 0;
    auto feed = std::make_shared<Feed<int>>(FeedKeeps::All, [&](std::vector<int> values) {
      ++deliveries;
      received.insert(received.end(), values.begin(), values.end());
    });
    Job<int> job;
    job.feeds = {feed};
    job.work = [feed](Engine&, const JobContext& context) {
      for (int i = 0; i < 100'000; ++i) {
        feed->post(i);
        context.report({"counting", i, 100'000, 0});
      }
      return 1;
    };
    job.progress = [&lastProgress](const Progress& p) { lastProgress = static_cast<double>(p.step); };
    job.done = [&](Outcome<int>&) { receivedAtEnd = received.size(); };
    QElapsedTimer clock;
    clock.start();
    runner.submit(std::move(job));
    QTRY_COMPARE(receivedAtEnd, size_t{100'000});
    QCOMPARE(lastProgress, 99'999.0);
    QVERIFY(std::is_sorted(received.begin(), received.end()));
    QVERIFY2(deliveries <= clock.elapsed() / (JobRunner::kFeedInterval - 20) + 2,
             qPrintable(QString::number(deliveries)));
  }

  void feedsGatherWhileNobodyLooks() {
    JobRunner runner(factory());
    const Marathon marathon;
    int deliveries = 0;
    auto feed = std::make_shared<Feed<int>>(FeedKeeps::Newest, [&deliveries](std::vector<int>) { ++deliveries; });
    Job<int> job;
    job.feeds = {feed};
    job.work = [feed, work = marathon.work()](Engine& engine, const JobContext& context) {
      feed->post(1);
      return work(engine, context);
    };
    runner.setFeedsWanted(false);
    runner.submit(std::move(job));
    QTRY_VERIFY(*marathon.started);
    QVERIFY(!QTest::qWaitFor([&deliveries] { return deliveries > 0; }, 2 * JobRunner::kFeedInterval));
    runner.setFeedsWanted(true);
    QCOMPARE(deliveries, 1);
    *marathon.mayEnd = true;
  }

  void destroyingTheRunnerStopsAndJoins() {
    bool delivered = false;
    const Marathon marathon;
    {
      JobRunner runner(factory());
      Job<int> job;
      job.work = marathon.work();
      job.done = [&delivered](Outcome<int>&) { delivered = true; };
      runner.submit(std::move(job));
      for (int i = 0; i < 10; ++i) {
        Job<int> waiting;
        waiting.work = [](Engine&, const JobContext&) { return 1; };
        waiting.done = [&delivered](Outcome<int>&) { delivered = true; };
        runner.submit(std::move(waiting));
      }
      QTRY_VERIFY(*marathon.started);
      QVERIFY(m_settings->alive);
    }
    QCoreApplication::processEvents();
    QVERIFY(!delivered);
    QVERIFY2(!m_settings->alive, "the engine dies with the worker");
  }

  void jobsMaySubmitJobsFromTheirOutcome() {
    JobRunner runner(factory());
    int depth = 0;
    std::function<void()> next = [&] {
      Job<int> job;
      job.work = [](Engine&, const JobContext&) { return 1; };
      job.done = [&](Outcome<int>&) {
        if (++depth < 20) next();
      };
      runner.submit(std::move(job));
    };
    next();
    QTRY_COMPARE(depth, 20);
  }
};

QTEST_MAIN(JobRunnerTest)
#include "job_runner_test.moc"
