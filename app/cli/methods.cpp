// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "core/jobs/score_heads.h"

namespace headroom::cli {

Registered addMethods(CLI::App& app) {
  CLI::App* parser = app.add_subcommand("methods", "The ways to choose heads, what each needs and gives");
  return {parser, [](const CommonOptions&, const JobContext&) {
            Result result;
            result.json["methods"] = nlohmann::ordered_json::array();
            for (const MethodInfo& method : allMethods()) {
              result.json["methods"].push_back({{"name", method.name},
                                                {"title", method.title},
                                                {"description", method.description},
                                                {"regime", method.regime},
                                                {"needs", method.needs},
                                                {"gives", method.gives}});
              result.text += method.name + std::string(method.name.size() < 15 ? 15 - method.name.size() : 1, ' ') +
                             method.description + "\n";
            }
            return result;
          }};
}

}  // namespace headroom::cli
