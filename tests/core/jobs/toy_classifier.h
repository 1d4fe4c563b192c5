// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/jobs/requests.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom::test {

/// A fresh BERT of 3 layers x 4 heads and sentences that it can learn, in files.
struct ToyClassifier {
  explicit ToyClassifier(const TemporaryFolder& folder) {
    std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (const char* word : {"good", "bad", "not", "film", "the", "was"}) vocabulary += std::string(word) + "\n";
    std::string table = "sentence\tlabel\n";
    for (int i = 0; i < 40; ++i)
      table += "the film was good\t1\nthe film was not good\t0\nthe film was bad\t0\nthe film was not bad\t1\n";
    data = folder.write("data.tsv", table);
    InitRequest init;
    init.model.layers = 3;
    init.model.heads = 4;
    init.model.hidden = 32;
    init.model.intermediate = 64;
    init.vocabularyPath = folder.write("vocab.txt", vocabulary);
    init.outPath = model = folder.file("model");
    (void)initModel(init);
  }
  std::string model, data;
};

/// The same, open with its data in a workspace of its own.
struct OpenToyClassifier {
  OpenToyClassifier() { open(files.model); }
  void open(const std::string& model) {
    layout = openModel(workspace, {model}, {}).layout;
    (void)openData(workspace, {files.data, files.data, {}, {}, 16, 0}, {});
  }

  TemporaryFolder folder;
  ToyClassifier files{folder};
  Workspace workspace{{"cpu", "float32", 1}};
  HeadLayout layout;
};

}  // namespace headroom::test
