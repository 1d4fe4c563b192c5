// SPDX-License-Identifier: GPL-3.0-or-later
#include <iostream>
#include <limits>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/checkpoint/model_config.h"
#include "core/text/tokenizer.h"

namespace headroom::cli {

Registered addTokenize(CLI::App& app) {
  struct Options {
    std::string model;
    bool pair = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* parser = app.add_subcommand("tokenize", "One text a line from standard input, one JSON list of ids a line");
  parser->add_option("MODEL", options->model, "Folder with configuration and vocabulary")->required();
  parser->add_flag("--pair", options->pair, "Two texts a line, separated by TAB");
  return {parser, [options](const CommonOptions&, const JobContext& context) {
            const auto tokenizer = openTokenizer(options->model, readModelConfig(options->model).vocabulary);
            constexpr int kUncut = std::numeric_limits<int>::max();
            Result result;
            auto lines = nlohmann::ordered_json::array();
            for (std::string line; std::getline(std::cin, line);) {
              context.checkStop();
              const size_t tab = options->pair ? line.find('\t') : std::string::npos;
              if (options->pair && tab == std::string::npos)
                throw Error(ErrorKind::BadInput, "standard input: line " + std::to_string(lines.size() + 1) + ": found no TAB, expected two texts separated by one");
              const std::string_view text = line;
              const auto second = tab == std::string::npos ? std::optional<std::string_view>() : text.substr(tab + 1);
              lines.push_back(tokenizer->encode(text.substr(0, tab), second, kUncut).ids);
              result.text += lines.back().dump() + "\n";
            }
            result.json["ids"] = std::move(lines);
            return result;
          }};
}

}  // namespace headroom::cli
