// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compare_runs.h"

#include <cmath>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/base/survivors.h"
#include "core/data/metrics.h"
#include "core/store/run_file.h"

namespace headroom {

namespace {

/// A run with what tells its dev examples from others.
struct ReadRun {
  RunSnapshot run;
  RunHeader header;
  std::optional<CorrectBits> bits;  ///< of its mask, from the run's own sweep
};

std::optional<CorrectBits> bitsOfMask(const RunSnapshot& run) {
  const HeadMask& mask = run.report->mask;
  const CurvePoint* point = run.curve ? run.curve->at(mask.keptCount()) : nullptr;
  if (!point || run.curve->maskFor(point->kept) != mask) return std::nullopt;
  return readSweepBits(run.path, point->kept);
}

ReadRun readFinished(const std::string& path) {
  ReadRun read{readRunFile(path), readRunHeader(path), {}};
  if (!read.run.report || !read.run.report->finished)
    throw Error(ErrorKind::BadInput, path + ": found a run that is " + read.run.status +
                                         ", expected a finished one; go on with headroom-cli train --resume " + path);
  read.bits = bitsOfMask(read.run);
  return read;
}

std::string sizeText(const HeadLayout& layout) {
  return std::to_string(layout.headCount()) + " heads in " + std::to_string(layout.blockCount()) + " blocks";
}

void requireOneLayout(const ReadRun& first, const ReadRun& other) {
  if (other.run.layout != first.run.layout)
    throw Error(ErrorKind::BadInput, other.run.path + ": found a run of other attention blocks (" +
                                         sizeText(other.run.layout) + ") than those of " + first.run.path + " (" +
                                         sizeText(first.run.layout) + "), expected runs of one layout");
}

bool onSameExamples(const ReadRun& a, const ReadRun& b) {
  return !a.header.devSha256.empty() && a.header.devSha256 == b.header.devSha256 &&
         a.header.devExamples == b.header.devExamples && a.header.maxDevExamples == b.header.maxDevExamples &&
         a.header.textColumns == b.header.textColumns && a.header.labelColumn == b.header.labelColumn;
}

/// Bits of single examples say what the metric says only where it is the share that is right.
bool countsExamples(const ReadRun& read) {
  std::int64_t right = 0;
  for (const std::uint8_t bit : *read.bits) right += bit;
  const CurvePoint& point = *read.run.curve->at(read.run.report->mask.keptCount());
  return point.metric.examples == static_cast<std::int64_t>(read.bits->size()) &&
         std::abs(point.metric.value * static_cast<double>(point.metric.examples) - static_cast<double>(right)) < 1e-3;
}

/// Why no difference of single examples is known; empty where one is.
std::string whyUnpaired(const ReadRun& first, const ReadRun& other) {
  if (!onSameExamples(first, other)) return other.run.path + " was measured on other dev data than " + first.run.path;
  for (const ReadRun* read : {&first, &other}) {
    if (!read->bits) return read->run.path + " was not swept (headroom-cli sweep " + read->run.path + ")";
    if (!countsExamples(*read)) return "the metric counts no single examples";
  }
  return first.bits->size() == other.bits->size() ? "" : "the runs cut their dev data differently";
}

RunOverlap overlapOfRuns(const RunComparison& comparison, size_t a, size_t b) {
  const TrainReport &first = comparison.runs[a].report, &second = comparison.runs[b].report;
  const bool groups = first.settings.unit == "group" && second.settings.unit == "group";
  const auto size = [groups](const TrainReport& report) {
    return groups ? report.mask.keptKeyValueCount() : report.mask.keptCount();
  };
  const int all = groups ? comparison.runs[a].units : comparison.layout.headCount();
  return {a, b, jaccard(first.mask, second.mask), chanceJaccard(size(first), size(second), all)};
}

}  // namespace

RunComparison compareRuns(const std::vector<std::string>& paths) {
  if (paths.size() < 2)
    throw Error(ErrorKind::BadInput,
                "compare: found one run file, expected two or more side by side (or --methods, to choose its heads)");
  std::vector<ReadRun> read;
  for (const std::string& path : paths) {
    read.push_back(readFinished(path));
    requireOneLayout(read.front(), read.back());
  }
  RunComparison comparison;
  comparison.layout = read.front().run.layout;
  for (size_t i = 0; i < read.size(); ++i) {
    const TrainReport& report = *read[i].run.report;
    ComparedRun compared{paths[i], report, HeadUnits(comparison.layout, report.settings.unit).count(), {}};
    const std::string why = i == 0 ? "" : whyUnpaired(read.front(), read[i]);
    if (i > 0 && why.empty()) compared.toFirst = pairedDifference(*read.front().bits, *read[i].bits);
    if (comparison.unpaired.empty()) comparison.unpaired = why;
    comparison.runs.push_back(std::move(compared));
  }
  for (size_t a = 0; a < read.size(); ++a)
    for (size_t b = a + 1; b < read.size(); ++b) comparison.overlaps.push_back(overlapOfRuns(comparison, a, b));
  return comparison;
}

}  // namespace headroom
