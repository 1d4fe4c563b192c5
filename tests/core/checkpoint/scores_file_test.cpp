// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/scores_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/checkpoint/scratch.h"

namespace headroom {
namespace {

using namespace checkpoint_test;
using testing::HasSubstr;

HeadLayout threeHeads() {
  return HeadLayout(
      {{{Stack::Encoder, AttentionKind::Self, 0}, 2, 2}, {{Stack::Encoder, AttentionKind::Self, 1}, 1, 1}});
}

TEST(ScoresFile, readsWhatItWrote) {
  const TemporaryFolder folder;
  const std::vector<double> scores{0.5, -1, 2.25};
  const std::string path = folder.write("scores.json", scoresToJson(threeHeads(), scores));
  EXPECT_EQ(readScoresFile(path, threeHeads()), scores);
}

TEST(ScoresFile, refusesJsonThatNestsWithoutEnd) {
  const TemporaryFolder folder;
  const std::string deep = std::string(300000, '[') + std::string(300000, ']');
  const std::string path = folder.write("scores.json", R"({"format": )" + deep + "}");
  EXPECT_THAT(errorOf([&] { (void)readScoresFile(path, threeHeads()); }),
              HasSubstr("scores.json: found JSON nested deeper than 32 levels"));
}

}  // namespace
}  // namespace headroom
