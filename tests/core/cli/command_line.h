// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/core/base/temporary_folder.h"

namespace headroom::test {

using Json = nlohmann::json;

struct Outcome {
  int status = -1;
  std::string out, err;
};

/// Runs headroom-cli through the shell; standard error goes to a file of its own.
inline Outcome run(const std::string& arguments) {
  const TemporaryFolder folder;
  const std::string command = std::string(HEADROOM_CLI) + " " + arguments + " 2>" + folder.file("err");
  FILE* pipe = ::popen(command.c_str(), "r");
  Outcome outcome;
  char buffer[4096];
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) outcome.out.append(buffer, got);
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::ifstream err(folder.file("err"));
  outcome.err.assign(std::istreambuf_iterator<char>(err), {});
  return outcome;
}

inline std::int64_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

/// A small trained-nothing model with data that it can be trained on.
class CommandLine : public testing::Test {
 protected:
  void SetUp() override {
    std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (const char* word : {"good", "bad", "not", "film", "the", "was"}) vocabulary += std::string(word) + "\n";
    std::string table = "sentence\tlabel\n";
    for (int i = 0; i < 40; ++i) {
      table += "the film was good\t1\nthe film was not good\t0\nthe film was bad\t0\nthe film was not bad\t1\n";
    }
    vocab = folder.write("vocab.txt", vocabulary);
    data = folder.write("train.tsv", table);
    model = folder.file("model");
    ASSERT_EQ(
        run("init --layers 2 --heads 4 --hidden 32 --intermediate 64 --labels 2 --vocab " + vocab + " --out " + model)
            .status,
        0);
  }
  std::string trainCommand(const std::string& more) const {
    return "train " + model + " --data " + data + " --dev " + data + " --batch 16 --threads 1 " + more;
  }

  TemporaryFolder folder;
  std::string vocab, data, model;
};

}  // namespace headroom::test
