// SPDX-License-Identifier: GPL-3.0-or-later
// A kill may cut a run's writing between any two system calls, and within one where it goes from one page of memory to
// the next. This test takes down what the library writes and rebuilds the file as each of those moments would leave it.

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "core/base/files.h"
#include "core/base/rng.h"
#include "tests/core/store/run_samples.h"

namespace headroom {
namespace {

/// One page's worth of a write, or a change of the file's length.
struct Change {
  std::int64_t offset = 0;
  std::string bytes;
  bool length = false;
  std::int64_t flushed = 0;  ///< step that was safe when it happened
};

std::vector<Change>* recorded = nullptr;  // where to, while a test takes down what is written
std::int64_t flushedStep = 0;

constexpr std::int64_t kPage = 4096;

void recordWrite(const void* data, size_t size, std::int64_t offset) {
  const char* bytes = static_cast<const char*>(data);
  while (recorded != nullptr && size > 0) {
    const size_t part = std::min(size, static_cast<size_t>(kPage - offset % kPage));
    recorded->push_back({offset, std::string(bytes, part), false, flushedStep});
    bytes += part;
    size -= part;
    offset += static_cast<std::int64_t>(part);
  }
}

void recordLength(std::int64_t length) {
  if (recorded != nullptr) recorded->push_back({length, {}, true, flushedStep});
}

template <typename Function>
Function* systemCall(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace
}  // namespace headroom

// These stand before the C library's own for every library of this program.
extern "C" {
ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  headroom::recordWrite(data, size, offset);
  static const auto next = headroom::systemCall<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return next(file, data, size, offset);
}
ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
  headroom::recordWrite(data, size, offset);
  static const auto next = headroom::systemCall<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return next(file, data, size, offset);
}
int ftruncate(int file, off_t length) noexcept {
  headroom::recordLength(length);
  static const auto next = headroom::systemCall<int(int, off_t)>("ftruncate");
  return next(file, length);
}
int ftruncate64(int file, off64_t length) noexcept {
  headroom::recordLength(length);
  static const auto next = headroom::systemCall<int(int, off64_t)>("ftruncate64");
  return next(file, length);
}
}

namespace headroom {
namespace {

void make(const Change& change, std::string& image) {
  const auto end = static_cast<size_t>(change.offset) + change.bytes.size();
  if (change.length || image.size() < end) image.resize(end);
  std::copy(change.bytes.begin(), change.bytes.end(), image.begin() + change.offset);
}

void put(const std::string& path, const std::string& image) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << image;
}

/// Appends after `step` and notes in flushedStep what is safe.
void writeSome(RunWriter& writer, std::int64_t step, Rng& rng) {
  flushedStep = step;
  const auto every = 2 + static_cast<std::int64_t>(rng.below(6));
  const auto last = step + 60 + static_cast<std::int64_t>(rng.below(60));
  for (++step; step <= last; ++step) {
    if (step % 10 == 0) writer.append(TrainEvent{step, TrainEventKind::Reopen, {0, 6}, "reopened"});
    writer.append(samplePoint(step));
    if (step % every != 0) continue;
    writer.flush();
    flushedStep = step;
  }
}

void expectTrueUpTo(const std::string& path, std::int64_t flushed) {
  const RunSnapshot run = readRunFile(path);
  EXPECT_GE(static_cast<std::int64_t>(run.points.size()), flushed);
  for (const TrainPoint& point : run.points) expectSamplePoint(point);
  EXPECT_GE(static_cast<std::int64_t>(run.events.size()), flushed / 10);
  for (size_t i = 0; i < run.events.size(); ++i) EXPECT_EQ(run.events[i].step, static_cast<std::int64_t>(i + 1) * 10);
}

TEST(RunInterrupted, everyInstantOfWritingLeavesARunThatIsReadAndGoesOn) {
  constexpr size_t kStride = 7;  // looks at every 7th instant, at others in each life
  const test::TemporaryFolder folder;
  const std::string path = folder.file("run.h5");
  const std::string instant = folder.file("instant.h5");
  Rng rng(8);
  std::int64_t step = 0;
  for (size_t life = 0; life < 5; ++life) {
    std::vector<Change> changes;
    std::string image;
    {
      RunWriter writer = life == 0 ? RunWriter::create(path, sampleHeader()) : RunWriter::resume(path, step);
      image = readTextFile(path);
      recorded = &changes;
      writeSome(writer, step, rng);
      recorded = nullptr;
    }
    if (changes.empty()) GTEST_SKIP() << "this HDF5 writes by other calls than pwrite";
    const size_t killed = changes.size() / 3 + rng.below(changes.size() / 2);
    for (size_t i = 0; i <= killed; ++i) {
      make(changes[i], image);
      if ((i + life) % kStride != 0 && i != killed) continue;
      SCOPED_TRACE("life " + std::to_string(life) + ", change " + std::to_string(i));
      put(instant, image);
      ASSERT_NO_THROW(expectTrueUpTo(instant, changes[i].flushed));
    }
    put(path, image);
    step = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(changes[killed].flushed) + 1));
  }
}

}  // namespace
}  // namespace headroom
