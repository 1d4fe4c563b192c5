// SPDX-License-Identifier: GPL-3.0-or-later
// Which data heads are judged, choices made, and results reported on.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/jobs/score_heads.h"
#include "core/jobs/workspace_state.h"
#include "tests/core/jobs/campaign_toy.h"

namespace headroom {
namespace {

using test::CampaignToy;
using test::cellOf;

TEST(CompareMethods, whatIsReportedOnIsNotWhatHeadsAreChosenOn) {
  CampaignToy toy;
  toy.request.methods = {"taylor", "leave-one-out"};
  const Comparison first = compareMethods(toy.workspace, toy.request, {});
  const std::string other = toy.folder.write("other.tsv", "sentence\tlabel\nthe film was bad\t1\nnot good\t1\n");
  (void)openData(toy.workspace, {toy.files.data, other, {}, {}, 16, 0}, {});
  toy.request.outPath = toy.folder.file("another");
  const Comparison second = compareMethods(toy.workspace, toy.request, {});
  ASSERT_EQ(first.cells.size(), second.cells.size());
  for (size_t i = 0; i < first.cells.size(); ++i) {
    EXPECT_EQ(first.cells[i].mask, second.cells[i].mask);
    EXPECT_EQ(second.cells[i].metric.examples, 2);
  }
}

/// Reports on data of their own, so that there are dev data to choose on.
struct ThreeFilesToy : CampaignToy {
  std::string flipped = folder.write("flipped.tsv", [this] {
    std::string table = readTextFile(files.data);
    for (size_t i = 0; i + 1 < table.size(); ++i)
      if (table[i] == '\t' && table[i + 1] != 'l') table[i + 1] = table[i + 1] == '0' ? '1' : '0';
    return table;
  }());
  std::string test = folder.write("test.tsv", "sentence\tlabel\nthe film was not good\t0\nbad\t0\n");

  ThreeFilesToy() { request.seeds = {1}; }
  void openWith(const std::string& dev, const std::string& reported) {
    OpenDataRequest data{files.data, reported, {}, {}, 16, 0};
    data.choicePath = dev;
    (void)openData(workspace, data, {});
  }
  Comparison chosenOn(const std::string& dev, const std::string& campaign) {
    openWith(dev, test);
    request.outPath = folder.file(campaign);
    return compareMethods(workspace, request, {});
  }
};

TEST(CompareMethods, searchesFollowTheDevFileWhereAnotherIsReportedOn) {
  ThreeFilesToy toy;
  toy.request.methods = {"taylor", "leave-one-out", "greedy", "a-star"};
  toy.request.keeps = {11};
  const Comparison same = toy.chosenOn(toy.files.data, "same"), flipped = toy.chosenOn(toy.flipped, "flipped");
  for (const Comparison* each : {&same, &flipped})
    for (const CompareCell& cell : each->cells) {
      EXPECT_EQ(cell.error, "") << cell.name();
      EXPECT_EQ(cell.metric.examples, 2) << cell.name();
    }
  const auto scores = [](const Comparison& found, const std::string& method) {
    return cellOf(found, method + "-post-hoc-k11-s1").scores;
  };
  EXPECT_EQ(scores(same, "taylor"), scores(flipped, "taylor"));
  // What a search finds on dev is what it would find on training data that say the same.
  (void)openData(toy.workspace, {toy.flipped, toy.test, {}, {}, 16, 0}, {});
  for (const std::string method : {"leave-one-out", "greedy"}) {
    EXPECT_NE(scores(same, method), scores(flipped, method)) << method;
    ScoreRequest alone;
    alone.method = method;
    alone.examples = toy.request.examples;
    EXPECT_EQ(scores(flipped, method), scoreHeads(toy.workspace, alone, {}).values) << method;
  }
  EXPECT_EQ(cellOf(flipped, "a-star-post-hoc-k11-s1").mask, keepTop(toy.layout, scores(flipped, "leave-one-out"), 11));
}

TEST(CompareMethods, ebertTakesItsThresholdFromTheDevFileWhereAnotherIsReportedOn) {
  ThreeFilesToy toy;
  toy.request.methods = {"ebert"};
  toy.request.keeps = {3, 5, 7, 9};
  const std::string one = toy.folder.write("one.tsv", "sentence\tlabel\nthe film was not good\t0\n"),
                    other = toy.folder.write("other.tsv", "sentence\tlabel\nbad\t0\n");
  const auto losses = [&](const std::string& dev, const std::string& campaign) {
    std::vector<double> found;
    for (const CompareCell& cell : toy.chosenOn(dev, campaign).cells) {
      EXPECT_EQ(cell.error, "") << cell.name();
      found.push_back(cell.loss);
    }
    return found;
  };
  const std::vector<double> first = losses(one, "first");
  EXPECT_EQ(first.size(), 8U);
  EXPECT_EQ(losses(one, "again"), first);
  EXPECT_NE(losses(other, "other"), first);
}

TEST(CompareMethods, sayWhichDataWereForWhatAndWhetherWhatIsReportedWasSeen) {
  ThreeFilesToy toy;
  toy.request.methods = {"magnitude"};
  const std::string dev = toy.folder.write("dev.tsv", "sentence\tlabel\nthe film was bad\t0\n");
  int campaigns = 0;
  const auto compared = [&](const std::string& choice, const std::string& reported) {
    toy.openWith(choice, reported);
    toy.request.outPath = toy.folder.file("campaign-" + std::to_string(++campaigns));
    return compareMethods(toy.workspace, toy.request, {});
  };
  const Comparison unseen = compared(dev, toy.test);
  EXPECT_FALSE(unseen.seenData);
  ASSERT_TRUE(unseen.roles);
  EXPECT_EQ(unseen.roles->judged, toy.files.data);
  EXPECT_EQ(unseen.roles->chosen, dev);
  EXPECT_EQ(unseen.roles->reported, toy.test);
  EXPECT_NE(readTextFile(toy.request.outPath + "/compare.html").find("choices made on " + dev), std::string::npos);
  EXPECT_TRUE(compared(toy.test, toy.test).seenData);
  EXPECT_TRUE(compared(dev, toy.files.data).seenData);
  EXPECT_FALSE(compared(toy.files.data, toy.test).seenData) << "chosen on training data, as without dev data";
  const Comparison two = compared("", toy.test);
  EXPECT_FALSE(two.roles);
  EXPECT_FALSE(two.seenData);
}

TEST(CompareMethods, areOtherCampaignsWithADevFileToChooseOn) {
  ThreeFilesToy toy;
  toy.request.methods = {"magnitude"};
  const auto refusal = [&](const std::string& dev, const std::string& campaign) {
    return test::messageOf<Error>([&] { (void)toy.chosenOn(dev, campaign); });
  };
  (void)toy.chosenOn("", "two");
  (void)toy.chosenOn(toy.flipped, "three");
  const auto identity = [&](const std::string& campaign) {
    return nlohmann::json::parse(readTextFile(toy.folder.file(campaign + "/campaign.json")));
  };
  EXPECT_FALSE(identity("two").contains("test_sha256"));
  EXPECT_EQ(identity("three")["test_sha256"], identity("two")["dev_sha256"]);
  EXPECT_EQ(identity("three")["test_examples"], 2);
  EXPECT_EQ(identity("three")["dev_examples"], 160);
  EXPECT_NE(identity("three")["dev_sha256"], identity("three")["test_sha256"]);
  EXPECT_NE(refusal(toy.flipped, "two").find("test data; expected this one"), std::string::npos);
  EXPECT_NE(refusal(toy.files.data, "three").find("with other dev data; expected this one"), std::string::npos);
  EXPECT_EQ(refusal(toy.flipped, "three"), "") << "goes on";
}

TEST(CompareMethods, goOnWithARunWithoutForgettingTheDevFile) {
  ThreeFilesToy toy;
  toy.request.methods = {"passconc"};
  toy.request.keeps = {3};
  toy.openWith(toy.flipped, toy.test);
  for (int stops = 0;; ++stops) {
    ASSERT_LT(stops, 200);
    std::stop_source source;
    int yields = 0;
    const int most = 1 + stops;
    JobContext context;
    context.stop = source.get_token();
    context.betweenBatches = [&] {
      if (++yields == most) source.request_stop();
    };
    try {
      (void)compareMethods(toy.workspace, toy.request, context);
      break;
    } catch (const Cancelled&) {
    }
  }
  const RunSnapshot run = readRun(toy.folder.file("campaign/runs/passconc-joint-k3-s1.h5"));
  EXPECT_TRUE(std::any_of(run.events.begin(), run.events.end(),
                          [](const TrainEvent& event) { return event.kind == TrainEventKind::Resumed; }));
  EXPECT_TRUE(toy.workspace.state().choice);
}

}  // namespace
}  // namespace headroom
