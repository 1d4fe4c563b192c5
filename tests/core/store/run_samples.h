// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"
#include "core/store/run_file.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {

inline HeadLayout sampleLayout() {
  return HeadLayout({{{Stack::Encoder, AttentionKind::Self, 0}, 4, 4},
                     {{Stack::Encoder, AttentionKind::Self, 1}, 0, 0},
                     {{Stack::Encoder, AttentionKind::Self, 2}, 3, 3}});
}

inline RunHeader sampleHeader() {
  RunHeader header;
  header.settings.keep = 3;
  header.settings.lr = 0.1 + 0.2;
  header.settings.seed = 18446744073709551615ULL;
  header.layout = sampleLayout();
  header.family = "bert";
  header.modelPath = "/models/größe";
  header.modelSha256 = std::string(64, 'a');
  header.trainPath = "train.tsv";
  header.devPath = "dev.tsv";
  header.devSha256 = std::string(64, 'd');
  header.devExamples = 19;
  header.textColumns = {"sentence"};
  header.device = "CPU, 2 threads";
  header.threads = 2;
  header.programVersion = "0.1.0";
  header.confidence = "maps of every 4th step";
  return header;
}

inline LatencyTable sampleLatency() {
  LatencyTable table;
  table.settings = {4, 16, 2.5, 18446744073709551615ULL};
  table.device = "CPU, 2 threads";
  table.dtype = "bfloat16";
  table.machine = "größe, a processor";
  table.threads = 2;
  table.libtorch = "2.6.0";
  table.measured = "2026-11-28T17:10:59Z";
  BlockCosts costs;
  costs.group = "encoder.self";
  costs.heads = {0, 1, 2, 4};
  costs.ms = {0, 1.0 / 3, 0.1 + 0.2, 5e-324};
  costs.keyValueMs = 1.0 / 7;
  costs.groupSize = 2;
  costs.fit();
  table.blocks = {costs};
  table.rests = {{Stack::Encoder, 3, 0.1}, {Stack::Decoder, 0, 0.7}};
  table.endsMs = 1.0 / 9;
  table.spread = 1.07;
  table.drift = -0.01;
  table.busy = "the machine was busy";
  return table;
}

/// Every value follows from the step, so that a reader can tell a right row from a wrong one.
inline TrainPoint samplePoint(std::int64_t step, int heads = 7) {
  const auto x = static_cast<double>(step);
  TrainPoint point{step,    x * 0.01, 1 / (x + 1), x / 3,   x / 7, x * 1e-5, x * 1e-3,
                   x + 0.1, x + 0.2,  x + 0.3,     100 + x, {},    {}};
  for (int i = 0; i < heads; ++i) {
    point.logAlpha.push_back(static_cast<float>(x) / 10 - static_cast<float>(i));
    point.pOpen.push_back(1 / (1 + static_cast<float>(x) + static_cast<float>(i)));
  }
  return point;
}

inline void expectSamplePoint(const TrainPoint& found) {
  const TrainPoint expected = samplePoint(found.step);
  EXPECT_EQ(found.seconds, expected.seconds) << found.step;
  EXPECT_EQ(found.taskLoss, expected.taskLoss) << found.step;
  EXPECT_EQ(found.penalty, expected.penalty) << found.step;
  EXPECT_EQ(found.concentration, expected.concentration) << found.step;
  EXPECT_EQ(found.lambda, expected.lambda) << found.step;
  EXPECT_EQ(found.lambdaC, expected.lambdaC) << found.step;
  EXPECT_EQ(found.expectedOpen, expected.expectedOpen) << found.step;
  EXPECT_EQ(found.expectedClosed, expected.expectedClosed) << found.step;
  EXPECT_EQ(found.expectedBetween, expected.expectedBetween) << found.step;
  EXPECT_EQ(found.examplesPerSecond, expected.examplesPerSecond) << found.step;
  EXPECT_EQ(found.logAlpha, expected.logAlpha) << found.step;
  EXPECT_EQ(found.pOpen, expected.pOpen) << found.step;
}

/// The message of the Error that `call` throws, with its kind checked.
template <typename Call>
std::string errorOf(ErrorKind kind, Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.kind()), static_cast<int>(kind)) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "one line: " << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

}  // namespace headroom
