// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/campaign_folder.h"

#include <gmock/gmock.h>
#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/head_layout.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

using test::TemporaryFolder;
using ::testing::HasSubstr;

HeadLayout twoLayers() {
  return HeadLayout(
      {{{Stack::Encoder, AttentionKind::Self, 0}, 4, 4}, {{Stack::Encoder, AttentionKind::Self, 1}, 4, 4}});
}

CompareCell cellOf(const std::string& method, Regime regime, int keep, std::uint64_t seed) {
  CompareCell cell;
  cell.method = method;
  cell.regime = regime;
  cell.keep = keep;
  cell.seed = seed;
  cell.done = true;
  cell.scores = {8, 7, 6, 5, 4, 3, 2, 1};
  cell.mask = keepTop(twoLayers(), cell.scores, keep);
  cell.metric = {"accuracy", 0.75, 0.7, 0.8, 500};
  cell.toFull = {-0.125, -0.2, -0.1, 10, 72};
  cell.meanKept = regime == Regime::RunTime ? keep - 0.25 : -1;
  cell.costs = {3, 2, 1.5, 0};
  return cell;
}

struct Campaign {
  TemporaryFolder folder;
  std::string path = folder.file("campaign");
  std::vector<CompareCell> cells{cellOf("l0+reopen", Regime::Joint, 2, 1), cellOf("spatten", Regime::RunTime, 2, 1),
                                 cellOf("taylor", Regime::PostHoc, 2, 1),
                                 cellOf("taylor", Regime::PostHoc, 4, 18446744073709551615ULL),
                                 cellOf("taylor", Regime::Recovered, 2, 1)};

  explicit Campaign(const std::string& identity = "{}\n") {
    const CampaignFolder written(path, identity);
    for (const CompareCell& cell : cells) written.write(cell);
  }
  [[nodiscard]] std::string refusal(const HeadLayout& layout = twoLayers()) const {
    try {
      (void)readCampaign(path, layout);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was refused";
  }
};

TEST(ReadCampaign, givesBackEveryCellWithoutBeingToldWhichThereAre) {
  const Campaign campaign;
  const Comparison found = readCampaign(campaign.path, twoLayers());
  ASSERT_EQ(found.cells.size(), campaign.cells.size());
  EXPECT_EQ(found.doneCount(), campaign.cells.size());
  for (const CompareCell& wanted : campaign.cells) {
    const auto same = std::find_if(found.cells.begin(), found.cells.end(),
                                   [&](const CompareCell& cell) { return cell.name() == wanted.name(); });
    ASSERT_NE(same, found.cells.end()) << wanted.name();
    EXPECT_EQ(same->regime, wanted.regime);
    EXPECT_EQ(same->mask, wanted.mask);
    EXPECT_EQ(same->scores, wanted.scores);
    EXPECT_EQ(same->metric, wanted.metric);
    EXPECT_EQ(same->toFull, wanted.toFull);
    EXPECT_EQ(same->meanKept, wanted.meanKept);
    EXPECT_EQ(same->costs.forwards, wanted.costs.forwards);
  }
  EXPECT_EQ(found.unit, "head");
  EXPECT_EQ(found.metricName, "accuracy");
  EXPECT_EQ(found.full.value, 0.875);  // 0.75 is 0.125 below it
  EXPECT_EQ(found.full.examples, 500);
}

TEST(ReadCampaign, givesBackFailedCellsAsTheyFailed) {
  const Campaign campaign;
  CompareCell failed = cellOf("ebert", Regime::RunTime, 2, 1);
  failed.done = false;
  failed.error = "ebert: found a model with a decoder";
  CampaignFolder(campaign.path, "{}\n").write(failed);
  const Comparison found = readCampaign(campaign.path, twoLayers());
  ASSERT_EQ(found.cells.size(), campaign.cells.size() + 1);
  EXPECT_EQ(found.cells.front().error, failed.error);
  EXPECT_FALSE(found.cells.front().done);
}

TEST(ReadCampaign, leavesCopiesUnderOtherNamesOut) {
  const Campaign campaign;
  const std::filesystem::path cells = std::filesystem::path(campaign.path) / "cells";
  std::filesystem::copy_file(cells / "taylor-post-hoc-k2-s1.json", cells / "taylor-post-hoc-k2-s1 (copy).json");
  EXPECT_EQ(readCampaign(campaign.path, twoLayers()).cells.size(), campaign.cells.size());
}

TEST(ReadCampaign, knowsWhetherDevDataWereSeen) {
  const Campaign same("{\"train_sha256\": \"ab\", \"dev_sha256\": \"ab\"}\n"),
      others("{\"train_sha256\": \"ab\", \"dev_sha256\": \"cd\"}\n"), unknown;
  EXPECT_TRUE(readCampaign(same.path, twoLayers()).seenData);
  EXPECT_FALSE(readCampaign(others.path, twoLayers()).seenData);
  EXPECT_FALSE(readCampaign(unknown.path, twoLayers()).seenData);
}

TEST(ReadCampaign, knowsWhetherTestDataWereSeen) {
  const auto found = [](const std::string& train, const std::string& dev) {
    const Campaign campaign("{\"train_sha256\": \"" + train + "\", \"dev_sha256\": \"" + dev +
                            "\", \"test_sha256\": \"ab\"}\n");
    return readCampaign(campaign.path, twoLayers());
  };
  EXPECT_TRUE(found("ab", "cd").seenData);
  EXPECT_TRUE(found("cd", "ab").seenData);
  EXPECT_FALSE(found("cd", "ef").seenData);
  EXPECT_FALSE(found("cd", "cd").seenData) << "chosen on training data, reported on others";
  ASSERT_TRUE(found("cd", "ef").roles);
  EXPECT_EQ(found("cd", "ef").roles->reported, "the test data");
  EXPECT_FALSE(readCampaign(Campaign().path, twoLayers()).roles);
}

TEST(ReadCampaign, knowsWhetherLambdaWasLookedFor) {
  const Campaign searched("{\"search_lambda\": true}\n"), usual("{}\n");
  EXPECT_TRUE(readCampaign(searched.path, twoLayers()).searchedLambda);
  EXPECT_FALSE(readCampaign(usual.path, twoLayers()).searchedLambda);
}

TEST(ReadCampaign, knowsWhatIsCounted) {
  const Campaign groups("{\"unit\": \"group\"}\n");
  const HeadLayout shared(
      {{{Stack::Encoder, AttentionKind::Self, 0}, 4, 2}, {{Stack::Encoder, AttentionKind::Self, 1}, 4, 2}});
  EXPECT_EQ(readCampaign(groups.path, shared).unit, "group");
  EXPECT_THAT(groups.refusal(), HasSubstr("no query heads of this model share"));
  const Campaign layers("{\"unit\": \"layer\"}\n");
  EXPECT_THAT(layers.refusal(), HasSubstr("field unit: found \"layer\", expected head or group"));
}

TEST(ReadCampaign, refusesWhatIsNoCampaignOrOfOtherHeads) {
  const Campaign campaign;
  EXPECT_THAT(campaign.refusal(HeadLayout({{{Stack::Encoder, AttentionKind::Self, 0}, 2, 2}})),
              HasSubstr("l0+reopen-joint-k2-s1.json"));
  EXPECT_THAT(campaign.refusal(HeadLayout({{{Stack::Encoder, AttentionKind::Self, 0}, 1, 1}})),
              HasSubstr("field keep: found 2, expected 0 to 1"));
  std::filesystem::remove(campaign.path + "/campaign.json");
  EXPECT_THAT(campaign.refusal(), HasSubstr("found no campaign.json"));
}

TEST(ReadCampaign, refusesACellOfNoRegime) {
  const Campaign campaign;
  writeFileAtomically(campaign.path + "/cells/a.json", R"({"method": "taylor", "regime": "afterwards"})");
  EXPECT_THAT(campaign.refusal(), HasSubstr("a.json: fields method and regime: found \"taylor\" and \"afterwards\""));
}

}  // namespace
}  // namespace headroom
