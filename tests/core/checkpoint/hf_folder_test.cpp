// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/hf_folder.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "core/checkpoint/tensor_source.h"
#include "tests/core/checkpoint/scratch.h"

namespace headroom {
namespace {

using namespace checkpoint_test;
namespace fs = std::filesystem;

std::vector<TensorToWrite> oneTensor(size_t bytes = 2) {
  return {{"a", Dtype::U8, {static_cast<std::int64_t>(bytes)}, [bytes](const ByteSink& sink) {
             const std::vector<std::byte> data(bytes);
             sink(data);
           }}};
}

size_t entriesIn(const std::string& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void writeModel(const std::string& path, const std::string& config, bool overwrite = false) {
  HfFolderWriter writer(path, overwrite);
  writer.writeConfig(config);
  writer.writeWeights(oneTensor());
  writer.commit();
}

TEST(HfFolder, appearsWholeWithItsSideFiles) {
  const TemporaryFolder scratch;
  fs::create_directory(scratch.file("from"));
  scratch.write("from/vocab.txt", "[PAD]\n");
  scratch.write("from/tokenizer.json", std::string(3'000'000, 'x'));
  scratch.write("from/unrelated.bin", "x");
  {
    HfFolderWriter writer(scratch.file("out/"));
    writer.writeConfig("{}");
    writer.writeWeights(oneTensor());
    writer.copySideFiles(scratch.file("from"));
    EXPECT_FALSE(fs::exists(scratch.file("out")));
    EXPECT_EQ(openWeights(writer.stagingPath())->tensors().size(), 1u);
    writer.commit();
  }
  EXPECT_EQ(entriesIn(scratch.path()), 2u);
  EXPECT_EQ(entriesIn(scratch.file("out")), 4u);
  EXPECT_EQ(readBytes(scratch.file("out/config.json")), "{}");
  EXPECT_EQ(readBytes(scratch.file("out/vocab.txt")), "[PAD]\n");
  EXPECT_EQ(readBytes(scratch.file("out/tokenizer.json")).size(), 3'000'000u);
}

TEST(HfFolder, withoutCommitNothingIsLeft) {
  const TemporaryFolder scratch;
  { HfFolderWriter(scratch.file("out")).writeConfig("{}"); }
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(HfFolder, overwritesOnlyAModelAndOnlyWhenAsked) {
  const TemporaryFolder scratch;
  fs::create_directory(scratch.file("out"));
  writeModel(scratch.file("out"), "first");  // an empty folder is no obstacle
  EXPECT_NE(errorOf([&] { HfFolderWriter(scratch.file("out")); }).find("already holds files"), std::string::npos);
  EXPECT_EQ(readBytes(scratch.file("out/config.json")), "first");
  writeModel(scratch.file("out"), "second", true);
  EXPECT_EQ(readBytes(scratch.file("out/config.json")), "second");
  EXPECT_EQ(entriesIn(scratch.path()), 1u);

  scratch.write("out/train.tsv", "data");
  scratch.write("out/model.safetensors.index.json", "of the old model");
  writeModel(scratch.file("out"), "third", true);
  EXPECT_EQ(readBytes(scratch.file("out/config.json")), "third");
  EXPECT_EQ(readBytes(scratch.file("out/train.tsv")), "data") << "what is no part of the model stays";
  EXPECT_FALSE(fs::exists(scratch.file("out/model.safetensors.index.json")));

  fs::create_directory(scratch.file("out/holiday pictures"));
  errorOf([&] { HfFolderWriter(scratch.file("out"), true); });
  fs::remove(scratch.file("out/holiday pictures"));
  fs::remove(scratch.file("out/config.json"));
  errorOf([&] { HfFolderWriter(scratch.file("out"), true); });
  scratch.write("file", "x");
  errorOf([&] { HfFolderWriter(scratch.file("file"), true); });
  errorOf([&] { HfFolderWriter(scratch.file("file/out")); });
  errorOf([&] { HfFolderWriter(scratch.file("none/out")); });
  errorOf([&] { HfFolderWriter(""); });
  errorOf([&] { HfFolderWriter("/"); });
}

TEST(HfFolder, fullDiskKeepsTheOldModelAndLeavesNothing) {
  const TemporaryFolder scratch;
  writeModel(scratch.file("out"), "first");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  const auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string message = errorOf([&] {
    HfFolderWriter writer(scratch.file("out"), true);
    writer.writeConfig("second");
    writer.writeWeights(oneTensor(100'000));
    writer.commit();
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, oldHandler);
  EXPECT_EQ(message.find(scratch.file("out") + "/model.safetensors: "), 0u) << message;
  EXPECT_EQ(readBytes(scratch.file("out/config.json")), "first");
  EXPECT_EQ(entriesIn(scratch.path()), 1u);
}

}  // namespace
}  // namespace headroom
