// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/mask_file.h"

#include <gtest/gtest.h>

#include "tests/core/checkpoint/scratch.h"

namespace headroom {
namespace {

using namespace checkpoint_test;

HeadLayout encoder(const std::vector<int>& heads) {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < static_cast<int>(heads.size()); ++layer)
    blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer},
                      heads[static_cast<size_t>(layer)],
                      heads[static_cast<size_t>(layer)]});
  return HeadLayout(std::move(blocks));
}

TEST(MaskFile, readsWhatItWrote) {
  const TemporaryFolder folder;
  HeadMask mask(encoder({4, 2, 0}), false);
  mask.set({0, 1}, true);
  mask.set({0, 3}, true);
  EXPECT_EQ(maskToJson(mask), R"({"format":"headroom-mask/1","kept":{"encoder.self":[[1,3],[],[]]}})");
  writeMaskFile(folder.file("mask.json"), mask);
  EXPECT_EQ(readMaskFile(folder.file("mask.json"), mask.layout()), mask);
}

TEST(MaskFile, keepsGroupsOfAnEncoderDecoderApart) {
  const HeadLayout layout({{{Stack::Encoder, AttentionKind::Self, 0}, 2, 2},
                           {{Stack::Decoder, AttentionKind::Self, 0}, 2, 2},
                           {{Stack::Decoder, AttentionKind::Cross, 0}, 2, 2},
                           {{Stack::Decoder, AttentionKind::Self, 1}, 2, 2},
                           {{Stack::Decoder, AttentionKind::Cross, 1}, 2, 2}});
  HeadMask mask(layout, false);
  mask.set({4, 1}, true);
  mask.set({1, 0}, true);
  EXPECT_EQ(
      maskToJson(mask),
      R"({"format":"headroom-mask/1","kept":{"encoder.self":[[]],"decoder.self":[[0],[]],"decoder.cross":[[],[1]]}})");
  EXPECT_EQ(maskFromJson(maskToJson(mask), "mask", layout), mask);
}

TEST(MaskFile, refusesMasksThatDoNotFit) {
  const HeadLayout layout = encoder({4, 2, 0});
  const auto kept = [](const std::string& groups) {
    return R"({"format": "headroom-mask/1", "kept": )" + groups + "}";
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "expected JSON"},
      {"[]", "format"},
      {R"({"kept": {}})", "format"},
      {R"({"format": "headroom-mask/2", "kept": {}})", "found 'headroom-mask/2'"},
      {R"({"format": "headroom-mask/1"})", "kept"},
      {kept("[]"), "kept"},
      {kept("{}"), "encoder.self: not found, expected 3 layers"},
      {kept(R"({"encoder.self": [[], []]})"), "found 2 layers, expected 3"},
      {kept(R"({"encoder.self": {}})"), "found an object"},
      {kept(R"({"encoder.self": [[], [], []], "decoder.self": []})"), "group 'decoder.self' is not in this model"},
      {kept(R"({"encoder.self": [[4], [], []]})"), "layer 0: found head 4, expected 0 to 3"},
      {kept(R"({"encoder.self": [[-1], [], []]})"), "found head -1"},
      {kept(R"({"encoder.self": [[0.5], [], []]})"), "found head 0.5"},
      {kept(R"({"encoder.self": [[], [], [0]]})"), "the layer has no heads"},
      {kept(R"({"encoder.self": [[1, 1], [], []]})"), "head 1 twice"},
      {kept(R"({"encoder.self": [[], 1, []]})"), "layer 1: found 1, expected an array"}};
  for (const auto& [json, expected] : cases) {
    const std::string message = errorOf([&] { (void)maskFromJson(json, "mask.json", layout); });
    EXPECT_NE(message.find(expected), std::string::npos) << message << " instead of " << expected;
    EXPECT_EQ(message.find("mask.json: "), 0u) << message;
  }
}

}  // namespace
}  // namespace headroom
