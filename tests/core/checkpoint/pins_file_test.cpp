// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pins_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

HeadLayout layoutOf(int layers) {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < layers; ++layer) blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, 4, 4});
  return HeadLayout(blocks);
}

const PinsOrigin kOrigin{"abc", "w"};

std::vector<MaskPin> twoPins() {
  MaskPin measured{"A", keepRandom(layoutOf(3), 5, 1), EvalResult()};
  measured.answer->mask = measured.mask;
  measured.answer->metric = {"accuracy", 0.9, 0.85, 0.93, 400};
  measured.answer->loss = 0.25;
  measured.answer->toFull = PairedDifference{-0.01, -0.02, 0.003, 2, 6};
  return {measured, {"B", keepRandom(layoutOf(3), 7, 2), std::nullopt}};
}

TEST(PinsFile, comesBackWithMasksAndAnswers) {
  const test::TemporaryFolder folder;
  const std::string path = pinsPath(folder.file("run.h5"));
  writePinsFile(path, twoPins(), kOrigin);
  const std::vector<MaskPin> read = readPinsFile(path, layoutOf(3), kOrigin);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, "A");
  EXPECT_EQ(read[0].mask, twoPins()[0].mask);
  ASSERT_TRUE(read[0].answer);
  EXPECT_EQ(read[0].answer->metric, twoPins()[0].answer->metric);
  EXPECT_EQ(read[0].answer->toFull, twoPins()[0].answer->toFull);
  EXPECT_TRUE(read[0].answer->complete);
  EXPECT_FALSE(read[1].answer);
}

TEST(PinsFile, answersOfOtherDataOrWeightsAreNotTaken) {
  const test::TemporaryFolder folder;
  writePinsFile(folder.file("pins"), twoPins(), kOrigin);
  EXPECT_FALSE(readPinsFile(folder.file("pins"), layoutOf(3), PinsOrigin{"other", "w"}).front().answer);
  EXPECT_FALSE(readPinsFile(folder.file("pins"), layoutOf(3), PinsOrigin{"abc", "step 10"}).front().answer);
}

TEST(PinsFile, isGoneWithTheLastPin) {
  const test::TemporaryFolder folder;
  writePinsFile(folder.file("pins"), twoPins(), kOrigin);
  writePinsFile(folder.file("pins"), {}, kOrigin);
  EXPECT_FALSE(std::filesystem::exists(folder.file("pins")));
  EXPECT_TRUE(readPinsFile(folder.file("pins"), layoutOf(3), kOrigin).empty());
}

TEST(PinsFile, ofAnotherModelOrDamagedIsRefused) {
  const test::TemporaryFolder folder;
  writePinsFile(folder.file("pins"), twoPins(), kOrigin);
  EXPECT_NE(test::messageOf<Error>([&] {
              (void)readPinsFile(folder.file("pins"), layoutOf(2), kOrigin);
            }).find("another model"),
            std::string::npos);
  for (const char* text : {"", "[]", "{}", R"({"format": 3})", R"({"format": "headroom-pins/1", "pins": 4})",
                           R"({"format": "headroom-pins/1", "dev_sha256": "", "weights": "", "pins": [{"name": "A"}]})",
                           R"({"format": "headroom-pins/2", "dev_sha256": "", "weights": "", "pins": []})"}) {
    const std::string path = folder.write("damaged", text);
    EXPECT_EQ(test::messageOf<Error>([&] { (void)readPinsFile(path, layoutOf(3), {}); }).find(path + ": "), 0U) << text;
  }
}

TEST(PinNames, areTheFirstThatIsFree) {
  std::vector<MaskPin> pins = twoPins();
  EXPECT_EQ(freePinName(pins), "C");
  pins.erase(pins.begin());
  EXPECT_EQ(freePinName(pins), "A");
  for (int i = 0; i < 30; ++i) pins.push_back({freePinName(pins), {}, {}});
  EXPECT_EQ(pins.back().name, "E2");
}

}  // namespace
}  // namespace headroom
