// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong around the program: full disks, folders that hold something, masks of other models, kills.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "core/checkpoint/mask_file.h"
#include "tests/core/cli/command_line.h"

namespace headroom {
namespace {

using test::CommandLine;
using test::Json;
using test::lines;
using test::Outcome;
using test::run;

class Exports : public CommandLine {
 protected:
  void SetUp() override {
    CommandLine::SetUp();
    mask = folder.write("mask.json", R"({"format": "headroom-mask/1", "kept": {"encoder.self": [[0, 2], [1]]}})");
  }
  [[nodiscard]] std::string pruneCommand(const std::string& more) const {
    return "prune " + model + " --mask " + mask + " " + more;
  }
  [[nodiscard]] std::vector<std::string> leftOf(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      if (entry.path().filename().string().find(name) != std::string::npos)
        names.push_back(entry.path().filename().string());
    return names;
  }

  std::string mask;
};

TEST_F(Exports, aFileSizeLimitIsOneLineAndLeavesNothing) {
  for (const std::string form : {"compact", "zeroed", "onnx"}) {
    const std::string limited = "sh -c \"ulimit -f 8; exec " + std::string(HEADROOM_CLI) + " " +
                                pruneCommand("--form " + form + " --out " + folder.file("small")) + "\" 2>" +
                                folder.file("err");
    EXPECT_EQ(WEXITSTATUS(std::system(limited.c_str())), 1) << form;
    std::ifstream err(folder.file("err"));
    const std::string told{std::istreambuf_iterator<char>(err), {}};
    EXPECT_EQ(lines(told), 1) << told;
    EXPECT_NE(told.find(folder.file("small")), std::string::npos) << told;
    EXPECT_TRUE(leftOf("small").empty()) << leftOf("small").front();
  }
}

TEST_F(Exports, aFullDiskIsOneLineThatSaysSoAndLeavesNothing) {
  const std::string disk = folder.file("disk");
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "mounting needs root";
  for (const std::string form : {"compact", "zeroed", "onnx"}) {
    const Outcome outcome = run(pruneCommand("--form " + form + " --out " + disk + "/small"));
    EXPECT_EQ(outcome.status, 1) << form;
    EXPECT_EQ(lines(outcome.err), 1) << outcome.err;
    EXPECT_NE(outcome.err.find("No space left on device"), std::string::npos) << outcome.err;
    EXPECT_TRUE(std::filesystem::is_empty(disk)) << form;
  }
  ::umount(disk.c_str());
}

TEST_F(Exports, aFolderThatHoldsSomethingIsKeptUnlessForced) {
  const std::string out = folder.file("small");
  ASSERT_EQ(run(pruneCommand("--out " + out)).status, 0);
  const Outcome refused = run(pruneCommand("--out " + out));
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(lines(refused.err), 1) << refused.err;
  EXPECT_NE(refused.err.find("already holds files"), std::string::npos) << refused.err;
  EXPECT_EQ(run(pruneCommand("--force --form zeroed --out " + out)).status, 0);
  EXPECT_EQ(Json::parse(run("info " + out + " --json").out)["blocks"][1]["heads"], 4) << "the zeroed one";
  folder.write("small/holiday.txt", "");
  std::filesystem::remove(out + "/config.json");
  EXPECT_EQ(run(pruneCommand("--force --out " + out)).status, 1) << "no model: never replaced";
  EXPECT_TRUE(std::filesystem::exists(out + "/holiday.txt"));
}

/// Kills an export at every stage of its staging folder: under the final name lies nothing, or a whole model.
TEST_F(Exports, aKilledExportLeavesNothingHalfWrittenUnderTheFinalName) {
  int killedBefore = 0;
  for (int stage = 1; stage <= 4; ++stage) {
    const std::string out = folder.file("small" + std::to_string(stage));
    const pid_t child = ::fork();
    if (child == 0) {
      const int nowhere = ::open("/dev/null", O_WRONLY);
      ::dup2(nowhere, STDOUT_FILENO);
      ::dup2(nowhere, STDERR_FILENO);
      ::execl(HEADROOM_CLI, "headroom-cli", "prune", model.c_str(), "--mask", mask.c_str(), "--out", out.c_str(),
              nullptr);
      ::_exit(127);
    }
    const auto filesStaged = [&] {
      for (const std::string& name : leftOf(".small" + std::to_string(stage) + ".part")) {
        std::error_code ignored;
        const auto files = std::filesystem::directory_iterator(folder.file(name), ignored);
        return static_cast<int>(std::distance(begin(files), std::filesystem::directory_iterator()));
      }
      return -1;
    };
    int status = 0;
    const auto giveUp = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (filesStaged() < stage - 1 && ::waitpid(child, &status, WNOHANG) == 0 &&
           std::chrono::steady_clock::now() < giveUp)
      std::this_thread::yield();
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    if (std::filesystem::exists(out)) {
      EXPECT_EQ(run("eval " + out + " --data " + data).status, 0) << "whole";
    } else {
      ++killedBefore;
    }
    EXPECT_EQ(run(pruneCommand("--force --out " + out)).status, 0) << "what the kill left is no obstacle";
  }
  EXPECT_GT(killedBefore, 0);
}

TEST_F(Exports, foldsValueBiasesAndSaysSo) {
  const Outcome folded = run(pruneCommand("--fold-value-bias --json --out " + folder.file("small")));
  ASSERT_EQ(folded.status, 0) << folded.err;
  EXPECT_EQ(Json::parse(folded.out)["folded_value_bias"], true);
  const std::string llama = folder.file("llama");
  ASSERT_EQ(
      run("init --family llama --layers 2 --heads 4 --hidden 32 --intermediate 64 --vocab " + vocab + " --out " + llama)
          .status,
      0);
  const std::string decoders =
      folder.write("decoders.json", R"({"format": "headroom-mask/1", "kept": {"decoder.self": [[0], [1]]}})");
  const Outcome refused =
      run("prune " + llama + " --mask " + decoders + " --fold-value-bias --out " + folder.file("none"));
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(lines(refused.err), 1) << refused.err;
  EXPECT_TRUE(leftOf("none").empty());
}

TEST_F(Exports, masksOfAnotherModelAreRefusedByEveryCommand) {
  const std::string other =
      folder.write("other.json", R"({"format": "headroom-mask/1", "kept": {"encoder.self": [[0], [1], [2]]}})");
  for (const std::string& command :
       {"prune " + model + " --out " + folder.file("small"), "eval " + model + " --data " + data,
        "predict " + model + " --data " + data, "latency " + model + " --length 8 --even-if-busy"}) {
    const Outcome outcome = run(command + " --mask " + other);
    EXPECT_EQ(outcome.status, 1) << command;
    EXPECT_EQ(lines(outcome.err), 1) << command << outcome.err;
    EXPECT_NE(outcome.err.find("the mask is for another model"), std::string::npos) << outcome.err;
  }
}

TEST_F(Exports, aRunWithoutDevSetIsReportedAndSaysWhatASweepNeeds) {
  const std::string runFile = folder.file("r.h5");
  ASSERT_EQ(run("train " + model + " --data " + data + " --keep 3 --steps 4 --batch 16 --run " + runFile).status, 0);
  const Outcome swept = run("sweep " + runFile);
  EXPECT_NE(swept.status, 0);
  EXPECT_EQ(lines(swept.err), 1) << swept.err;
  EXPECT_NE(swept.err.find("--data"), std::string::npos) << swept.err;
  EXPECT_EQ(run("sweep " + runFile + " --data " + data).status, 0);
  EXPECT_EQ(run("report " + runFile + " --out " + folder.file("r.html")).status, 0);
  EXPECT_EQ(run("prune " + runFile + " --out " + folder.file("small")).status, 0);
  EXPECT_NE(run("propose " + runFile + " --at-most-ms 5").status, 0);
}

TEST_F(Exports, bfloat16SaysHowFarItIsFromFloat32) {
  const Outcome evaluated = run("eval " + model + " --data " + data + " --dtype bfloat16 --json");
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  const Json found = Json::parse(evaluated.out)["disagreement"];
  EXPECT_EQ(found["examples"], 160);
  EXPECT_GT(found["largest_logit_difference"].get<double>(), 0);
  EXPECT_EQ(found["value"], Json::parse(evaluated.out)["value"]);
  EXPECT_FALSE(Json::parse(run("eval " + model + " --data " + data + " --json").out).contains("disagreement"));
  const std::string runFile = folder.file("r.h5");
  ASSERT_EQ(run(trainCommand("--keep 3 --steps 4 --run " + runFile)).status, 0);
  const Outcome swept = run("sweep " + runFile + " --dtype bfloat16");
  EXPECT_NE(swept.err.find("predictions differ"), std::string::npos) << swept.err;
}

TEST_F(Exports, plotsAreWrittenAsSvgPdfAndPng) {
  const std::string runFile = folder.file("r.h5");
  ASSERT_EQ(run(trainCommand("--keep 3 --steps 4 --run " + runFile)).status, 0);
  const auto bytes = [&](const std::string& name, const std::string& more) {
    const Outcome outcome = run("plot " + runFile + " --plot loss --out " + folder.file(name) + " " + more);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::ifstream file(folder.file(name), std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  EXPECT_EQ(bytes("a.svg", "--width 120").rfind("<svg", 0), 0U);
  const Outcome wrong = run("plot " + runFile + " --plot loss --out " + folder.file("a.bmp"));
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.err.find("expected .svg, .pdf or .png"), std::string::npos) << wrong.err;
  if (!std::filesystem::exists(std::filesystem::path(HEADROOM_CLI).parent_path() / "libheadroom_rsvg.so"))
    GTEST_SKIP() << "built without librsvg";
  const std::string png = bytes("a.PNG", "--width 127 --dpi 200"), pdf = bytes("a.pdf", "--width 127");
  EXPECT_EQ(png.substr(1, 3), "PNG");
  const auto number = [&](size_t at) {
    return (static_cast<unsigned char>(png[at + 2]) << 8) + static_cast<unsigned char>(png[at + 3]);
  };
  EXPECT_EQ(number(16), 1000) << "127 mm at 200 dots per inch";
  EXPECT_EQ(pdf.substr(0, 5), "%PDF-");
}

}  // namespace
}  // namespace headroom
