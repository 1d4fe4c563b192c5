// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/tensor_source.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/checkpoint/safetensors.h"
#include "tests/core/checkpoint/torch_archive.h"

namespace headroom {
namespace {

using namespace checkpoint_test;
using nlohmann::json;

TensorToWrite byteTensor(const std::string& name, const std::string& bytes) {
  return {name, Dtype::U8, {static_cast<std::int64_t>(bytes.size())}, [bytes](const ByteSink& sink) {
            sink(std::as_bytes(std::span(bytes.data(), bytes.size())));
          }};
}

class Shards : public testing::Test {
 protected:
  void SetUp() override {
    writeSafetensors(folder.file("model-00001-of-00002.safetensors"), {byteTensor("a", "aa"), byteTensor("b", "bbb")});
    writeSafetensors(folder.file("model-00002-of-00002.safetensors"), {byteTensor("c", "c"), byteTensor("extra", "x")});
  }
  void writeIndex(const json& weightMap) const {
    folder.write("model.safetensors.index.json",
                 json{{"metadata", {{"total_size", 6}}}, {"weight_map", weightMap}}.dump());
  }
  [[nodiscard]] std::string errorWith(const json& weightMap) const {
    writeIndex(weightMap);
    return errorOf([this] { (void)openWeights(folder.path()); });
  }
  TemporaryFolder folder;
};

TEST_F(Shards, readAsOneCheckpoint) {
  writeIndex({{"a", "model-00001-of-00002.safetensors"},
              {"b", "model-00001-of-00002.safetensors"},
              {"c", "model-00002-of-00002.safetensors"}});
  const auto source = openWeights(folder.path());
  ASSERT_EQ(source->tensors().size(), 3u);
  std::string bytes(3, ' ');
  source->read("b", std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
  EXPECT_EQ(bytes, "bbb");
  EXPECT_EQ(source->fileOf("c"), folder.file("model-00002-of-00002.safetensors"));
}

TEST_F(Shards, refuseFilesOutsideTheFolder) {
  for (const char* name :
       {"../model.safetensors", "/etc/passwd", "sub/model.safetensors", "..", ".", "", "a\\b.safetensors"})
    EXPECT_NE(errorWith({{"a", name}}).find("expected the name of a file in the same folder"), std::string::npos)
        << name;
  EXPECT_NE(errorWith({{"a", "vocab.txt"}}).find("expected a .safetensors or .bin file"), std::string::npos);
}

TEST_F(Shards, refuseAnIndexThatLies) {
  EXPECT_NE(errorWith({{"c", "model-00001-of-00002.safetensors"}}).find("not found in model-00001"), std::string::npos);
  EXPECT_NE(errorWith({{"a", "model-00003-of-00002.safetensors"}}).find("is missing"), std::string::npos);
  EXPECT_NE(errorWith({{"a", 1}}).find("found 1, expected a file name"), std::string::npos);
  EXPECT_NE(errorWith(json::object()).find("weight_map"), std::string::npos);
  EXPECT_NE(errorWith({1}).find("weight_map"), std::string::npos);
}

TEST(OpenWeights, prefersSafetensorsAndFallsBackToThePickle) {
  const TemporaryFolder folder;
  folder.write("pytorch_model.bin", archiveBytes(stateDict(text("w") + tensor({})), sixFloats()));
  EXPECT_TRUE(openWeights(folder.path())->path().ends_with("pytorch_model.bin"));
  writeSafetensors(folder.file("model.safetensors"), {byteTensor("a", "aa")});
  EXPECT_TRUE(openWeights(folder.path())->path().ends_with("model.safetensors"));
}

TEST(OpenWeights, saysWhatToDoWhenThereAreNone) {
  const TemporaryFolder folder;
  EXPECT_NE(errorOf([&] { (void)openWeights(folder.path()); }).find("save_pretrained"), std::string::npos);
  folder.write("tf_model.h5", "");
  EXPECT_NE(errorOf([&] { (void)openWeights(folder.path()); }).find("TensorFlow or Flax"), std::string::npos);
  EXPECT_NE(errorOf([&] { (void)openWeights(folder.file("none")); }).find("no folder"), std::string::npos);
}

}  // namespace
}  // namespace headroom
