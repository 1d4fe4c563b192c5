// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_schema.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/store/run_json.h"

namespace headroom {

namespace {

constexpr std::uint64_t kSeriesChunk = 512;  // rows; 4 KiB of doubles
constexpr std::uint64_t kGateChunk = 64;     // rows
constexpr std::uint64_t kGateChunkBytes = 1 << 20;
constexpr int kDeflate = 4;
constexpr std::size_t kLatencyBytes = 16384;  // a table takes 3,000

constexpr std::array<std::pair<TrainEventKind, const char*>, 8> kEventNames{{
    {TrainEventKind::Clip, "clip"},
    {TrainEventKind::Reopen, "reopen"},
    {TrainEventKind::Concentrator, "concentrator"},
    {TrainEventKind::Checkpoint, "checkpoint"},
    {TrainEventKind::Resumed, "resumed"},
    {TrainEventKind::Paused, "paused"},
    {TrainEventKind::Finished, "finished"},
    {TrainEventKind::Warning, "warning"},
}};

H5Spec growingText(const std::string& path, std::size_t bytes, std::uint64_t chunk, const std::string& longName) {
  return {.path = path,
          .type = H5Type::Text,
          .dims = {0},
          .chunk = {chunk},
          .growing = true,
          .deflate = kDeflate,
          .textLength = bytes,
          .longName = longName};
}

H5Spec growingCount(const std::string& path, const std::string& longName) {
  return {
      .path = path, .type = H5Type::Int64, .dims = {0}, .chunk = {kSeriesChunk}, .growing = true, .longName = longName};
}

void markAsData(H5File& file, const std::string& group, const std::string& signal, const std::vector<std::string>& axes,
                const std::string& title) {
  file.setAttribute(group, "NX_class", std::string("NXdata"));
  file.setAttribute(group, "signal", signal);
  file.setAttribute(group, "axes", axes);
  file.setAttribute(group, "title", title);
}

void createRunGroup(H5File& file, const RunHeader& header) {
  file.createGroup("/run");
  file.setAttribute("/run", "NX_class", std::string("NXentry"));
  file.setAttribute("/run", "default", std::string(header.gated ? "gates" : "loss"));
  file.setAttribute("/run", "method", header.settings.method);
  file.setAttribute("/run", "keep", static_cast<std::int64_t>(header.settings.keep));
  file.setAttribute("/run", "unit", header.settings.unit);
  const std::string text = headerToText(header);
  H5DataSet stored = file.createDataSet({.path = "/run/header",
                                         .type = H5Type::Text,
                                         .textLength = text.size(),
                                         .longName = "settings, model, data and machine of the run, JSON"});
  stored.writeTexts(0, std::array{text});
  H5DataSet status = file.createDataSet({.path = "/run/status",
                                         .type = H5Type::Text,
                                         .textLength = kStatusBytes,
                                         .longName = "running, stopped, finished or failed: reason"});
  status.writeTexts(0, std::array{std::string("running")});
}

void createSeries(H5File& file) {
  for (const char* group : {"/time", "/loss", "/schedule", "/budget"}) file.createGroup(group);
  file.createDataSet({.path = "/time/step",
                      .type = H5Type::Int64,
                      .dims = {0},
                      .chunk = {kSeriesChunk},
                      .growing = true,
                      .units = "steps",
                      .longName = "optimiser steps done"});
  for (const RunSeries& series : runSeries())
    file.createDataSet({.path = series.path,
                        .type = H5Type::Float64,
                        .dims = {0},
                        .chunk = {kSeriesChunk},
                        .growing = true,
                        .units = series.units,
                        .longName = series.longName});
  file.setAttribute("/time", "NX_class", std::string("NXcollection"));
  markAsData(file, "/loss", "task", {"step"}, "Task loss and regularisers");
  markAsData(file, "/schedule", "lambda", {"step"}, "Weights of the regularisers");
  markAsData(file, "/budget", "open", {"step"}, "Expected numbers of open, closed and undecided heads");
  for (const char* group : {"/loss", "/schedule", "/budget"}) file.link("/time/step", std::string(group) + "/step");
}

void createGates(H5File& file, const RunHeader& header) {
  const auto heads = static_cast<std::uint64_t>(header.layout.headCount());
  if (!header.gated || heads == 0) return;
  std::vector<std::int32_t> block, head;
  std::vector<std::string> label;
  for (int i = 0; i < header.layout.headCount(); ++i) {
    const HeadId id = header.layout.at(i);
    block.push_back(id.block);
    head.push_back(id.head);
    label.push_back(blockLabel(header.layout.blocks()[static_cast<size_t>(id.block)].id, header.layout.onlyOneKind()));
  }
  file.createGroup("/gates");
  const std::uint64_t chunkRows = std::clamp<std::uint64_t>(kGateChunkBytes / (4 * heads), 1, kGateChunk);
  for (const auto& [path, name] : {std::pair("/gates/p", "probability that the gate is open (1)"),
                                   std::pair("/gates/logit", "log alpha of the gate")}) {
    file.createDataSet({.path = path,
                        .type = H5Type::Float32,
                        .dims = {0, heads},
                        .chunk = {chunkRows, heads},
                        .growing = true,
                        .deflate = kDeflate,
                        .units = "1",
                        .longName = name});
    file.setAttribute(path, "block", block);
    file.setAttribute(path, "head", head);
    file.setAttribute(path, "block_label", label);
  }
  file.link("/time/step", "/gates/step");
  markAsData(file, "/gates", "p", {"step", "."}, "Gates of all heads");
}

void createEvents(H5File& file) {
  file.createGroup("/events");
  file.setAttribute("/events", "NX_class", std::string("NXcollection"));
  file.createDataSet(growingCount("/events/step", "step at which it happened"));
  file.createDataSet(
      growingCount("/events/part", "an event with many heads takes several rows; this is row number part"));
  file.createDataSet(growingCount("/events/parts", "rows of this event"));
  file.createDataSet(growingText("/events/kind", 16, 64, "clip, reopen, concentrator, checkpoint, resumed, ..."));
  file.createDataSet(growingText("/events/heads", kEventHeadsBytes, 8, "flat indices of the heads, JSON list"));
  file.createDataSet(growingText("/events/text", kEventTextBytes, 8, "one line for the log"));
}

void createResults(H5File& file, const RunHeader& header) {
  const auto heads = static_cast<std::size_t>(header.layout.headCount());
  const std::size_t settingsBytes = toJson(header.settings).dump().size();
  const std::size_t bytes = 8 * heads + 16384 + 2 * settingsBytes;  // a kept head takes at most 6 of the 8
  for (const char* group : {"/report", "/baseline"}) {
    file.createGroup(group);
    file.setAttribute(group, "NX_class", std::string("NXcollection"));
  }
  file.createDataSet(growingText("/report/json", bytes, 1, "how the run ended or where it stands; the last row holds"));
  file.createDataSet(growingText("/baseline/info", 4096, 1, "metric of the unpruned model, JSON; the last row holds"));
  const std::uint64_t packed = static_cast<std::uint64_t>(std::max<std::int64_t>(header.devExamples, 1) + 7) / 8;
  file.createDataSet({.path = "/baseline/correct",
                      .type = H5Type::UInt8,
                      .dims = {packed},
                      .chunk = {std::min<std::uint64_t>(packed, 65536)},
                      .growing = true,
                      .longName = "one bit an example, lowest first: the unpruned model is right"});
}

void createSweep(H5File& file, const RunHeader& header) {
  const auto heads = static_cast<std::uint64_t>(header.layout.headCount());
  const std::uint64_t points = heads + 1;
  const std::uint64_t packed = static_cast<std::uint64_t>(std::max<std::int64_t>(header.devExamples, 1) + 7) / 8;
  file.createGroup("/sweep");
  std::vector<std::int64_t> kept(points);
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = static_cast<std::int64_t>(i);
  file.createDataSet(
          {.path = "/sweep/kept", .type = H5Type::Int64, .dims = {points}, .units = "heads", .longName = "heads kept"})
      .write<std::int64_t>(0, points, kept);
  for (const SweepSeries& series : sweepSeries())
    file.createDataSet({.path = series.path,
                        .type = H5Type::Float64,
                        .dims = {points},
                        .units = series.units,
                        .longName = series.longName});
  for (const SweepCount& count : sweepCounts())
    file.createDataSet(
        {.path = count.path, .type = H5Type::Int64, .dims = {points}, .units = "examples", .longName = count.longName});
  file.createDataSet({.path = "/sweep/trained",
                      .type = H5Type::UInt8,
                      .dims = {points},
                      .longName = "1 = the number of heads that was trained for"});
  file.createDataSet({.path = "/sweep/mask_hash",
                      .type = H5Type::Text,
                      .dims = {points},
                      .textLength = 16,
                      .longName = "identity of the mask"});
  file.createDataSet({.path = "/sweep/order",
                      .type = H5Type::Int32,
                      .dims = {std::max<std::uint64_t>(heads, 1)},
                      .longName = "flat indices of the heads, the one to keep first in front"});
  file.createDataSet({.path = "/sweep/correct",
                      .type = H5Type::UInt8,
                      .dims = {points, packed},
                      .chunk = {1, std::min<std::uint64_t>(packed, 65536)},
                      .wideGrowing = true,
                      .deflate = kDeflate,
                      .longName = "one bit an example, lowest first: right with this many heads"});
  file.createDataSet(
      growingText("/sweep/info", 8 * heads + 16384, 1, "which rows are measured and how, JSON; the last row holds"));
  markAsData(file, "/sweep", "value", {"kept"}, "Metric against heads kept");
}

}  // namespace

const std::vector<RunSeries>& runSeries() {
  static const std::vector<RunSeries> series{
      {"/time/wall", "s", "wall time since the run began, pauses left out", &TrainPoint::seconds},
      {"/time/examples_per_second", "1/s", "training examples a second", &TrainPoint::examplesPerSecond},
      {"/loss/task", "nat", "task loss, batch mean with sampled gates", &TrainPoint::taskLoss},
      {"/loss/penalty", "heads", "sparsity penalty R_pass", &TrainPoint::penalty},
      {"/loss/concentration", "blocks", "expected live blocks R_conc", &TrainPoint::concentration},
      {"/schedule/lambda", "1", "weight of the sparsity penalty", &TrainPoint::lambda},
      {"/schedule/lambda_c", "1", "weight of the concentrator", &TrainPoint::lambdaC},
      {"/budget/open", "heads", "expected open heads, sum of P(gate = 1)", &TrainPoint::expectedOpen},
      {"/budget/closed", "heads", "expected closed heads, sum of P(gate = 0)", &TrainPoint::expectedClosed},
      {"/budget/between", "heads", "expected undecided heads, sum of P(0 < gate < 1)", &TrainPoint::expectedBetween},
  };
  return series;
}

const std::vector<SweepSeries>& sweepSeries() {
  static const std::vector<SweepSeries> series{
      {"/sweep/value", "1", "metric", [](CurvePoint& p) -> double& { return p.metric.value; }},
      {"/sweep/low", "1", "lower end of the 95 % interval", [](CurvePoint& p) -> double& { return p.metric.low; }},
      {"/sweep/high", "1", "upper end of the 95 % interval", [](CurvePoint& p) -> double& { return p.metric.high; }},
      {"/sweep/loss", "nat", "mean cross entropy", [](CurvePoint& p) -> double& { return p.loss; }},
      {"/sweep/difference", "1", "paired difference to the unpruned model",
       [](CurvePoint& p) -> double& { return p.toFull.value; }},
      {"/sweep/difference_low", "1", "its lower end", [](CurvePoint& p) -> double& { return p.toFull.low; }},
      {"/sweep/difference_high", "1", "its upper end", [](CurvePoint& p) -> double& { return p.toFull.high; }},
  };
  return series;
}

const std::vector<SweepCount>& sweepCounts() {
  static const std::vector<SweepCount> counts{
      {"/sweep/examples", "examples measured", [](CurvePoint& p) -> std::int64_t& { return p.metric.examples; }},
      {"/sweep/gained", "examples that only this mask gets right",
       [](CurvePoint& p) -> std::int64_t& { return p.toFull.gained; }},
      {"/sweep/lost", "examples that only the unpruned model gets right",
       [](CurvePoint& p) -> std::int64_t& { return p.toFull.lost; }},
  };
  return counts;
}

const char* eventName(TrainEventKind kind) {
  for (const auto& [known, name] : kEventNames)
    if (known == kind) return name;
  return "warning";
}

TrainEventKind eventKind(const std::string& name) {
  for (const auto& [kind, known] : kEventNames)
    if (name == known) return kind;
  return TrainEventKind::Warning;
}

std::vector<std::uint8_t> packBits(const CorrectBits& bits) {
  std::vector<std::uint8_t> bytes((bits.size() + 7) / 8);
  for (size_t i = 0; i < bits.size(); ++i)
    if (bits[i] != 0) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | 1U << i % 8);
  return bytes;
}

CorrectBits unpackBits(std::span<const std::uint8_t> bytes, std::int64_t examples) {
  CorrectBits bits(std::min(static_cast<size_t>(std::max<std::int64_t>(examples, 0)), bytes.size() * 8));
  for (size_t i = 0; i < bits.size(); ++i) bits[i] = bytes[i / 8] >> i % 8 & 1;
  return bits;
}

void createLatencyGroup(H5File& file) {
  file.createGroup("/latency");
  file.setAttribute("/latency", "NX_class", std::string("NXcollection"));
  file.createDataSet(growingText("/latency/json", kLatencyBytes, 1,
                                 "what heads cost, milliseconds, and where it was measured; the last row holds"));
}

void createRunSchema(H5File& file, const RunHeader& header) {
  file.setAttribute("/", "NX_class", std::string("NXroot"));
  file.setAttribute("/", "default", std::string("run"));
  file.setAttribute("/", "format", std::string(kRunFormat));
  file.setAttribute("/", "schema_version", kRunSchemaVersion);
  file.setAttribute("/", "program", "headroom " + header.programVersion);
  createRunGroup(file, header);
  createSeries(file);
  createGates(file, header);
  createEvents(file);
  createResults(file, header);
  createSweep(file, header);
  createLatencyGroup(file);
  // Viewers follow @default from the root through the entry to a group inside it.
  for (const char* group : {"gates", "loss", "schedule", "budget", "sweep"})
    if (file.has(std::string("/") + group)) file.link(std::string("/") + group, std::string("/run/") + group);
}

}  // namespace headroom
