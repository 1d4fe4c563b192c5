// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are no run, no longer a run, or the run of another version.

#include <gmock/gmock.h>

#include <array>

#include "core/base/files.h"
#include "core/base/rng.h"
#include "core/store/h5.h"
#include "tests/core/store/run_samples.h"

namespace headroom {
namespace {

using ::testing::HasSubstr;

void writeSampleRun(const std::string& path, int steps = 200) {
  RunWriter writer = RunWriter::create(path, sampleHeader());
  for (int step = 1; step <= steps; ++step) writer.append(samplePoint(step));
  writer.append(TrainEvent{steps, TrainEventKind::Clip, {2, 3}, "clipped"});
  writer.close();
}

std::string badFile(const std::string& path) {
  return errorOf(ErrorKind::BadFile, [&] { (void)readRunFile(path); });
}

TEST(DamagedRun, cutShortAtAnyLengthIsAClearError) {
  const test::TemporaryFolder folder;
  writeSampleRun(folder.file("run.h5"));
  const auto whole = static_cast<std::int64_t>(std::filesystem::file_size(folder.file("run.h5")));
  const std::string cut = folder.file("cut.h5");
  std::vector<std::int64_t> lengths{0, 1, 7, 8, 47, 48, 49, whole / 2, whole - 1};
  for (std::int64_t length = 100; length < whole; length += whole / 100) lengths.push_back(length);
  for (const std::int64_t length : lengths) {
    std::filesystem::copy_file(folder.file("run.h5"), cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, static_cast<std::uintmax_t>(length));
    const std::string message = badFile(cut);
    EXPECT_THAT(message, HasSubstr(cut));
    EXPECT_TRUE(length < 8 || message.find("cut short") != std::string::npos) << message;
    errorOf(ErrorKind::BadFile, [&] { (void)RunWriter::resume(cut, 10); });
  }
}

TEST(DamagedRun, flippedBytesNeverCrashTheReader) {
  const test::TemporaryFolder folder;
  writeSampleRun(folder.file("run.h5"));
  const std::string good = readTextFile(folder.file("run.h5"));
  Rng rng(6);
  for (int round = 0; round < 150; ++round) {
    std::string bad = good;
    for (int flips = 0; flips < 4; ++flips) bad[rng.below(bad.size())] = static_cast<char>(rng.below(256));
    writeFileAtomically(folder.file("bad.h5"), bad);
    try {
      (void)readRunFile(folder.file("bad.h5"));
    } catch (const Error&) {
      continue;  // one clear line is all that is asked for
    }
  }
}

TEST(DamagedRun, junkIsNoRun) {
  const test::TemporaryFolder folder;
  writeFileAtomically(folder.file("junk.h5"), std::string(5000, 'x'));
  EXPECT_THAT(badFile(folder.file("junk.h5")), HasSubstr("no HDF5 signature"));
  writeFileAtomically(folder.file("empty.h5"), "");
  EXPECT_THAT(badFile(folder.file("empty.h5")), HasSubstr("empty"));
  writeFileAtomically(folder.file("signature.h5"), "\x89HDF\r\n\x1a\n" + std::string(500, '\1'));
  badFile(folder.file("signature.h5"));
  errorOf(ErrorKind::BadFile, [&] { (void)readRunFile(folder.file(".")); });
}

TEST(DamagedRun, anotherProgramsFileIsNamedAsSuch) {
  const test::TemporaryFolder folder;
  H5File file = H5File::create(folder.file("other.h5"));
  file.createGroup("/data");
  file.close();
  EXPECT_THAT(badFile(folder.file("other.h5")), HasSubstr("another program"));
}

TEST(DamagedRun, newerSchemaAsksForTheNewerProgram) {
  const test::TemporaryFolder folder;
  H5File file = H5File::create(folder.file("new.h5"));
  file.setAttribute("/", "format", std::string("headroom-run"));
  file.setAttribute("/", "schema_version", std::int64_t{2});
  file.close();
  const std::string message = badFile(folder.file("new.h5"));
  EXPECT_THAT(message, HasSubstr("version 2"));
  EXPECT_THAT(message, HasSubstr("newer program"));
}

/// Version 1 as it was first written, in full and by hand: files like this one must stay readable for ever.
struct Version1 {
  std::string header =
      R"({"gated": true, "family": "bert", "model_path": "m", "dev_examples": 3,
          "settings": {"method": "pass", "keep": 1, "lr": 0.25, "seed": 7, "events_at": [0.5]},
          "layout": [{"group": "encoder.self", "layer": 0, "heads": 2, "kv_heads": 2}]})";
  std::uint64_t stepRows = 2;
  H5Type headerType = H5Type::Text;
  std::string latency{};  ///< of a later program; empty = without the group
  std::uint64_t latencyRows = 1;

  void write(const std::string& path) const {
    H5File file = H5File::create(path);
    file.setAttribute("/", "format", std::string("headroom-run"));
    file.setAttribute("/", "schema_version", std::int64_t{1});
    for (const char* group :
         {"/run", "/time", "/loss", "/schedule", "/budget", "/gates", "/events", "/report", "/baseline", "/sweep"})
      file.createGroup(group);
    H5DataSet text = file.createDataSet({.path = "/run/header", .type = headerType, .textLength = header.size()});
    if (headerType == H5Type::Text) text.writeTexts(0, std::array{header});
    file.createDataSet({.path = "/run/status", .type = H5Type::Text, .textLength = 1024})
        .writeTexts(0, std::array{std::string("failed: out of memory")});
    writePoints(file);
    writeEvents(file);
    for (const char* rows : {"/report/json", "/sweep/info"})
      file.createDataSet(
          {.path = rows, .type = H5Type::Text, .dims = {0}, .chunk = {1}, .growing = true, .textLength = 900});
    file.createDataSet({.path = "/baseline/info", .type = H5Type::Text, .dims = {1}, .textLength = 200})
        .writeTexts(0, std::array{std::string(R"({"metric": {"name": "accuracy", "value": 0.5}, "examples": 3})")});
    file.createDataSet({.path = "/baseline/correct", .type = H5Type::UInt8, .dims = {1}})
        .write<std::uint8_t>(0, 1, std::array{std::uint8_t{5}});
    if (!latency.empty()) writeLatency(file);
    file.close();
  }

  void writePoints(H5File& file) const {
    H5DataSet step = file.createDataSet(
        {.path = "/time/step", .type = H5Type::Int64, .dims = {stepRows}, .chunk = {512}, .growing = true});
    step.write<std::int64_t>(0, 2, std::array<std::int64_t, 2>{10, 20});
    for (const char* series :
         {"/time/wall", "/time/examples_per_second", "/loss/task", "/loss/penalty", "/loss/concentration",
          "/schedule/lambda", "/schedule/lambda_c", "/budget/open", "/budget/closed", "/budget/between"})
      file.createDataSet({.path = series, .type = H5Type::Float64, .dims = {2}, .chunk = {512}, .growing = true})
          .write<double>(0, 2, std::array{0.5, 1.5});
    for (const char* gates : {"/gates/logit", "/gates/p"})
      file.createDataSet(
              {.path = gates, .type = H5Type::Float32, .dims = {2, 2}, .chunk = {64, 2}, .growing = true, .deflate = 4})
          .write<float>(0, 2, std::array{1.F, 2.F, 3.F, 4.F});
  }

  void writeLatency(H5File& file) const {
    file.createGroup("/latency");
    file.createDataSet({.path = "/latency/json",
                        .type = H5Type::Text,
                        .dims = {latencyRows},
                        .chunk = {1},
                        .growing = true,
                        .textLength = 900})
        .writeTexts(0, std::array{latency});
  }

  static void writeEvents(H5File& file) {
    for (const auto& [path, value] : {std::pair{"/events/step", 10}, {"/events/part", 0}, {"/events/parts", 1}})
      file.createDataSet({.path = path, .type = H5Type::Int64, .dims = {1}, .chunk = {512}, .growing = true})
          .write<std::int64_t>(0, 1, std::array<std::int64_t, 1>{value});
    for (const auto& [path, text] :
         {std::pair{"/events/kind", "clip"}, {"/events/heads", "[1]"}, {"/events/text", "hello"}})
      file.createDataSet(
              {.path = path, .type = H5Type::Text, .dims = {1}, .chunk = {8}, .growing = true, .textLength = 64})
          .writeTexts(0, std::array{std::string(text)});
  }
};

TEST(Version1Run, staysReadable) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("v1.h5");
  Version1{}.write(path);
  const RunSnapshot run = readRunFile(path);
  EXPECT_EQ(run.status, "failed: out of memory");
  EXPECT_EQ(run.settings.method, "pass");
  EXPECT_EQ(run.settings.lr, 0.25);
  EXPECT_EQ(run.settings.batch, TrainSettings{}.batch);
  EXPECT_EQ(run.layout.headCount(), 2);
  ASSERT_EQ(run.points.size(), 2);
  EXPECT_EQ(run.points[1].step, 20);
  EXPECT_EQ(run.points[1].lambdaC, 1.5);
  EXPECT_EQ(run.points[1].logAlpha, (std::vector<float>{3, 4}));
  ASSERT_EQ(run.events.size(), 1);
  EXPECT_EQ(run.events[0].kind, TrainEventKind::Clip);
  EXPECT_EQ(run.events[0].heads, std::vector<int>{1});
  EXPECT_EQ(readRunBaseline(path)->correct, (CorrectBits{1, 0, 1}));
  RunWriter::resume(path, 10).append(TrainPoint{11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {1, 2}, {3, 4}});
  EXPECT_EQ(readRunFile(path).points.size(), 2);
}

TEST(Version1Run, takesALatencyTableAlthoughItHasNoGroupForIt) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("v1.h5");
  Version1{}.write(path);
  EXPECT_TRUE(readRunFile(path).latencies.empty());
  LatencyTable table = sampleLatency();
  RunWriter writer = RunWriter::reopen(path);
  writer.writeLatency(table);
  writer.close();
  const RunSnapshot run = readRunFile(path);
  EXPECT_EQ(run.latencies, std::vector<LatencyTable>{table});
  EXPECT_EQ(run.points.size(), 2);
  EXPECT_EQ(run.events.size(), 1);
}

/// What reading a run says whose /latency/json has so many rows, the first of them `json`.
std::string withLatency(const std::string& path, const std::string& json, std::uint64_t rows = 1) {
  Version1 run;
  run.latency = json;
  run.latencyRows = rows;
  run.write(path);
  try {
    (void)readRunFile(path);
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::BadFile)) << error.what();
    return error.what();
  }
}

constexpr const char* kLatency =
    R"({"batch": 2, "length": 8, "ends_ms": 0.25, "rest_of_layer": [{"stack": "encoder", "layers": 1, "ms": 0.5}],
        "table": [{"blocks": "encoder.self", "heads": [0, 1, 2], "ms": [0, 1.5, 2], "group_size": 1}]})";

TEST(DamagedLatency, isOneClearErrorForEveryLie) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  ASSERT_EQ(withLatency(path, kLatency), "");
  const RunSnapshot run = readRunFile(path);
  EXPECT_DOUBLE_EQ(run.latencies.front().predict(HeadMask(run.layout)), 0.25 + 0.5 + 2);
  EXPECT_DOUBLE_EQ(run.latencies.front().blocks.front().slope, 0.5);
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string json = kLatency;
    json.replace(json.find(from), from.size(), to);
    const std::string message = withLatency(path, json);
    EXPECT_THAT(message, HasSubstr("/latency/json")) << from << " -> " << to;
    return message;
  };
  EXPECT_THAT(refused("[0, 1.5, 2]", "[0, 1.5]"), HasSubstr("2 times for 3 numbers of heads"));
  EXPECT_THAT(refused("[0, 1.5, 2]", R"([0, "nan", 2])"), HasSubstr("no finite numbers"));
  EXPECT_THAT(refused("[0, 1, 2]", "[0, 2, 1]"), HasSubstr("do not rise from 0"));
  EXPECT_THAT(refused("[0, 1, 2]", "[1, 2, 3]"), HasSubstr("do not rise from 0"));
  EXPECT_THAT(refused("[0, 1, 2]", "[]"), HasSubstr("do not rise from 0"));
  EXPECT_THAT(refused(R"("heads": [0, 1, 2], "ms": [0, 1.5, 2])", R"("heads": [0, 1], "ms": [0, 1])"),
              HasSubstr("at most 1 heads"));
  EXPECT_THAT(refused("encoder.self", "sideways"), HasSubstr("no times of encoder.self"));
  EXPECT_THAT(refused(R"("group_size": 1)", R"("group_size": 0)"), HasSubstr("key/value head"));
  EXPECT_THAT(refused(R"("stack": "encoder")", R"("stack": "sideways")"), HasSubstr("expected encoder or decoder"));
  EXPECT_THAT(refused(R"("layers": 1)", R"("layers": -1)"), HasSubstr("-1 layers"));
  EXPECT_THAT(refused(R"("table")", R"("tables")"), HasSubstr("field table: found none"));
  EXPECT_THAT(refused(R"("batch": 2)", R"("batch": 0)"), HasSubstr("batch 0 x 8"));
  EXPECT_THAT(refused(R"("ends_ms": 0.25)", R"("ends_ms": "inf")"), HasSubstr("no finite number"));
  refused("{", "[");
  EXPECT_THAT(withLatency(path, kLatency, std::uint64_t{1} << 30), HasSubstr("more than the file has room for"));
}

TEST(Version1Run, liesAboutSizesAreCaught) {
  const test::TemporaryFolder folder;
  Version1 lying;
  lying.stepRows = std::uint64_t{1} << 42;
  lying.write(folder.file("long.h5"));
  EXPECT_THAT(badFile(folder.file("long.h5")), HasSubstr("/time/step"));
  Version1 wrongType;
  wrongType.headerType = H5Type::Float64;
  wrongType.write(folder.file("type.h5"));
  EXPECT_THAT(badFile(folder.file("type.h5")), HasSubstr("/run/header"));
}

TEST(Version1Run, headersThatContradictThemselvesAreNamed) {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::string& from, const std::string& to) {
    Version1 run;
    run.header.replace(run.header.find(from), from.size(), to);
    run.write(folder.file("bad.h5"));
    return badFile(folder.file("bad.h5"));
  };
  EXPECT_THAT(refused(R"("heads": 2)", R"("heads": 3)"), HasSubstr("expected 3"));
  EXPECT_THAT(refused(R"("heads": 2)", R"("heads": -2)"), HasSubstr("-2"));
  EXPECT_THAT(refused(R"("heads": 2)", R"("heads": 4000000000)"), HasSubstr("heads"));
  EXPECT_THAT(refused("encoder.self", "sideways"), HasSubstr("sideways"));
  EXPECT_THAT(refused("0.25", R"("fast")"), HasSubstr("lr"));
  EXPECT_THAT(refused(R"("layout")", R"("lay")"), HasSubstr("layout"));
  EXPECT_THAT(refused("{", "["), HasSubstr("/run/header"));
}

}  // namespace
}  // namespace headroom
