// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/open_campaign.h"

#include <gtest/gtest.h>

#include "tests/core/jobs/campaign_toy.h"

namespace headroom {
namespace {

using test::CampaignToy;

TEST(OpenCampaign, saysWhetherItIsOfOtherWeights) {
  CampaignToy toy;
  toy.request.methods = {"magnitude"};
  (void)compareMethods(toy.workspace, toy.request, {});
  const Comparison own = openCampaign(toy.workspace, toy.request.outPath);
  EXPECT_EQ(own.doneCount(), 4U);
  EXPECT_FALSE(own.ofOtherModel);
  TrainRequest train;
  train.settings.method = "none";
  train.settings.steps = 1;
  train.settings.batch = 8;
  train.runPath = toy.folder.file("run.h5");
  (void)trainGates(toy.workspace, train, {}, {});
  SaveModelRequest save;
  save.outPath = toy.folder.file("trained");
  saveModel(toy.workspace, save);
  toy.open(save.outPath);
  EXPECT_TRUE(openCampaign(toy.workspace, toy.request.outPath).ofOtherModel);
}

}  // namespace
}  // namespace headroom
