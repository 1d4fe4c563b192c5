// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/model_config.h"
#include "core/sample/recall_text.h"
#include "core/sample/sample_table.h"
#include "core/sample/shape_images.h"
#include "core/sample/toy_language.h"
#include "core/text/tokenizer.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

std::string digestOf(const std::string& bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.hex().substr(0, 16);
}

TEST(RecallTexts, fillTheWindowAndAreMostlyPredictable) {
  const auto texts = recallTexts(200, 1);
  for (const auto& text : texts) {
    EXPECT_EQ(text.size(), static_cast<size_t>(kRecallTokens));
    EXPECT_EQ(recallVocabulary()[static_cast<size_t>(text.front())], "<s>");
  }
  EXPECT_GT(predictableShare(texts), 0.4);
  EXPECT_LT(predictableShare(texts), 0.6);
}

TEST(RecallTexts, repeatTheirSegmentsAndRecallTheirValues) {
  const auto texts = recallTexts(100, 7);
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<bool> follows = followsWhatWasSeen(texts[i]);
    const auto known = std::count(follows.begin() + 28, follows.end(), true), behind = std::ssize(follows) - 28;
    EXPECT_GE(known, behind * (i % 2 == 0 ? 6 : 3) / 10) << i;
    EXPECT_LT(known, behind) << i;  // pieces and pairs begin somewhere
  }
}

std::vector<std::string> wordsOf(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// Without its ending: o, a, u, or one of these with an i.
std::string stemOf(std::string word) {
  if (word.ends_with("i")) word.pop_back();
  word.pop_back();
  return word;
}

TEST(ToyLanguage, reordersAndAgrees) {
  const std::set<std::string> words(toyVocabulary().begin(), toyVocabulary().end());
  EXPECT_EQ(words.size(), toyVocabulary().size());
  const std::set<std::string> stems{"vid", "trov", "amik", "sek", "kon", "ping", "port", "tim"};
  for (const ToyPair& pair : toyPairs(500, 3)) {
    for (const std::string& text : {pair.source, pair.target})
      for (const std::string& word : wordsOf(text)) EXPECT_EQ(words.count(word), 1u) << word;
    const std::vector<std::string> target = wordsOf(pair.target);
    const std::string verb = target.back(), stem = stemOf(verb);
    EXPECT_EQ(stems.count(stem), 1u) << pair.target;
    // The verb agrees with one of the two nouns, whose articles end alike.
    const std::string ending = verb.substr(stem.size());
    const auto agrees = [&ending](const std::string& word) {
      return word == "el" + ending || word == "un" + ending || word == "kest" + ending;
    };
    EXPECT_TRUE(std::any_of(target.begin(), target.end(), agrees)) << pair.target;
    EXPECT_EQ(pair.source.find(" not ") != std::string::npos, target[target.size() - 2] == "ne") << pair.source;
  }
}

TEST(ToyLanguage, hasNoSentenceTwice) {
  std::set<std::string> sources;
  const auto pairs = toyPairs(3000, 1);
  for (const ToyPair& pair : pairs) sources.insert(pair.source);
  EXPECT_EQ(sources.size(), pairs.size());
}

TEST(ShapeImages, haveEveryClassEquallyOften) {
  const ShapeImages images = shapeImages(200, 1);
  ASSERT_EQ(images.pixels.size(), static_cast<size_t>(200) * kShapeSide * kShapeSide);
  for (int kind = 0; kind < 10; ++kind) EXPECT_EQ(std::count(images.labels.begin(), images.labels.end(), kind), 20);
  const std::string idx = idxOfImages(images, 10, 5);
  EXPECT_EQ(idx.size(), 16u + 5u * kShapeSide * kShapeSide);
  EXPECT_EQ(static_cast<std::uint8_t>(idx[16]), images.pixels[static_cast<size_t>(10) * kShapeSide * kShapeSide]);
  EXPECT_EQ(idxOfLabels(images, 10, 5).size(), 8u + 5u);
}

TEST(GeneratedSamples, areTheSameBytesEverywhere) {
  const ShapeImages images = shapeImages(50, 1);
  EXPECT_EQ(digestOf(idxOfImages(images, 0, 50)), "aea1706c4c820d97");
  EXPECT_EQ(digestOf(recallLines(recallTexts(50, 1))), "b9c9a239d03adece");
  std::string pairs;
  for (const ToyPair& pair : toyPairs(50, 1)) pairs += pair.source + "\t" + pair.target + "\n";
  EXPECT_EQ(digestOf(pairs), "e73ebeae33c0a559");
}

TEST(GeneratedSamples, areNamedWhenOneIsUnknown) {
  try {
    (void)findSample("nothing");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "sample: found \"nothing\", expected one of sentiment-bert, induction-gpt2, recall-llama, "
                 "rewrite-marian, shapes-vit");
  }
}

class EverySample : public testing::TestWithParam<size_t> {};

TEST_P(EverySample, writesAModelsFilesThatOpen) {
  const test::TemporaryFolder scratch;
  const Sample& sample = samples()[GetParam()];
  sample.write(scratch.path(), 1);
  const ModelConfig config = readModelConfig(scratch.path());
  EXPECT_GT(config.heads.headCount(), 0);
  if (config.task != Task::ImageClassification) {
    EXPECT_EQ(openTokenizer(scratch.path(), config.vocabulary)->size(), config.vocabulary);
  }
  for (const std::string& file : sample.dataFiles) EXPECT_TRUE(std::filesystem::exists(scratch.file(file))) << file;
}

INSTANTIATE_TEST_SUITE_P(Bundled, EverySample, testing::Range(size_t{0}, size_t{5}), [](const auto& tested) {
  std::string name = samples()[tested.param].name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace headroom
