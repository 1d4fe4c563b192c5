// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_file.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>

#include "core/base/files.h"
#include "core/checkpoint/pins_file.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/copy_run.h"
#include "tests/core/store/run_samples.h"

namespace headroom {
namespace {

using ::testing::HasSubstr;

TrainReport sampleReport() {
  TrainReport report;
  report.settings = sampleHeader().settings;
  report.mask = keepRandom(sampleLayout(), 3, 5);
  report.exact = true;
  report.jointProbability = 1.0 / 3;
  report.metric = {"accuracy", 0.9, 0.8, 0.95, 19};
  report.fullMetric = {"accuracy", 1.0 / 7, 0.1, 0.2, 19};
  report.toFull = PairedDifference{-0.1, -0.2, 0.05, 1, 2};
  report.loss = std::numeric_limits<double>::quiet_NaN();
  report.steps = 300;
  report.weightsSha256 = std::string(64, 'b');
  report.finished = true;
  return report;
}

Curve sampleCurve() {
  Curve curve;
  curve.layout = sampleLayout();
  curve.order = {6, 2, 0, 1, 3, 4, 5};
  curve.orderOrigin = "log alpha of run.h5";
  curve.full = {"accuracy", 0.9, 0.8, 0.95, 19};
  curve.forwards = 4;
  curve.naiveForwards = 8;
  for (const int kept : {0, 3, 7})
    curve.points.push_back({kept,
                            curve.maskFor(kept).hash(),
                            {"accuracy", kept / 10.0, 0.1, 0.9, 19},
                            {0.01 * kept, -0.1, 0.1, 3, kept},
                            0.5 + kept,
                            kept == 3});
  return curve;
}

CorrectBits sampleBits(int seed, int examples = 19) {
  CorrectBits bits(static_cast<size_t>(examples));
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = (i * 7 + static_cast<size_t>(seed)) % 3 == 0;
  return bits;
}

TEST(RunFile, pointsComeBackExactly) {
  const test::TemporaryFolder folder;
  RunWriter writer = RunWriter::create(folder.file("run.h5"), sampleHeader());
  for (int step = 0; step < 700; ++step) writer.append(samplePoint(step));
  writer.close();
  const RunSnapshot run = readRunFile(folder.file("run.h5"));
  ASSERT_EQ(run.points.size(), 700);
  for (int step = 0; step < 700; ++step) {
    EXPECT_EQ(run.points[static_cast<size_t>(step)].step, step);
    expectSamplePoint(run.points[static_cast<size_t>(step)]);
  }
  EXPECT_EQ(run.layout, sampleLayout());
  EXPECT_EQ(run.settings, sampleHeader().settings);
  EXPECT_EQ(run.modelPath, "/models/größe");
  EXPECT_FALSE(run.report);
  EXPECT_FALSE(run.curve);
}

TEST(RunFile, headerComesBackExactly) {
  const test::TemporaryFolder folder;
  RunWriter::create(folder.file("run.h5"), sampleHeader()).close();
  EXPECT_EQ(readRunHeader(folder.file("run.h5")), sampleHeader());
}

TEST(RunFile, infinitiesAndNotANumbersSurvive) {
  const test::TemporaryFolder folder;
  RunWriter writer = RunWriter::create(folder.file("run.h5"), sampleHeader());
  TrainPoint point = samplePoint(1);
  point.taskLoss = std::numeric_limits<double>::quiet_NaN();
  point.lambda = std::numeric_limits<double>::infinity();
  point.logAlpha[3] = std::numeric_limits<float>::quiet_NaN();
  writer.append(point);
  writer.close();
  const RunSnapshot run = readRunFile(folder.file("run.h5"));
  ASSERT_EQ(run.points.size(), 1);
  EXPECT_TRUE(std::isnan(run.points[0].taskLoss));
  EXPECT_TRUE(std::isinf(run.points[0].lambda));
  EXPECT_TRUE(std::isnan(run.points[0].logAlpha[3]));
}

TEST(RunFile, eventsLongerThanARowComeBackWhole) {
  RunHeader header = sampleHeader();
  header.layout = HeadLayout({{{Stack::Decoder, AttentionKind::Self, 0}, 3000, 3000}});
  std::vector<int> all(3000);
  std::iota(all.begin(), all.end(), 0);
  std::string text;
  while (text.size() < 5000) text += "größer als eine Zeile — ";
  const test::TemporaryFolder folder;
  RunWriter writer = RunWriter::create(folder.file("run.h5"), header);
  writer.append(TrainEvent{3, TrainEventKind::Clip, {1, 2}, "clipped"});
  writer.append(TrainEvent{4, TrainEventKind::Reopen, all, text});
  writer.append(TrainEvent{5, TrainEventKind::Finished, {}, ""});
  writer.close();
  const RunSnapshot run = readRunFile(folder.file("run.h5"));
  ASSERT_EQ(run.events.size(), 3);
  EXPECT_EQ(run.events[0].text, "clipped");
  EXPECT_EQ(run.events[0].heads, (std::vector<int>{1, 2}));
  EXPECT_EQ(run.events[1].kind, TrainEventKind::Reopen);
  EXPECT_EQ(run.events[1].heads, all);
  EXPECT_EQ(run.events[1].text, text);
  EXPECT_EQ(run.events[2].step, 5);
  EXPECT_EQ(run.events[2].kind, TrainEventKind::Finished);
}

TEST(RunFile, lastReportHolds) {
  const test::TemporaryFolder folder;
  RunWriter writer = RunWriter::create(folder.file("run.h5"), sampleHeader());
  TrainReport early = sampleReport();
  early.steps = 100;
  writer.writeReport(early);
  writer.writeReport(sampleReport());
  writer.setStatus("finished");
  writer.close();
  const RunSnapshot run = readRunFile(folder.file("run.h5"));
  EXPECT_EQ(run.status, "finished");
  ASSERT_TRUE(run.report);
  EXPECT_EQ(run.report->steps, 300);
  EXPECT_EQ(run.report->mask, sampleReport().mask);
  EXPECT_EQ(run.report->metric, sampleReport().metric);
  EXPECT_EQ(run.report->fullMetric, sampleReport().fullMetric);
  EXPECT_EQ(run.report->toFull, sampleReport().toFull);
  EXPECT_EQ(run.report->settings, sampleReport().settings);
  EXPECT_EQ(run.report->jointProbability, sampleReport().jointProbability);
  EXPECT_TRUE(std::isnan(run.report->loss));
  EXPECT_EQ(run.report->runPath, folder.file("run.h5"));
}

TEST(RunFile, sweepAndBaselineKeepEveryExample) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  const std::vector<CorrectBits> bits{sampleBits(0), sampleBits(1), sampleBits(2)};
  RunWriter writer = RunWriter::create(path, sampleHeader());
  EXPECT_FALSE(readRunBaseline(path));
  writer.writeBaseline({"accuracy", 0.5, 0.4, 0.6, 19}, sampleBits(4));
  Curve partial = sampleCurve();
  partial.points.pop_back();
  writer.writeSweep(partial, std::span(bits).first(2));
  EXPECT_EQ(readRunFile(path).curve->points.size(), 2);
  writer.writeSweep(sampleCurve(), bits);
  writer.close();
  const RunSnapshot run = readRunFile(path);
  ASSERT_TRUE(run.curve);
  EXPECT_EQ(run.curve->order, sampleCurve().order);
  EXPECT_EQ(run.curve->orderOrigin, sampleCurve().orderOrigin);
  EXPECT_EQ(run.curve->full, sampleCurve().full);
  EXPECT_EQ(run.curve->forwards, 4);
  ASSERT_EQ(run.curve->points.size(), 3);
  for (size_t i = 0; i < 3; ++i) {
    const CurvePoint& found = run.curve->points[i];
    const CurvePoint expected = sampleCurve().points[i];
    EXPECT_EQ(found.kept, expected.kept);
    EXPECT_EQ(found.maskHash, expected.maskHash);
    EXPECT_EQ(found.metric, expected.metric);
    EXPECT_EQ(found.toFull, expected.toFull);
    EXPECT_EQ(found.loss, expected.loss);
    EXPECT_EQ(found.trained, expected.trained);
    EXPECT_EQ(readSweepBits(path, found.kept), bits[i]);
  }
  EXPECT_FALSE(readSweepBits(path, 5));
  const auto baseline = readRunBaseline(path);
  ASSERT_TRUE(baseline);
  EXPECT_EQ(baseline->correct, sampleBits(4));
  EXPECT_EQ(baseline->metric.value, 0.5);
}

TEST(RunFile, sweepOnAnotherDevSetMayHaveMoreExamples) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  RunWriter::create(path, sampleHeader()).close();
  const std::vector<CorrectBits> bits{sampleBits(0, 500), sampleBits(1, 500), sampleBits(2, 500)};
  RunWriter::reopen(path).writeSweep(sampleCurve(), bits);
  EXPECT_EQ(readSweepBits(path, 7), bits[2]);
}

TEST(RunFile, newOrderReplacesTheOldSweep) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  RunWriter writer = RunWriter::create(path, sampleHeader());
  writer.writeSweep(sampleCurve(), {});
  Curve other = sampleCurve();
  std::swap(other.order.front(), other.order.back());
  other.points.erase(other.points.begin());
  writer.writeSweep(other, {});
  writer.close();
  const RunSnapshot run = readRunFile(path);
  EXPECT_EQ(run.curve->order, other.order);
  EXPECT_EQ(run.curve->points.size(), 2);
}

TEST(RunFile, whatASweepLeftToGoOnWithIsCopiedAndGoesWithTheSweep) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5"), copy = folder.file("copy.h5");
  RunWriter::create(path, sampleHeader()).append(samplePoint(1));
  folder.write("run.h5.sweep", "half a sweep");
  RunWriter::reopen(path).close();
  copyRunFiles(path, copy);
  EXPECT_EQ(readTextFile(sweepProgressPath(copy)), "half a sweep");
  RunWriter::resume(path, 1).close();
  EXPECT_FALSE(std::filesystem::exists(sweepProgressPath(path)));
  copyRunFiles(path, copy);
  EXPECT_FALSE(std::filesystem::exists(sweepProgressPath(copy)));
  folder.write("copy.h5.sweep", "half a sweep");
  RunWriter::create(copy, sampleHeader(), true).close();
  EXPECT_FALSE(std::filesystem::exists(sweepProgressPath(copy)));
}

TEST(RunFile, plainTrainingStoresNoGates) {
  const test::TemporaryFolder folder;
  RunHeader header = sampleHeader();
  header.gated = false;
  RunWriter writer = RunWriter::create(folder.file("run.h5"), header);
  writer.append(samplePoint(1, 0));
  writer.close();
  const RunSnapshot run = readRunFile(folder.file("run.h5"));
  ASSERT_EQ(run.points.size(), 1);
  EXPECT_TRUE(run.points[0].logAlpha.empty());
  EXPECT_EQ(run.points[0].taskLoss, samplePoint(1).taskLoss);
}

TEST(RunFile, flushedPointsAreReadWhileTheWriterIsOpen) {
  const test::TemporaryFolder folder;
  RunWriter writer = RunWriter::create(folder.file("run.h5"), sampleHeader());
  for (int step = 1; step <= 10; ++step) {
    writer.append(samplePoint(step));
    writer.flush();
    const RunSnapshot run = readRunFile(folder.file("run.h5"));
    EXPECT_EQ(run.status, "running");
    ASSERT_EQ(run.points.size(), static_cast<size_t>(step));
    expectSamplePoint(run.points.back());
  }
}

TEST(RunFile, resumeCutsBackToTheCheckpoint) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  {
    RunWriter writer = RunWriter::create(path, sampleHeader());
    for (int step = 1; step <= 500; ++step) {
      writer.append(samplePoint(step));
      if (step % 100 == 0) writer.append(TrainEvent{step, TrainEventKind::Clip, {1}, "clip"});
    }
    writer.writeReport(sampleReport());
    writer.writeSweep(sampleCurve(), {});
    writer.setStatus("stopped");
  }
  {
    RunWriter writer = RunWriter::resume(path, 333);
    EXPECT_EQ(writer.header(), sampleHeader());
    RunSnapshot run = readRunFile(path);
    EXPECT_EQ(run.status, "running");
    EXPECT_EQ(run.points.size(), 333);
    EXPECT_EQ(run.events.size(), 3);
    EXPECT_FALSE(run.report);
    EXPECT_FALSE(run.curve);
    for (int step = 334; step <= 400; ++step) writer.append(samplePoint(step));
    writer.append(TrainEvent{400, TrainEventKind::Finished, {}, "done"});
  }
  const RunSnapshot run = readRunFile(path);
  ASSERT_EQ(run.points.size(), 400);
  for (const TrainPoint& point : run.points) expectSamplePoint(point);
  EXPECT_EQ(run.events.size(), 4);
}

TEST(RunFile, latencyTableComesBackExactlyAndTheNewestOfEveryTypeHolds) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  {
    RunWriter writer = RunWriter::create(path, sampleHeader());
    writer.append(samplePoint(10));
    writer.close();
  }
  EXPECT_TRUE(readRunFile(path).latencies.empty());
  {
    RunWriter again = RunWriter::reopen(path);
    again.writeLatency(sampleLatency());
    again.close();
  }
  EXPECT_EQ(readRunFile(path).latencies, std::vector<LatencyTable>{sampleLatency()});
  LatencyTable other = sampleLatency();
  other.busy.clear();
  other.blocks.front().ms.back() = 0.75;
  other.blocks.front().fit();
  {
    RunWriter again = RunWriter::resume(path, 10);
    again.close();
  }
  EXPECT_EQ(readRunFile(path).latencies, std::vector<LatencyTable>{sampleLatency()})
      << "weights do not change what heads cost";
  {
    RunWriter again = RunWriter::reopen(path);
    again.writeLatency(other);
    again.close();
  }
  EXPECT_EQ(readRunFile(path).latencies, std::vector<LatencyTable>{other});
  LatencyTable slower = sampleLatency();
  slower.dtype = "float32";
  {
    RunWriter again = RunWriter::reopen(path);
    again.writeLatency(slower);
    again.close();
  }
  EXPECT_EQ(readRunFile(path).latencies, (std::vector<LatencyTable>{slower, other})) << "of every type the newest";
  EXPECT_EQ(readRunFile(path).points.size(), 1);
}

TEST(RunFile, latencyTableOfAnotherModelIsRefused) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  RunWriter writer = RunWriter::create(path, sampleHeader());
  LatencyTable narrow = sampleLatency();
  narrow.blocks.front().heads = {0, 1, 2, 3};
  EXPECT_THAT(errorOf(ErrorKind::BadInput, [&] { writer.writeLatency(narrow); }),
              HasSubstr("at most 3 heads of encoder.self, expected those of 4 heads"));
  LatencyTable other = sampleLatency();
  other.blocks.front().group = "decoder.self";
  EXPECT_THAT(errorOf(ErrorKind::BadInput, [&] { writer.writeLatency(other); }), HasSubstr("no times of encoder.self"));
  writer.writeLatency(sampleLatency());
  writer.close();
  EXPECT_EQ(readRunFile(path).latencies, std::vector<LatencyTable>{sampleLatency()});
}

TEST(RunFile, resumeAtZeroStartsOver) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  {
    RunWriter writer = RunWriter::create(path, sampleHeader());
    for (int step = 1; step <= 50; ++step) writer.append(samplePoint(step));
  }
  RunWriter::resume(path, 0).append(samplePoint(1));
  EXPECT_EQ(readRunFile(path).points.size(), 1);
}

TEST(RunFile, existingRunIsOnlyReplacedOnRequest) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  RunWriter::create(path, sampleHeader()).append(samplePoint(1));
  const std::string message = errorOf(ErrorKind::BadInput, [&] { (void)RunWriter::create(path, sampleHeader()); });
  EXPECT_THAT(message, HasSubstr("exists already"));
  EXPECT_EQ(readRunFile(path).points.size(), 1);
  const CheckpointFolder checkpoints(path);
  checkpoints.create();
  writeFileAtomically(checkpoints.stepPath(100), "stale");
  writePinsFile(pinsPath(path), {{"A", keepRandom(sampleLayout(), 3, 5), std::nullopt}}, {});
  EXPECT_THROW(RunWriter::requirePlace(path, false), Error);
  EXPECT_NO_THROW(RunWriter::requirePlace(path, true));
  EXPECT_EQ(readRunFile(path).points.size(), 1);
  RunWriter::create(path, sampleHeader(), true).close();
  EXPECT_EQ(readRunFile(path).points.size(), 0);
  EXPECT_FALSE(std::filesystem::exists(pinsPath(path)));
  EXPECT_FALSE(checkpoints.holdsAny());
}

TEST(RunFile, nothingButARunIsReplaced) {
  const test::TemporaryFolder folder;
  writeFileAtomically(folder.file("letter"), "Dear reader");
  H5File::create(folder.file("other.h5")).close();
  std::filesystem::create_directory(folder.file("folder"));
  for (const char* name : {"letter", "other.h5", "folder"}) {
    const std::string message =
        errorOf(ErrorKind::BadFile, [&] { (void)RunWriter::create(folder.file(name), sampleHeader(), true); });
    EXPECT_THAT(message, HasSubstr("only runs are replaced"));
    EXPECT_FALSE(std::filesystem::exists(folder.file(name) + ".part"));
  }
  EXPECT_EQ(readTextFile(folder.file("letter")), "Dear reader");
}

TEST(RunFile, checkpointsOfAVanishedRunAreNotTakenOver) {
  const test::TemporaryFolder folder;
  const CheckpointFolder checkpoints(folder.file("run.h5"));
  checkpoints.create();
  writeFileAtomically(checkpoints.stepPath(100), "stale");
  EXPECT_THAT(errorOf(ErrorKind::BadInput, [&] { (void)RunWriter::create(folder.file("run.h5"), sampleHeader()); }),
              HasSubstr("earlier run"));
}

TEST(RunFile, wrongPointsAreRefused) {
  const test::TemporaryFolder folder;
  RunWriter writer = RunWriter::create(folder.file("run.h5"), sampleHeader());
  EXPECT_THAT(errorOf(ErrorKind::BadInput, [&] { writer.append(samplePoint(1, 5)); }), HasSubstr("expected 7"));
  writer.append(samplePoint(5));
  errorOf(ErrorKind::BadInput, [&] { writer.append(samplePoint(4)); });
  writer.append(samplePoint(6));
  writer.close();
  EXPECT_EQ(readRunFile(folder.file("run.h5")).points.size(), 2);
}

TEST(RunFile, refusesAFolderThatIsNotThere) {
  const test::TemporaryFolder folder;
  errorOf(ErrorKind::Io, [&] { (void)RunWriter::create(folder.file("no/such/run.h5"), sampleHeader()); });
  errorOf(ErrorKind::Io, [&] { (void)readRunFile(folder.file("run.h5")); });
}

TEST(RunFile, anotherModelOrDataIsRefused) {
  const RunHeader run = sampleHeader();
  EXPECT_NO_THROW(requireSameOrigin("run.h5", run, run));
  EXPECT_NO_THROW(requireSameOrigin("run.h5", run, RunHeader{}));
  const auto refused = [&](auto change) {
    RunHeader now = run;
    change(now);
    return errorOf(ErrorKind::BadInput, [&] { requireSameOrigin("run.h5", run, now); });
  };
  EXPECT_THAT(refused([](RunHeader& h) { h.modelSha256 = std::string(64, 'f'); }), HasSubstr("weights"));
  EXPECT_THAT(refused([](RunHeader& h) { h.family = "gpt2"; }), HasSubstr("gpt2"));
  EXPECT_THAT(refused([](RunHeader& h) { h.devSha256 = "0"; }), HasSubstr("dev.tsv"));
  EXPECT_THAT(refused([](RunHeader& h) { h.layout = HeadLayout({{{}, 8, 8}}); }), HasSubstr("8 heads"));
}

TEST(RunFile, resumableNeedsAWholeCheckpointAndAnUnfinishedRun) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  RunWriter::create(path, sampleHeader()).setStatus("stopped");
  EXPECT_FALSE(readRunFile(path).resumable);
  const CheckpointFolder checkpoints(path);
  checkpoints.create();
  writeFileAtomically(checkpoints.stepPath(100), "junk");
  EXPECT_FALSE(readRunFile(path).resumable);
  writeFileAtomically(checkpoints.stepPath(50), std::string("\2\0\0\0\0\0\0\0{}", 10));
  EXPECT_TRUE(readRunFile(path).resumable);
  RunWriter::reopen(path).setStatus("finished");
  EXPECT_FALSE(readRunFile(path).resumable);
}

TEST(RunFile, filledBySteadyAppendsAtLittleCost) {
  RunHeader header = sampleHeader();
  header.layout = HeadLayout(std::vector<AttentionBlock>(12, {{}, 12, 12}));
  const test::TemporaryFolder folder;
  RunWriter writer = RunWriter::create(folder.file("run.h5"), header);
  std::vector<TrainPoint> points;
  for (int step = 0; step < 5000; ++step) points.push_back(samplePoint(step, 144));
  const auto begin = std::chrono::steady_clock::now();
  for (int step = 0; step < 5000; ++step) {
    writer.append(points[static_cast<size_t>(step)]);
    if (step % 50 == 49) writer.flush();
  }
  writer.close();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  RecordProperty("milliseconds_a_point", std::to_string(took.count() / 5000));
  std::cout << "append: " << took.count() / 5000 << " ms a point, file of "
            << std::filesystem::file_size(folder.file("run.h5")) / 1000 << " kB\n";
  EXPECT_EQ(readRunFile(folder.file("run.h5")).points.size(), 5000);
}

}  // namespace
}  // namespace headroom
