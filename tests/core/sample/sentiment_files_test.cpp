// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sentiment_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/base/error.h"
#include "core/base/files.h"

namespace headroom {
namespace {

class SentimentFiles : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(m_folder); }

  const std::string m_folder =
      (std::filesystem::temp_directory_path() / ("headroom-sample-" + std::to_string(getpid()))).string();
};

std::vector<std::string> linesOf(const std::string& path) {
  std::istringstream in(readTextFile(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

SentimentSampleSettings smallSettings() {
  SentimentSampleSettings settings;
  settings.trainSentences = 200;
  settings.devSentences = 40;
  return settings;
}

TEST_F(SentimentFiles, heldOutSentencesOccurNowhereInTraining) {
  const SentimentData data = generateSentimentData({});
  EXPECT_EQ(data.train.size(), 30000u);
  EXPECT_EQ(data.dev.size(), 2000u);
  std::set<std::string> train;
  for (const LabelledText& row : data.train) train.insert(row.text);
  for (const LabelledText& row : data.dev) EXPECT_FALSE(train.contains(row.text)) << row.text;
  const auto positive =
      std::count_if(data.dev.begin(), data.dev.end(), [](const LabelledText& row) { return row.label == 1; });
  EXPECT_EQ(positive, 1000);
}

TEST_F(SentimentFiles, tablesHoldTheSentencesAndTheirLabels) {
  const SentimentData data = generateSentimentData(smallSettings());
  writeSentimentFiles(m_folder, smallSettings(), data);
  const auto train = linesOf(m_folder + "/train.tsv");
  ASSERT_EQ(train.size(), 201u);
  EXPECT_EQ(train[0], "sentence\tlabel");
  EXPECT_EQ(train[1], data.train[0].text + "\t" + std::to_string(data.train[0].label));
  EXPECT_EQ(linesOf(m_folder + "/dev.tsv").size(), 41u);
}

TEST_F(SentimentFiles, configDescribesTheModelAndItsVocabulary) {
  writeSentimentFiles(m_folder, smallSettings(), generateSentimentData(smallSettings()));
  const auto config = nlohmann::json::parse(readTextFile(m_folder + "/config.json"));
  EXPECT_EQ(config.at("model_type"), "bert");
  EXPECT_EQ(config.at("num_hidden_layers"), 6);
  EXPECT_EQ(config.at("num_attention_heads"), 8);
  EXPECT_EQ(config.at("hidden_size"), 128);
  EXPECT_EQ(config.at("intermediate_size"), 512);
  EXPECT_EQ(config.at("max_position_embeddings"), 32);
  EXPECT_EQ(config.at("id2label").at("1"), "positive");
  EXPECT_EQ(config.at("label2id").at("negative"), 0);
  EXPECT_EQ(config.at("vocab_size"), linesOf(m_folder + "/vocab.txt").size());
  EXPECT_EQ(linesOf(m_folder + "/vocab.txt"), sentimentVocabulary());
  EXPECT_EQ(nlohmann::json::parse(readTextFile(m_folder + "/tokenizer_config.json")).at("do_lower_case"), true);
}

TEST_F(SentimentFiles, bundledTablesAreWhatTheRecipeMakes) {
  writeSentimentFiles(m_folder, {}, generateSentimentData({}));
  const std::string bundled = HEADROOM_SOURCE "/sample_models/sentiment-bert/";
  for (const char* name : {"train.tsv", "dev.tsv", "vocab.txt", "config.json"})
    EXPECT_TRUE(readTextFile(bundled + name) == readTextFile(m_folder + "/" + name)) << name;
}

TEST_F(SentimentFiles, bundledTablesLeaveRoomForTheModelInEightMegabytes) {
  writeSentimentFiles(m_folder, {}, generateSentimentData({}));
  const auto bytes =
      std::filesystem::file_size(m_folder + "/train.tsv") + std::filesystem::file_size(m_folder + "/dev.tsv");
  EXPECT_LT(bytes, 2'500'000u);
}

TEST_F(SentimentFiles, sizesThatMakeNoModelAreRefused) {
  const SentimentData data = generateSentimentData(smallSettings());
  for (const auto spoil :
       {+[](SentimentSampleSettings& s) { s.layers = 0; }, +[](SentimentSampleSettings& s) { s.heads = 3; },
        +[](SentimentSampleSettings& s) { s.hidden = -128; },
        +[](SentimentSampleSettings& s) { s.maxPositions = 23; }}) {
    SentimentSampleSettings settings = smallSettings();
    spoil(settings);
    EXPECT_THROW(writeSentimentFiles(m_folder, settings, data), Error);
    EXPECT_FALSE(std::filesystem::exists(m_folder));
  }
  SentimentSampleSettings many = smallSettings();
  many.trainSentences = 2'000'000'000;
  EXPECT_THROW((void)generateSentimentData(many), Error);
  many.trainSentences = 0;
  EXPECT_THROW((void)generateSentimentData(many), Error);
}

TEST_F(SentimentFiles, aFolderThatCannotBeMadeIsNamed) {
  writeFileAtomically(m_folder, "a file");
  try {
    writeSentimentFiles(m_folder + "/inside", smallSettings(), generateSentimentData(smallSettings()));
    FAIL() << "wrote beneath a file";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Io);
    EXPECT_NE(std::string(error.what()).find(m_folder), std::string::npos);
  }
}

}  // namespace
}  // namespace headroom
