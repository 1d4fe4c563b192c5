// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"

namespace headroom::cli {

namespace {

/// "3" = three classes without names, "no,yes" = their names.
std::vector<std::string> parseLabels(const std::string& text) {
  std::vector<std::string> labels;
  if (!text.empty() && text.size() < 6 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    for (int i = 0; i < std::stoi(text); ++i) labels.push_back("LABEL_" + std::to_string(i));
  } else {
    std::istringstream in(text);
    for (std::string label; std::getline(in, label, ',');) labels.push_back(label);
  }
  if (labels.empty()) throw Error(ErrorKind::BadInput, "labels: found \"" + text + "\", expected a number or names separated by commas");
  return labels;
}

}  // namespace

Registered addInit(CLI::App& app) {
  struct Options {
    InitRequest request;
    std::string labels = "2";
  };
  auto options = std::make_shared<Options>();
  InitRequest& request = options->request;
  CLI::App* parser = app.add_subcommand("init", "A fresh random model in Hugging Face layout");
  parser->add_option("--family", request.family, "bert")->capture_default_str();
  parser->add_option("--layers", request.layers)->capture_default_str();
  parser->add_option("--heads", request.heads, "Heads a layer")->capture_default_str();
  parser->add_option("--hidden", request.hidden)->capture_default_str();
  parser->add_option("--intermediate", request.intermediate)->capture_default_str();
  parser->add_option("--max-positions", request.maxPositions, "Longest text in tokens")->capture_default_str();
  parser->add_option("--dropout", request.dropout)->capture_default_str();
  parser->add_option("--labels", options->labels, "Number of classes, or their names separated by commas")->capture_default_str();
  parser->add_option("--vocab", request.vocabularyPath, "vocab.txt")->required();
  parser->add_option("--out", request.outPath, "Folder to write")->required();
  parser->add_flag("--force", request.overwrite, "Replace a model that is there");
  return {parser, [options](const CommonOptions& common, const JobContext&) {
            options->request.seed = common.seed;
            options->request.labels = parseLabels(options->labels);
            const ModelSummary model = initModel(options->request);
            Result result;
            result.json = {{"path", model.path}, {"family", model.family}, {"parameters", model.parameters}, {"heads", model.layout.headCount()}};
            result.text = "wrote " + model.path + ": " + std::to_string(model.parameters) + " parameters, " +
                          std::to_string(model.layout.headCount()) + " heads\n";
            return result;
          }};
}

}  // namespace headroom::cli
