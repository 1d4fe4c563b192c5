// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/predict_example.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/jobs/requests.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

const std::string kSamples = std::string(HEADROOM_SOURCE) + "/sample_models/";

class PredictExample : public testing::Test {
 protected:
  Workspace workspace{{"cpu", "float32", 1}};
  ModelSummary summary;

  void open(const std::string& sample, const std::string& dev, std::int64_t most = 20) {
    summary = openModel(workspace, {kSamples + sample}, {});
    (void)openData(workspace, {"", kSamples + sample + "/" + dev, {}, {}, 64, most}, {});
  }
  [[nodiscard]] ExamplePrediction predict(std::int64_t index, const HeadMask& mask) {
    return predictExample(workspace, {index, mask, 5}, {});
  }
};

TEST_F(PredictExample, givesTheClassesOfAText) {
  open("sentiment-bert", "dev.tsv");
  const ExamplePrediction found = predict(3, HeadMask(summary.layout, false));
  EXPECT_EQ(found.count, 20);
  EXPECT_FALSE(found.text.empty());
  ASSERT_EQ(found.full.choices.size(), 2u);
  EXPECT_NEAR(found.full.choices[0].probability + found.full.choices[1].probability, 1, 1e-9);
  EXPECT_GE(found.full.choices[0].probability, found.full.choices[1].probability);
  EXPECT_NE(found.full.choices[0].right, found.full.choices[1].right);
  EXPECT_TRUE(found.expected == "negative" || found.expected == "positive");
  EXPECT_NE(found.full.choices[0].probability, found.masked.choices[0].probability);
}

TEST_F(PredictExample, isTheSameUnderAMaskOfEveryHead) {
  open("sentiment-bert", "dev.tsv");
  const ExamplePrediction found = predict(0, HeadMask(summary.layout));
  EXPECT_EQ(found.full.choices[0].probability, found.masked.choices[0].probability);
  EXPECT_EQ(found.maskHash, HeadMask(summary.layout).hash());
}

TEST_F(PredictExample, givesTheNextTokensOfAStream) {
  open("induction-gpt2", "dev.txt");
  const ExamplePrediction found = predict(2, HeadMask(summary.layout));
  ASSERT_EQ(found.full.choices.size(), 5u);
  EXPECT_FALSE(found.expected.empty());
  EXPECT_EQ(found.full.choices[0].name, "<s>");  // a window is one text: the next one begins
}

TEST_F(PredictExample, translatesWithAndWithoutHeads) {
  open("rewrite-marian", "dev.tsv");
  const ExamplePrediction found = predict(1, HeadMask(summary.layout, false));
  EXPECT_EQ(found.full.text, found.expected);
  EXPECT_NE(found.masked.text, found.expected);
  EXPECT_TRUE(found.full.choices.empty());
}

TEST_F(PredictExample, hasTheImageBesideItsClasses) {
  open("shapes-vit", "dev-images-idx3-ubyte");
  const ExamplePrediction found = predict(4, HeadMask(summary.layout));
  ASSERT_TRUE(found.image);
  EXPECT_EQ(found.image->pixels.size(),
            static_cast<size_t>(found.image->width) * static_cast<size_t>(found.image->height));
  EXPECT_EQ(found.full.choices[0].name, found.expected);
}

TEST_F(PredictExample, refusesExamplesThatAreNotThere) {
  open("sentiment-bert", "dev.tsv");
  try {
    (void)predict(20, HeadMask(summary.layout));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "example: found 20, expected 0 to 19");
  }
  EXPECT_THROW((void)predict(0, HeadMask()), Error);
}

}  // namespace
}  // namespace headroom
