// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sample_table.h"
#include "core/sample/sentiment_files.h"
#include "core/sample/word_count_regression.h"

namespace headroom {

namespace {

SentimentSampleSettings sizes(std::uint64_t seed) {
  SentimentSampleSettings settings;
  settings.seed = seed;
  return settings;
}

void writeSentiment(const std::string& folder, std::uint64_t seed) {
  writeSentimentFiles(folder, sizes(seed), generateSentimentData(sizes(seed)));
}

std::optional<double> wordCounts(std::uint64_t seed) {
  const SentimentData data = generateSentimentData(sizes(seed));
  return WordCountRegression(data.train).accuracy(data.dev);
}

TrainSettings sentimentRecipe() {
  TrainSettings settings;
  settings.method = "none";
  settings.steps = 9000;
  settings.batch = 64;
  settings.lr = 5e-4;
  settings.warmup = 0.1;
  settings.weightDecay = 0.01;
  settings.maxLength = SentimentSampleSettings().maxPositions;
  settings.checkpointEvery = 0;
  return settings;
}

}  // namespace

Sample sentimentBert() {
  return {"sentiment-bert", writeSentiment,           sentimentRecipe(), "train.tsv",
          "dev.tsv",        {"train.tsv", "dev.tsv"}, wordCounts};
}

}  // namespace headroom
