// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/preview_data.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/jobs/requests.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

class PreviewData : public testing::Test {
 protected:
  Workspace workspace{{"cpu", "float32", 1}};
  test::TemporaryFolder scratch;

  DataPreview preview(const std::string& sample, const std::string& file) {
    const std::filesystem::path folder = std::filesystem::path(HEADROOM_SOURCE) / "sample_models" / sample;
    (void)openModel(workspace, {folder.string()}, {});
    PreviewDataRequest request;
    request.path = (folder / file).string();  // an absolute file stays what it is
    request.mostRows = 10;
    return previewData(workspace, request, {});
  }
};

TEST_F(PreviewData, showsTextsWithTheirClasses) {
  const DataPreview found = preview("sentiment-bert", "dev.tsv");
  EXPECT_EQ(found.columns, (std::vector<std::string>{"sentence", "label"}));
  EXPECT_EQ(found.file.examples, 2000);
  ASSERT_EQ(found.rows.size(), 10u);
  EXPECT_FALSE(found.rows.front().text.empty());
  EXPECT_TRUE(found.rows.front().label == "positive" || found.rows.front().label == "negative");
}

TEST_F(PreviewData, showsTranslationsSideBySide) {
  const DataPreview found = preview("rewrite-marian", "dev.tsv");
  EXPECT_FALSE(found.rows.front().text.empty());
  EXPECT_FALSE(found.rows.front().second.empty());
}

TEST_F(PreviewData, showsPicturesAndPlainText) {
  const DataPreview pictures = preview("shapes-vit", "dev-images-idx3-ubyte");
  ASSERT_TRUE(pictures.rows.front().image);
  EXPECT_EQ(pictures.rows.front().label, "disc");
  EXPECT_TRUE(pictures.columns.empty());
  EXPECT_FALSE(preview("induction-gpt2", "dev.txt").rows.front().text.empty());
}

TEST_F(PreviewData, changesNothingAndSaysWhatIsWrong) {
  const std::string junk = scratch.write("junk.tsv", std::string("\0\1\2\3", 4));
  EXPECT_THROW((void)preview("sentiment-bert", junk), Error);
  EXPECT_THROW((void)evaluateMask(workspace, {}, {}), Error);  // no data are open
}

}  // namespace
}  // namespace headroom
