// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as a user has it: the real program, its output, its exit status.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/store/checkpoint_folder.h"
#include "tests/core/cli/command_line.h"

namespace headroom {
namespace {

using test::CommandLine;
using test::Json;
using test::lines;
using test::Outcome;
using test::run;

TEST_F(CommandLine, infoNamesEveryBlock) {
  const Outcome outcome = run("info " + model + " --json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Json info = Json::parse(outcome.out);
  EXPECT_EQ(info["family"], "bert");
  EXPECT_EQ(info["blocks"].size(), 2u);
  EXPECT_EQ(info["blocks"][1]["heads"], 4);
  EXPECT_EQ(info["head_dim"], 8);
}

TEST_F(CommandLine, groupedHeadsAreCountedWithTheirKeyValueHeads) {
  const std::string llama = folder.file("llama"), text = folder.file("texts.txt"), runFile = folder.file("g.h5");
  ASSERT_EQ(run("init --family llama --layers 2 --heads 4 --kv-heads 2 --hidden 32 --intermediate 64 --vocab " + vocab +
                " --out " + llama)
                .status,
            0);
  EXPECT_EQ(Json::parse(run("info " + llama + " --json").out)["kv_heads"], 4);
  ASSERT_EQ(
      run("generate " + llama + " --sample --prompt \"the film\" --count 40 --max-length 16 --outputs " + text).status,
      0);
  const Outcome trained = run("train " + llama + " --data " + text + " --dev " + text +
                              " --unit group --keep 1 --steps 20 --max-length 16 --json --run " + runFile);
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Json result = Json::parse(trained.out);
  EXPECT_EQ(result["kept"], 2);
  EXPECT_EQ(result["kept_kv"], 1);
  const Json curve = Json::parse(run("sweep " + runFile + " --json").out);
  ASSERT_EQ(curve["points"].size(), 5u);
  EXPECT_EQ(curve["points"][1]["kept"], 2);
  EXPECT_EQ(curve["points"][1]["kept_kv"], 1);
  EXPECT_EQ(curve["points"][1]["trained"], true);
  EXPECT_EQ(Json::parse(run("sweep " + runFile + " --unit head --json").out)["points"].size(), 9u);
}

TEST_F(CommandLine, wrongUsageEndsWithTwo) {
  EXPECT_EQ(run("").status, 2);
  EXPECT_EQ(run("no-such-command").status, 2);
  EXPECT_EQ(run("train " + model).status, 2);
  EXPECT_EQ(run(trainCommand("--method pass --run " + folder.file("r.h5"))).status, 2) << "no --keep";
  EXPECT_EQ(run("--help").status, 0);
  EXPECT_EQ(run("--version").status, 0);
}

TEST_F(CommandLine, wrongUsageIsOneLineThatNamesTheOption) {
  const std::string runFile = folder.file("r.h5");
  for (const auto& [arguments, named] : std::vector<std::pair<std::string, std::string>>{
           {"train --resume " + runFile + " --keep 3", "--keep"},
           {"train --resume " + runFile + " --seed 3", "--seed"},
           {"train " + model + " --resume " + runFile, "MODEL"},
           {"methods --seed -1", "--seed"},
           {"methods --seed 18446744073709551616", "--seed"},
           {"generate " + model + " --outputs x", "--inputs"},
           {"generate " + model + " --outputs x --count 3", "--sample"},
           {trainCommand("--keep 2 --unit layer --run " + runFile), "--unit"},
           {"eval " + model, "--data"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 2) << arguments;
    EXPECT_EQ(lines(outcome.err), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(named), std::string::npos) << outcome.err;
  }
  EXPECT_NE(run("train --help").out.find("--device"), std::string::npos);
}

TEST_F(CommandLine, failuresAreOneLineAndEndWithOne) {
  for (const std::string& arguments : {"info " + folder.file("nowhere"),
                                       trainCommand("--keep 9 --steps 2 --run " + folder.file("r.h5")),
                                       trainCommand("--keep -1 --steps 2 --run " + folder.file("r.h5")),
                                       "eval " + model + " --data " + vocab,
                                       "eval " + model + " --data " + folder.file("nowhere.tsv"),
                                       trainCommand("--keep 2 --steps 2 --method magic --run " + folder.file("r.h5")),
                                       trainCommand("--keep 2 --steps 2 --run /proc/nowhere/r.h5"),
                                       "info " + model + " --device cuda:99",
                                       "info " + model + " --device tpu",
                                       "info " + model + " --threads -3",
                                       trainCommand("--keep 99999999999999 --steps 2 --run " + folder.file("r.h5")),
                                       "eval " + model + " --data " + data + " --max-examples -1",
                                       "init --labels yes,yes --vocab " + vocab + " --out " + folder.file("m"),
                                       "init --labels yes, --vocab " + vocab + " --out " + folder.file("m"),
                                       "init --labels 1000000 --vocab " + vocab + " --out " + folder.file("m"),
                                       "init --dropout nan --vocab " + vocab + " --out " + folder.file("m"),
                                       trainCommand("--keep 2 --steps 2 --unit group --run " + folder.file("r.h5")),
                                       "generate " + model + " --sample --outputs " + folder.file("x"),
                                       trainCommand("--keep 2 --steps 2 --force --run " + data),
                                       "eval " + model + " --data /dev/zero"}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 1) << arguments;
    EXPECT_EQ(lines(outcome.err), 1) << arguments << "\n" << outcome.err;
  }
}

TEST_F(CommandLine, whatCannotBeWrittenIsSaidBeforeTheWork) {
  const std::string full = folder.file("full");
  std::filesystem::create_directory(full);
  folder.write("full/holiday.txt", "");
  const std::string runFile = folder.file("r.h5");
  EXPECT_EQ(run(trainCommand("--keep 2 --steps 2 --save " + full + " --run " + runFile)).status, 1);
  EXPECT_FALSE(std::filesystem::exists(runFile)) << "nothing was trained";
  const Outcome sample = run("make-sample sentiment-bert --out " + full);
  EXPECT_EQ(sample.status, 1);
  EXPECT_EQ(lines(sample.err), 1) << sample.err;
  ASSERT_EQ(run(trainCommand("--keep 2 --steps 2 --run " + runFile)).status, 0);
  const Outcome swept = run("sweep " + runFile + " --json --out " + folder.file("nowhere/curve.csv"));
  EXPECT_EQ(swept.status, 1);
  EXPECT_EQ(lines(swept.err), 1) << "no progress: " << swept.err;
}

TEST_F(CommandLine, trainsSweepsAndPrunes) {
  const std::string runFile = folder.file("run.h5");
  const Outcome trained = run(trainCommand("--keep 3 --steps 120 --json --run " + runFile));
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Json report = Json::parse(trained.out);
  EXPECT_EQ(report["kept"], 3);
  EXPECT_TRUE(report["exact"].is_boolean());
  EXPECT_EQ(report["projected"], !report["exact"].get<bool>());
  EXPECT_EQ(report["steps"], 120);
  EXPECT_EQ(report["mask"]["format"], "headroom-mask/1");
  EXPECT_EQ(report["weights_sha256"].get<std::string>().size(), 64u);
  for (const char* key : {"live_blocks", "joint_probability", "metric", "full_metric", "resumed_from", "wall_s", "run"})
    EXPECT_TRUE(report.contains(key)) << key;

  const Outcome again = run("train --resume " + runFile + " --json");
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["weights_sha256"], report["weights_sha256"])
      << "a finished run prints its result again";

  const Outcome swept = run("sweep " + runFile + " --json --out " + folder.file("curve.csv"));
  ASSERT_EQ(swept.status, 0) << swept.err;
  const Json curve = Json::parse(swept.out);
  EXPECT_EQ(curve["points"].size(), 9u);
  EXPECT_DOUBLE_EQ(curve["points"][3]["value"], report["metric"]["value"]) << "sweep and report agree at K";

  const std::string pruned = folder.file("pruned");
  const Outcome cut = run("prune " + runFile + " --form compact --data " + data + " --json --out " + pruned);
  ASSERT_EQ(cut.status, 0) << cut.err;
  EXPECT_LE(Json::parse(cut.out)["max_abs_diff"].get<double>(), 1e-5);
  EXPECT_EQ(Json::parse(cut.out)["examples"], 64);
  const Outcome evaluated = run("eval " + pruned + " --data " + data + " --json");
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  EXPECT_DOUBLE_EQ(Json::parse(evaluated.out)["value"], report["metric"]["value"]);
  EXPECT_EQ(run("prune " + runFile + " --form compact --out " + pruned).status, 1)
      << "a model that is there is not overwritten";
}

TEST_F(CommandLine, aRunWithNamedColumnsIsSweptWithoutNamingThemAgain) {
  std::string table = "id\tremark\tverdict\n";
  for (int i = 0; i < 8; ++i)
    table += std::to_string(i) + "\tthe film was good\t1\n" + std::to_string(i) + "\tthe film was bad\t0\n";
  data = folder.write("columns.tsv", table);
  const std::string columns = " --text-column remark --label-column verdict", runFile = folder.file("run.h5");
  const Outcome trained = run(trainCommand("--keep 2 --steps 2 --json --run " + runFile + columns));
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Outcome swept = run("sweep " + runFile + " --json");
  ASSERT_EQ(swept.status, 0) << swept.err;
  EXPECT_EQ(Json::parse(swept.out)["full"]["value"], Json::parse(trained.out)["full_metric"]["value"]);
  EXPECT_EQ(run("prune " + runFile + " --data " + data + columns + " --out " + folder.file("pruned")).status, 0);
}

TEST_F(CommandLine, withoutDevSetTheMetricIsNull) {
  const Outcome trained =
      run("train " + model + " --data " + data + " --method none --steps 2 --json --run " + folder.file("r.h5"));
  ASSERT_EQ(trained.status, 0) << trained.err;
  EXPECT_TRUE(Json::parse(trained.out)["metric"].is_null());
}

/// Starts a process with these as its standard input and output (-1 = its own, and nowhere); returns its pid.
pid_t start(const std::vector<std::string>& arguments, int input = -1, int output = -1) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(output >= 0 ? output : nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  if (input >= 0) ::dup2(input, STDIN_FILENO);
  ::execv(HEADROOM_CLI, argv.data());
  ::_exit(127);
}

/// Returns when the process has taken the signals that were sent to it, or is gone.
void waitUntilTaken(pid_t process) {
  const auto giveUp = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < giveUp) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    const std::string text{std::istreambuf_iterator<char>(status), {}};
    const size_t pending = text.find("ShdPnd:\t");
    if (pending == std::string::npos || text.compare(pending + 8, 16, "0000000000000000") == 0) return;
    std::this_thread::yield();
  }
}

int stopAfterFirstCheckpoint(pid_t child, const std::string& runFile, int signal) {
  const CheckpointFolder checkpoints(runFile);
  const auto giveUp = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (checkpoints.list().empty() && std::chrono::steady_clock::now() < giveUp) std::this_thread::yield();
  ::kill(child, signal);
  waitUntilTaken(child);
  ::kill(child, signal);  // to the process and to its group, as timeout(1) does
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(CommandLine, interruptedAndKilledRunsResumeToTheSameBytes) {
  const Outcome whole =
      run(trainCommand("--keep 3 --steps 400 --checkpoint-every 20 --json --run " + folder.file("whole.h5")));
  ASSERT_EQ(whole.status, 0) << whole.err;
  for (const int signal : {SIGINT, SIGKILL}) {
    const std::string runFile = folder.file("run" + std::to_string(signal) + ".h5");
    const pid_t child =
        start({"headroom-cli", "train", model, "--data", data, "--dev", data, "--batch", "16", "--threads", "1",
               "--keep", "3", "--steps", "400", "--checkpoint-every", "20", "--run", runFile});
    const int status = stopAfterFirstCheckpoint(child, runFile, signal);
    EXPECT_EQ(status, signal == SIGINT ? 130 : 128 + SIGKILL);
    const Outcome resumed = run("train --resume " + runFile + " --threads 1 --json");
    ASSERT_EQ(resumed.status, 0) << resumed.err;
    const Json report = Json::parse(resumed.out);
    EXPECT_GE(report["resumed_from"].get<int>(), 20);
    EXPECT_EQ(report["weights_sha256"], Json::parse(whole.out)["weights_sha256"]);
  }
}

TEST_F(CommandLine, aRunOfAnotherModelIsRefused) {
  const std::string runFile = folder.file("run.h5");
  ASSERT_EQ(run(trainCommand("--keep 3 --steps 4 --run " + runFile)).status, 0);
  std::filesystem::remove_all(model);
  ASSERT_EQ(run("init --layers 2 --heads 4 --hidden 32 --intermediate 64 --labels 2 --seed 5 --vocab " + vocab +
                " --out " + model)
                .status,
            0);
  const Outcome outcome = run("sweep " + runFile);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(lines(outcome.err), 1) << outcome.err;
}

TEST_F(CommandLine, methodsListsWhatEachNeedsAndGives) {
  const Outcome outcome = run("methods --json");
  ASSERT_EQ(outcome.status, 0);
  for (const Json& method : Json::parse(outcome.out)["methods"])
    for (const char* key : {"name", "regime", "needs", "gives"}) EXPECT_TRUE(method.contains(key));
  const std::string text = run("methods").out;
  for (const char* wanted : {"post-hoc; needs labels, gate gradient; gives", "joint training; needs", "needs nothing",
                             "lottery+random", "l0+reopen"})
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
}

TEST_F(CommandLine, interruptedTrainingSaysHowToGoOn) {
  const std::string runFile = folder.file("run.h5"), err = folder.file("err");
  const std::string go = std::string("exec ") + HEADROOM_CLI + " train " + model + " --data " + data +
                         " --keep 3 --steps 100000 --checkpoint-every 5 --run " + runFile + " 2>" + err;
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", "-c", go.c_str(), nullptr);
    ::_exit(127);
  }
  EXPECT_EQ(stopAfterFirstCheckpoint(child, runFile, SIGINT), 130);
  std::ifstream told(err);
  const std::string line{std::istreambuf_iterator<char>(told), {}};
  EXPECT_EQ(line.find("interrupted; the checkpoint of step "), 0u) << line;
  EXPECT_NE(line.find("headroom-cli train --resume " + runFile + "\n"), std::string::npos) << line;
}

TEST_F(CommandLine, tokenizeEndsWhileItWaitsForInput) {
  int input[2], output[2];
  ASSERT_EQ(::pipe2(input, O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(output, O_CLOEXEC), 0);
  const pid_t child = start({"headroom-cli", "tokenize", model}, input[0], output[1]);
  ::close(output[1]);
  // Its answer to the first line shows that it now waits for the second.
  ASSERT_EQ(::write(input[1], "the film\n", 9), 9);
  char answer[64] = {};
  EXPECT_GT(::read(output[0], answer, sizeof answer - 1), 0);
  EXPECT_STREQ(answer, "[2,9,8,3]\n");
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  for (const int end : {input[0], input[1], output[0]}) ::close(end);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
}

TEST_F(CommandLine, tokenizeTakesARunForItsModel) {
  const std::string runFile = folder.file("run.h5"), texts = folder.write("texts", "the film");
  ASSERT_EQ(run(trainCommand("--keep 3 --steps 2 --run " + runFile)).status, 0);
  EXPECT_EQ(run("tokenize " + runFile + " < " + texts).out, "[2,9,8,3]\n");
}

TEST_F(CommandLine, tokenizePrintsOneListALine) {
  const Outcome outcome = run("tokenize " + model + " < " + folder.write("texts", "the film\nGood, BAD\n\n"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "[2,9,8,3]\n[2,5,1,6,3]\n[2,3]\n");
}

}  // namespace
}  // namespace headroom
