// SPDX-License-Identifier: GPL-3.0-or-later
// The train/test gap through the program itself.
#include "tests/core/cli/command_line.h"

namespace headroom {
namespace {

using test::CommandLine;
using test::Json;
using test::lines;
using test::Outcome;
using test::run;

TEST_F(CommandLine, gapOfARunIsOnItsOwnDevDataUnlessOthersAreNamed) {
  const std::string path = folder.file("pass.h5");
  ASSERT_EQ(run(trainCommand("--method pass --keep 3 --steps 6 --run " + path)).status, 0);
  const Outcome own = run("gap " + path + " --samples 3 --json");
  ASSERT_EQ(own.status, 0) << own.err;
  const Json found = Json::parse(own.out);
  EXPECT_EQ(found["kept"], 3);
  EXPECT_EQ(found["samples"], 3);
  EXPECT_EQ(found["examples"], 160);
  EXPECT_LE(found["sampled_loss_low"].get<double>(), found["sampled_loss_high"].get<double>());
  EXPECT_EQ(Json::parse(run("gap " + path + " --samples 3 --json --data " + data).out), found);
  const Outcome text = run("gap " + path + " --samples 2");
  EXPECT_NE(text.out.find("drawn gates"), std::string::npos);
  EXPECT_EQ(run("gap " + path + " --samples 1").status, 2);
}

TEST_F(CommandLine, gapOfARunWithoutGatesSaysWhyInOneLine) {
  const std::string path = folder.file("none.h5");
  ASSERT_EQ(run(trainCommand("--method none --steps 4 --run " + path)).status, 0);
  const Outcome outcome = run("gap " + path);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(lines(outcome.err), 1) << outcome.err;
  EXPECT_NE(outcome.err.find("which trains no gates"), std::string::npos);
}

}  // namespace
}  // namespace headroom
