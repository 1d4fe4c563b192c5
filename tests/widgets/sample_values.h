// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Invented but plausible values of a PASSCONC run, for the tests of the views.

#include <cmath>
#include <vector>

#include "core/base/rng.h"
#include "core/base/snapshots.h"

namespace headroom::testing {

inline HeadLayout encoderLayout(const std::vector<int>& headsPerLayer) {
  std::vector<AttentionBlock> blocks;
  for (size_t layer = 0; layer < headsPerLayer.size(); ++layer)
    blocks.push_back(
        {{Stack::Encoder, AttentionKind::Self, static_cast<int>(layer)}, headsPerLayer[layer], headsPerLayer[layer]});
  return HeadLayout(blocks);
}

inline HeadLayout evenLayout(int layers, int heads) {
  return encoderLayout(std::vector<int>(static_cast<size_t>(layers), heads));
}

/// Keeps heads of layers 1, 3 and 4 only, as PASSCONC would.
inline HeadMask concentratedMask(const HeadLayout& layout) {
  HeadMask mask(layout, false);
  for (const int block : {1, 3, 4})
    for (int head = 0; head < layout.headsIn(block); ++head)
      if ((head + block) % 8 < (block == 3 ? 6 : 5)) mask.set(HeadId{block, head}, true);
  return mask;
}

inline double openProbability(double logAlpha) { return 1 / (1 + std::exp(0.79131 - logAlpha)); }
inline double closedProbability(double logAlpha) { return 1 / (1 + std::exp(0.79131 + logAlpha)); }

/// `count` points up to `steps`: gates part, some are clipped and one is reopened and closes again.
inline std::vector<TrainPoint> trainPoints(const HeadMask& mask, std::int64_t steps, int count) {
  Rng rng(7);
  const int heads = mask.headCount();
  std::vector<double> pace;
  std::vector<double> start;
  for (int head = 0; head < heads; ++head) {
    pace.push_back(0.6 + 0.8 * rng.uniform());
    start.push_back(0.8 + 0.3 * rng.normal());
  }
  std::vector<TrainPoint> points;
  for (int i = 1; i <= count; ++i) {
    TrainPoint point;
    point.step = steps * i / count;
    const double t = static_cast<double>(i) / count;
    for (int head = 0; head < heads; ++head) {
      const auto h = static_cast<size_t>(head);
      const double grown = 9 * std::max(0.0, t - 0.12 * pace[h]) * pace[h];
      double value = start[h] + (mask.kept(head) ? grown : -1.4 * grown) + 0.12 * rng.normal();
      if (t > 0.33) value = std::clamp(value, -5 - 3 * (t - 0.33), 5 + 3 * (t - 0.33));
      if (head == 2 * heads / 6 + 3 && t > 0.5 && t < 0.72) value = 5 - 60 * (t - 0.5) * (t - 0.5) * (t < 0.6 ? 1 : 4);
      point.logAlpha.push_back(static_cast<float>(value));
      point.pOpen.push_back(static_cast<float>(openProbability(value)));
      point.expectedOpen += openProbability(value);
      point.expectedClosed += closedProbability(value);
    }
    point.expectedBetween = heads - point.expectedOpen - point.expectedClosed;
    point.taskLoss = 0.1 + 0.6 * std::exp(-5 * t) + 0.02 * std::abs(rng.normal());
    point.penalty = 2 * std::max(0.0, mask.keptCount() - point.expectedOpen) +
                    2 * std::max(0.0, heads - mask.keptCount() - point.expectedClosed);
    point.lambda = 1e-5 * std::pow(1000, 1.6 * t);
    point.lambdaC = t > 0.33 && t < 0.8 ? 11 : 0;
    point.concentration = 3;
    point.examplesPerSecond = 410;
    points.push_back(point);
  }
  return points;
}

inline std::vector<TrainEvent> trainEvents(std::int64_t steps) {
  return {{steps / 3, TrainEventKind::Clip, {}, "clipped 31 gates to ±5"},
          {steps / 3, TrainEventKind::Reopen, {19}, "reopened 1 head"},
          {steps / 2, TrainEventKind::Concentrator, {}, "concentrator on, lambda_c 11"},
          {steps / 2, TrainEventKind::Reopen, {19, 4}, "reopened 2 heads"}};
}

inline MetricValue metricAt(double value, std::int64_t examples) {
  const double half = 1.96 * std::sqrt(value * (1 - value) / static_cast<double>(examples));
  return {"accuracy", value, value - half, std::min(1.0, value + half), examples};
}

/// Saturating curve over every number of heads; `every` leaves gaps as an unfinished sweep does.
inline Curve accuracyCurve(const HeadMask& trained, int every = 1) {
  Curve curve;
  curve.layout = trained.layout();
  const int heads = trained.headCount();
  for (int pass = 0; pass < 2; ++pass)
    for (int head = 0; head < heads; ++head)
      if (trained.kept(head) == (pass == 0)) curve.order.push_back(head);
  curve.full = metricAt(0.953, 2000);
  for (int kept = 0; kept <= heads; kept += every) {
    CurvePoint point;
    point.kept = kept;
    point.maskHash = curve.maskFor(kept).hash();
    point.metric = metricAt(0.953 - 0.45 * std::exp(-7.0 * kept / heads) - 0.002 * std::sin(kept), 2000);
    const double difference = point.metric.value - 0.953;
    point.toFull = {difference, difference - 0.006, difference + 0.006, 8, 22};
    point.trained = kept == trained.keptCount();
    curve.points.push_back(point);
  }
  curve.complete = every == 1;
  return curve;
}

inline EvalResult answerFor(const HeadMask& mask, bool complete) {
  EvalResult answer;
  answer.mask = mask;
  answer.metric = metricAt(0.946, complete ? 2000 : 640);
  answer.examplesTotal = 2000;
  answer.complete = complete;
  answer.toFull = PairedDifference{-0.007, -0.013, -0.001, 9, 23};
  return answer;
}

inline ModelSummary modelSummary(const HeadLayout& layout) {
  ModelSummary model;
  model.path = "sample_models/sentiment-bert";
  model.name = "sentiment-bert";
  model.family = "bert";
  model.layout = layout;
  model.layers = layout.blockCount();
  model.parameters = 1'304'322;
  return model;
}

inline DataSummary dataSummary() {
  DataSummary data;
  data.train.path = "sample_models/sentiment-bert/train.tsv";
  data.train.format = "TSV";
  data.train.rows = 20'012;
  data.train.examples = 20'000;
  data.train.skipped = {{"empty text", 9}, {"label missing", 3}};
  data.train.longest = 34;
  data.train.meanLength = 17.3;
  data.dev = data.train;
  data.dev.path = "sample_models/sentiment-bert/dev.tsv";
  data.dev.rows = data.dev.examples = 2'000;
  data.dev.skipped.clear();
  return data;
}

}  // namespace headroom::testing
