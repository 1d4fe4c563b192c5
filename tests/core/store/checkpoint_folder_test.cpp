// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/checkpoint_folder.h"

#include "core/base/files.h"
#include "tests/core/store/run_samples.h"

namespace headroom {
namespace {

std::string wholeFile() {
  const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  return std::string(1, static_cast<char>(header.size())) + std::string(7, '\0') + header + std::string(8, 'x');
}

std::vector<std::int64_t> stepsIn(const CheckpointFolder& folder) {
  std::vector<std::int64_t> steps;
  for (const CheckpointFile& file : folder.list()) steps.push_back(file.step);
  return steps;
}

class CheckpointFolderTest : public ::testing::Test {
 protected:
  void SetUp() override { checkpoints.create(); }
  void put(std::int64_t step, const std::string& bytes) { writeFileAtomically(checkpoints.stepPath(step), bytes); }

  test::TemporaryFolder folder;
  CheckpointFolder checkpoints{folder.file("run.h5")};
};

TEST_F(CheckpointFolderTest, namesSortAsNumbersDo) {
  EXPECT_EQ(checkpoints.path(), folder.file("run.h5.checkpoints"));
  EXPECT_EQ(checkpoints.stepPath(400), checkpoints.path() + "/step-00000400.safetensors");
  EXPECT_EQ(checkpoints.stepPath(1234567890), checkpoints.path() + "/step-1234567890.safetensors");
  for (const std::int64_t step : {1234567890, 400, 5}) put(step, wholeFile());
  for (const char* other : {"step-.safetensors", "step-7.txt", "step--7.safetensors", "step-7x.safetensors", "notes"})
    writeFileAtomically(checkpoints.path() + "/" + other, "");
  EXPECT_EQ(stepsIn(checkpoints), (std::vector<std::int64_t>{5, 400, 1234567890}));
}

TEST_F(CheckpointFolderTest, newestWholeFileIsChosen) {
  EXPECT_FALSE(checkpoints.newestValid());
  put(100, wholeFile());
  put(200, wholeFile());
  put(300, wholeFile().substr(0, wholeFile().size() - 1));
  put(400, std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10));
  put(500, "");
  put(600, std::string("\2\0\0\0\0\0\0\0[]", 10) + "x");
  put(700, std::string("\4\0\0\0\0\0\0\0{:}}", 12));
  EXPECT_EQ(checkpoints.newestValid()->step, 200);
}

TEST_F(CheckpointFolderTest, pruneKeepsTheLastTwoWholeOnesAndTheFinal) {
  for (const std::int64_t step : {1, 2, 3, 4}) put(step, wholeFile());
  put(5, "damaged");
  writeFileAtomically(checkpoints.finalPath(), wholeFile());
  writeFileAtomically(checkpoints.stepPath(6) + ".part-123", "half");
  checkpoints.prune();
  EXPECT_EQ(stepsIn(checkpoints), (std::vector<std::int64_t>{3, 4}));
  EXPECT_TRUE(checkpoints.hasFinal());
  EXPECT_FALSE(std::filesystem::exists(checkpoints.stepPath(6) + ".part-123"));
}

TEST_F(CheckpointFolderTest, clearLeavesWhatIsNotARuns) {
  put(1, wholeFile());
  checkpoints.clear();
  EXPECT_FALSE(std::filesystem::exists(checkpoints.path()));
  checkpoints.create();
  put(1, wholeFile());
  writeFileAtomically(checkpoints.path() + "/mine.txt", "");
  checkpoints.clear();
  EXPECT_FALSE(checkpoints.holdsAny());
  EXPECT_TRUE(std::filesystem::exists(checkpoints.path() + "/mine.txt"));
}

TEST_F(CheckpointFolderTest, resumeTakesBackLaterCheckpoints) {
  for (const std::int64_t step : {100, 200, 300}) put(step, wholeFile());
  writeFileAtomically(checkpoints.finalPath(), wholeFile());
  checkpoints.removeAfter(200);
  EXPECT_EQ(stepsIn(checkpoints), (std::vector<std::int64_t>{100, 200}));
  EXPECT_FALSE(checkpoints.hasFinal());
}

}  // namespace
}  // namespace headroom
