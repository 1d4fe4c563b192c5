// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/checkpoint/families/family.h"

namespace headroom::cli {

namespace {

constexpr int kMostLabels = 100'000;

std::vector<std::string> numberedLabels(const std::string& text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 1 || count > kMostLabels)
    throw Error(ErrorKind::BadInput,
                "labels: found " + text + ", expected 1 to " + std::to_string(kMostLabels) + " classes, or names");
  std::vector<std::string> labels;
  for (int i = 0; i < count; ++i) labels.push_back("LABEL_" + std::to_string(i));
  return labels;
}

/// "3" = three classes without names, "no,yes" = their names.
std::vector<std::string> parseLabels(const std::string& text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) return numberedLabels(text);
  std::vector<std::string> labels;
  std::istringstream in(text + ",");
  for (std::string label; std::getline(in, label, ',');) {
    if (label.empty() || std::find(labels.begin(), labels.end(), label) != labels.end())
      throw Error(ErrorKind::BadInput, "labels: found \"" + text + "\" with " +
                                           (label.empty() ? "an empty name" : label + " twice") +
                                           ", expected a number or different names separated by commas");
    labels.push_back(label);
  }
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
  parser->add_option("--family", request.model.family, "One of " + familyNames())->capture_default_str();
  parser->add_option("--task", request.model.task,
                     "Of bert, roberta and distilbert: classification (one label = numbers to be met), masked-lm or "
                     "question-answering");
  parser->add_option("--layers", request.model.layers)->capture_default_str();
  parser->add_option("--heads", request.model.heads, "Heads a layer")->capture_default_str();
  parser->add_option("--hidden", request.model.hidden)->capture_default_str();
  parser->add_option("--intermediate", request.model.intermediate)->capture_default_str();
  parser->add_option("--max-positions", request.model.maxPositions, "Longest text in tokens")->capture_default_str();
  parser->add_option("--dropout", request.model.dropout)->capture_default_str();
  parser->add_option("--labels", options->labels, "Number of classes, or their names separated by commas")
      ->capture_default_str();
  parser->add_option("--decoder-layers", request.model.decoderLayers,
                     "Of encoder-decoders (default: as many as --layers)");
  parser->add_option("--kv-heads", request.model.kvHeads,
                     "Key/value heads a layer, for grouped-query attention (default: as many as --heads)");
  parser->add_option("--image-size", request.model.imageSize, "Pixels a side (vit)")->capture_default_str();
  parser->add_option("--patch-size", request.model.patchSize, "Pixels a side of a patch (vit)")->capture_default_str();
  parser->add_option("--channels", request.model.channels, "1 = grey, 3 = colour (vit)")->capture_default_str();
  parser->add_option("--vocab", request.vocabularyPath,
                     "vocab.txt or another tokenizer file, or a folder with the tokenizer's files");
  parser->add_option("--out", request.outPath, "Folder to write")->required();
  parser->add_flag("--force", request.overwrite, "Replace a model that is there");
  return {parser, [options](const CommonOptions& common, const JobContext&) {
            options->request.seed = common.seed;
            options->request.model.labels = parseLabels(options->labels);
            const ModelSummary model = initModel(options->request);
            Result result;
            result.json = {{"path", model.path},
                           {"family", model.family},
                           {"parameters", model.parameters},
                           {"heads", model.layout.headCount()}};
            result.text = "wrote " + model.path + ": " + std::to_string(model.parameters) + " parameters, " +
                          std::to_string(model.layout.headCount()) + " heads\n";
            return result;
          }};
}

}  // namespace headroom::cli
