// SPDX-License-Identifier: GPL-3.0-or-later
// headroom-cli: the window's jobs without a window. Exit status: 0 done, 1 failed (one line on standard error), 2 wrong
// usage, 130 interrupted (a checkpoint was written first).
#include <iostream>

#include "app/cli/command_line.h"
#include "app/cli/interruption.h"
#include "app/cli/progress_line.h"
#include "core/base/version.h"

namespace headroom::cli {
namespace {

constexpr int kFailed = 1, kUsage = 2, kInterrupted = 130;

void addCommonOptions(CLI::App& app, CommonOptions& options) {
  app.add_flag("--json", options.json, "One JSON object on standard output, progress as JSON lines on standard error");
  app.add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  app.add_option("--device", options.compute.device, "auto, cpu or cuda[:N]")->capture_default_str();
  app.add_option("--threads", options.compute.threads, "Threads on the CPU, 0 = one a core")->capture_default_str();
  app.add_option("--dtype", options.compute.dtype, "float32, or bfloat16 for evaluation")->capture_default_str();
}

std::string oneLine(const std::string& what) { return what.substr(0, what.find('\n')); }

int execute(const Registered& command, const CommonOptions& options, const Interruption& interruption) {
  ProgressLine progress(options.json);
  JobContext context;
  context.stop = interruption.token();
  context.progress = [&progress](const Progress& p) { progress.show(p); };
  try {
    const Result result = command.run(options, context);
    progress.finish();
    if (options.json) {
      std::cout << result.json.dump() << std::endl;
    } else {
      std::cout << result.text << std::flush;
    }
    if (!std::cout) throw Error(ErrorKind::Io, "standard output: cannot write");
    return 0;
  } catch (const Cancelled&) {
    progress.finish();
    std::cerr << "interrupted" << std::endl;
    return kInterrupted;
  } catch (const std::exception& error) {
    progress.finish();
    std::cerr << "headroom-cli: " << oneLine(error.what()) << std::endl;
    const auto* own = dynamic_cast<const Error*>(&error);
    return own && own->kind() == ErrorKind::Usage ? kUsage : kFailed;
  }
}

int run(int argc, char** argv) {
  const Interruption interruption;
  CLI::App app{"Find out which attention heads a transformer needs", "headroom-cli"};
  app.set_version_flag("--version", std::string("headroom ") + kProgramVersion);
  app.require_subcommand(1);
  app.fallthrough();
  CommonOptions options;
  addCommonOptions(app, options);
  std::vector<Registered> commands;
  for (const auto add : {addInfo, addForward, addGenerate, addTokenize, addEval, addInit, addTrain, addSweep, addPrune, addMethods, addMakeSample})
    commands.push_back(add(app));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  for (const Registered& command : commands)
    if (command.parser->parsed()) return execute(command, options, interruption);
  return kUsage;
}

}  // namespace
}  // namespace headroom::cli

int main(int argc, char** argv) { return headroom::cli::run(argc, argv); }
