// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that end badly: killed, out of disk, opened twice. The writers are child processes.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <functional>
#include <thread>

#include "core/base/rng.h"
#include "tests/core/store/run_samples.h"

namespace headroom {
namespace {

using ::testing::HasSubstr;

/// A child that runs `work` with a pipe back to this process.
class Child {
 public:
  explicit Child(const std::function<void(int pipe)>& work) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    m_pid = ::fork();
    if (m_pid == 0) {
      ::close(ends[0]);
      try {
        work(ends[1]);
        ::_exit(0);
      } catch (const std::exception& error) {
        ::fprintf(stderr, "child: %s\n", error.what());
        ::_exit(1);
      }
    }
    ::close(ends[1]);
    m_pipe = ends[0];
  }
  ~Child() {
    if (m_pid > 0) kill();
    ::close(m_pipe);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The next number from the child; nothing once it has ended.
  std::optional<std::int64_t> next() {
    std::int64_t value = 0;
    if (::read(m_pipe, &value, sizeof value) != sizeof value) return std::nullopt;
    return value;
  }
  void kill() {
    ::kill(m_pid, SIGKILL);
    join();
  }
  /// Exit status, -1 when it was killed.
  int join() {
    int status = 0;
    ::waitpid(m_pid, &status, 0);
    m_pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] pid_t pid() const { return m_pid; }

 private:
  pid_t m_pid = -1;
  int m_pipe = -1;
};

void tell(int pipe, std::int64_t value) {
  if (::write(pipe, &value, sizeof value) != sizeof value) ::_exit(2);
}

void expectRunUpTo(const RunSnapshot& run, std::int64_t flushed) {
  ASSERT_GE(static_cast<std::int64_t>(run.points.size()), flushed);
  for (size_t i = 0; i < run.points.size(); ++i) {
    ASSERT_EQ(run.points[i].step, static_cast<std::int64_t>(i) + 1);
    expectSamplePoint(run.points[i]);
  }
  for (size_t i = 0; i < run.events.size(); ++i) {
    EXPECT_EQ(run.events[i].step, static_cast<std::int64_t>(i + 1) * 10);
    EXPECT_EQ(run.events[i].heads, (std::vector<int>{0, 6}));
  }
  EXPECT_GE(static_cast<std::int64_t>(run.events.size()), flushed / 10);
}

/// Appends from `step` on, flushing at random, and tells each step that is safe.
void writeUntilKilled(RunWriter& writer, std::int64_t step, std::uint64_t seed, int pipe) {
  Rng rng(seed);
  while (true) {
    ++step;
    if (step % 10 == 0) writer.append(TrainEvent{step, TrainEventKind::Reopen, {0, 6}, "reopened"});
    writer.append(samplePoint(step));
    if (rng.below(7) != 0) continue;
    writer.flush();
    tell(pipe, step);
  }
}

/// Kills the child at a random moment after a random number of flushes; returns the last step that was safe.
std::int64_t killAtRandom(Child& child, Rng& rng) {
  std::int64_t flushed = 0;
  for (auto count = rng.below(60); count > 0; --count) flushed = child.next().value_or(flushed);
  // Waits for nothing: the moment of the kill, between any two instructions of the writer, is what is drawn.
  std::this_thread::sleep_for(std::chrono::microseconds(rng.below(3000)));
  child.kill();
  while (const auto more = child.next()) flushed = *more;
  return flushed;
}

TEST(RunCrash, killedAtAnyMomentNothingFlushedIsLostAndTheRunGoesOn) {
  const test::TemporaryFolder folder;
  Rng rng(2);
  for (std::uint64_t round = 0; round < 8; ++round) {
    const std::string path = folder.file("run" + std::to_string(round) + ".h5");
    std::int64_t start = -1;  // the first writer creates the run
    for (std::uint64_t life = 0; life < 3; ++life) {
      Child child([&](int pipe) {
        RunWriter writer = start < 0 ? RunWriter::create(path, sampleHeader()) : RunWriter::resume(path, start);
        tell(pipe, std::max<std::int64_t>(start, 0));
        writeUntilKilled(writer, std::max<std::int64_t>(start, 0), round * 10 + life, pipe);
      });
      ASSERT_TRUE(child.next());  // the run exists from here on
      const std::int64_t flushed = std::max(killAtRandom(child, rng), std::max<std::int64_t>(start, 0));
      const RunSnapshot run = readRunFile(path);
      EXPECT_EQ(run.status, "stopped");
      expectRunUpTo(run, flushed);
      start = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(run.points.size()) + 1));
    }
    RunWriter::resume(path, start).setStatus("finished");
    const RunSnapshot run = readRunFile(path);
    EXPECT_EQ(static_cast<std::int64_t>(run.points.size()), start);
    expectRunUpTo(run, start);
  }
}

TEST(RunCrash, killedWhileItIsMadeOrTakenUpTheRunIsOldOrNewNeverBroken) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  {
    RunWriter writer = RunWriter::create(path, sampleHeader());
    for (int step = 1; step <= 300; ++step) writer.append(samplePoint(step));
  }
  Rng rng(3);
  for (int round = 0; round < 25; ++round) {
    Child child([&](int pipe) {
      tell(pipe, 0);
      while (true) RunWriter::resume(path, 300).append(TrainEvent{300, TrainEventKind::Resumed, {}, "again"});
    });
    ASSERT_TRUE(child.next());
    // Waits for nothing: some instant of making or taking up a run is drawn.
    std::this_thread::sleep_for(std::chrono::microseconds(rng.below(30000)));
    child.kill();
    EXPECT_EQ(readRunFile(path).points.size(), 300);
  }
}

TEST(RunCrash, cutShortAfterAKillIsAnErrorOrATrueBeginning) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  Child child([&](int pipe) {
    RunWriter writer = RunWriter::create(path, sampleHeader());
    writeUntilKilled(writer, 0, 1, pipe);
  });
  while (child.next().value_or(2000) < 2000) continue;
  child.kill();
  const auto whole = std::filesystem::file_size(path);
  Rng rng(4);
  for (int round = 0; round < 150; ++round) {
    const std::string cut = folder.file("cut.h5");
    std::filesystem::copy_file(path, cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, rng.below(whole));
    try {
      const RunSnapshot run = readRunFile(cut);
      expectRunUpTo(run, 0);
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::Busy) << error.what();
    }
  }
}

TEST(RunCrash, openElsewhereNamesTheProcess) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  Child child([&](int pipe) {
    const RunWriter writer = RunWriter::create(path, sampleHeader());
    tell(pipe, 0);
    ::pause();
  });
  ASSERT_TRUE(child.next());
  for (const auto& open : std::vector<std::function<void()>>{
           [&] { (void)RunWriter::resume(path, 0); }, [&] { (void)RunWriter::reopen(path); },
           [&] { (void)RunWriter::create(path, sampleHeader(), true); }}) {
    const std::string message = errorOf(ErrorKind::Busy, open);
    EXPECT_THAT(message, HasSubstr("run file is open in process " + std::to_string(child.pid()) + " on "));
  }
  EXPECT_EQ(readRunFile(path).status, "running");
  child.kill();
  EXPECT_EQ(readRunFile(path).status, "stopped");
  EXPECT_NO_THROW((void)RunWriter::resume(path, 0));
}

TEST(RunCrash, openTwiceInOneProcessIsRefusedToo) {
  const test::TemporaryFolder folder;
  const RunWriter writer = RunWriter::create(folder.file("run.h5"), sampleHeader());
  errorOf(ErrorKind::Busy, [&] { (void)RunWriter::reopen(folder.file("run.h5")); });
}

/// Lets no file grow beyond `bytes`: what a full disk does, also for root.
void limitFileSize(std::uint64_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{bytes, RLIM_INFINITY};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

TEST(RunCrash, fullDiskIsAClearErrorAndEarlierDataStay) {
  const test::TemporaryFolder folder;
  for (const std::uint64_t room : {120'000, 150'000, 200'000, 333'333}) {
    const std::string path = folder.file("run" + std::to_string(room) + ".h5");
    Child child([&](int pipe) {
      RunWriter writer = RunWriter::create(path, sampleHeader());
      limitFileSize(room);
      std::int64_t step = 0;
      const std::string message = errorOf(ErrorKind::Io, [&] {
        while (true) {
          writer.append(samplePoint(++step));
          if (step % 5 != 0) continue;
          writer.flush();
          tell(pipe, step);
        }
      });
      const bool clear = message.find("File too large") != std::string::npos && message.find(path) == 0;
      const std::string again = errorOf(ErrorKind::Io, [&] { writer.setStatus("failed: disk full"); });
      const bool readable = readRunFile(path).points.size() >= 5;  // by this very process
      if (!clear || again != message || !readable) throw std::runtime_error(message + " / " + again);
    });
    std::int64_t flushed = 0;
    while (const auto more = child.next()) flushed = *more;
    EXPECT_EQ(child.join(), 0);
    EXPECT_GT(flushed, 0);
    const RunSnapshot run = readRunFile(path);
    ASSERT_GE(static_cast<std::int64_t>(run.points.size()), flushed);
    for (const TrainPoint& point : run.points) expectSamplePoint(point);
    RunWriter::resume(path, 3).append(samplePoint(4));
    EXPECT_EQ(readRunFile(path).points.size(), 4);
  }
}

TEST(RunCrash, fullDiskAtTheStartLeavesNothingBehind) {
  const test::TemporaryFolder folder;
  Child child([&](int) {
    limitFileSize(3000);
    errorOf(ErrorKind::Io, [&] { (void)RunWriter::create(folder.file("run.h5"), sampleHeader()); });
    if (!std::filesystem::is_empty(std::filesystem::path(folder.file("run.h5")).parent_path()))
      throw std::runtime_error("something was left behind");
  });
  EXPECT_EQ(child.join(), 0);
}

}  // namespace
}  // namespace headroom
