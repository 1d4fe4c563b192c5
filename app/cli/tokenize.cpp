// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>
#include <limits>

#include "app/cli/command_line.h"
#include "app/cli/input_lines.h"
#include "core/base/error.h"
#include "core/checkpoint/model_config.h"
#include "core/store/run_file.h"
#include "core/text/tokenizer.h"

namespace headroom::cli {

namespace {

struct TokenizeOptions {
  std::string model;
  bool pair = false;
};

nlohmann::ordered_json idsOf(std::string_view text, bool pair, const Tokenizer& tokenizer, std::int64_t line) {
  constexpr int kUncut = std::numeric_limits<int>::max();
  if (!pair) return tokenizer.encode(text, std::nullopt, kUncut).ids;
  const size_t tab = text.find('\t');
  if (tab == std::string_view::npos)
    throw Error(ErrorKind::BadInput,
                "standard input: line " + std::to_string(line) + ": found no TAB, expected two texts separated by one");
  return tokenizer.encode(text.substr(0, tab), text.substr(tab + 1), kUncut).ids;
}

/// Each line's ids are printed at once; --json gathers them for its one object.
Result tokenize(const TokenizeOptions& options, const CommonOptions& common, const JobContext& context) {
  const std::string folder = modelFolderOf(options.model);
  const auto tokenizer = openTokenizer(folder, readModelConfig(folder).vocabulary);
  Result result;
  auto lines = nlohmann::ordered_json::array();
  InputLines input(context);
  while (const auto line = input.next()) {
    nlohmann::ordered_json ids = idsOf(*line, options.pair, *tokenizer, input.count());
    if (common.json) {
      lines.push_back(std::move(ids));
    } else if (!(std::cout << ids.dump() << std::endl)) {
      throw Error(ErrorKind::Io, "standard output: cannot write");
    }
  }
  result.json["ids"] = std::move(lines);
  return result;
}

}  // namespace

Registered addTokenize(CLI::App& app) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App* parser = app.add_subcommand("tokenize", "One text a line from standard input, one JSON list of ids a line");
  parser->add_option("MODEL", options->model, "Folder with configuration and vocabulary, or run file")->required();
  parser->add_flag("--pair", options->pair, "Two texts a line, separated by TAB");
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return tokenize(*options, common, context);
          }};
}

}  // namespace headroom::cli
