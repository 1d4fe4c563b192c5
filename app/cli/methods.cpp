// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "core/jobs/compared_methods.h"
#include "core/jobs/score_heads.h"

namespace headroom::cli {

namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? "nothing" : text;
}

/// Two lines: what the method does, and what it is, needs and gives.
std::string textOf(const MethodInfo& method) {
  constexpr size_t kColumn = 15;
  const std::string gap(method.name.size() < kColumn ? kColumn - method.name.size() : 1, ' ');
  return method.name + gap + method.description + "\n" + std::string(kColumn, ' ') + method.regime + "; needs " +
         joined(method.needs) + "; gives " + joined(method.gives) + "\n";
}

/// The names that only `compare` knows.
std::string variantsText() {
  std::vector<std::string> names;
  for (const MethodInfo& method : comparedMethods())
    if (method.name.find('+') != std::string::npos) names.push_back(method.name);
  return "compare also takes " + joined(names) + ", and options of scores behind their names (compare --help)\n";
}

}  // namespace

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
              result.text += textOf(method);
            }
            result.text += variantsText();
            return result;
          }};
}

}  // namespace headroom::cli
