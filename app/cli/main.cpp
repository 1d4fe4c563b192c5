// SPDX-License-Identifier: GPL-3.0-or-later
// headroom-cli: the window's jobs without a window. Exit status: 0 done, 1 failed (one line on standard error), 2 wrong
// usage, 130 interrupted (a checkpoint was written first).
#include <charconv>
#include <iostream>
#include <limits>

#include "app/cli/command_line.h"
#include "app/cli/interruption.h"
#include "app/cli/progress_line.h"
#include "core/base/freed_memory.h"
#include "core/base/version.h"

namespace headroom::cli {
namespace {

constexpr int kFailed = 1, kUsage = 2, kInterrupted = 130;

/// CLI11 takes "-1" for a large number, and what is too large for the largest.
std::string checkSeed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error == std::errc() && end == text.data() + text.size()) return {};
  return "found " + text + ", expected a whole number from 0 to " +
         std::to_string(std::numeric_limits<std::uint64_t>::max());
}

void addCommonOptions(CLI::App& app, CommonOptions& options) {
  app.add_flag("--json", options.json, "One JSON object on standard output, progress as JSON lines on standard error");
  app.add_option("--seed", options.seed, "Seed of everything random")->check(checkSeed)->capture_default_str();
  app.add_option("--device", options.compute.device, "auto, cpu or cuda[:N]")->capture_default_str();
  app.add_option("--threads", options.compute.threads, "Threads on the CPU, 0 = one a core")->capture_default_str();
  app.add_option("--dtype", options.compute.dtype, "float32, or bfloat16 for evaluation")->capture_default_str();
}

constexpr const char* kCommonOptions =
    "With every command: --json, --seed, --device, --threads, --dtype; see headroom-cli --help";

std::string oneLine(const std::string& what) { return what.substr(0, what.find('\n')); }

/// Commands that compute nothing refuse a wrong device or type too; `auto` is right without a look at the drivers.
void checkCompute(ComputeSettings settings) {
  if (settings.device == "auto") settings.device = "cpu";
  const Workspace checked(settings);
}

int usageError(const CLI::App& app, const CLI::ParseError& error) {
  const auto used = app.get_subcommands();
  std::cerr << "headroom-cli: " << oneLine(error.what()) << "; see headroom-cli "
            << (used.empty() ? "" : used.front()->get_name() + " ") << "--help" << std::endl;
  return kUsage;
}

int execute(const Registered& command, const CommonOptions& options, const Interruption& interruption) {
  ProgressLine progress(options.json);
  JobContext context;
  context.stop = interruption.token();
  context.progress = [&progress](const Progress& p) { progress.show(p); };
  try {
    checkCompute(options.compute);
    const Result result = command.run(options, context);
    progress.finish();
    if (options.json) {
      std::cout << result.json.dump() << std::endl;
    } else {
      std::cout << result.text << std::flush;
    }
    if (!std::cout) throw Error(ErrorKind::Io, "standard output: cannot write");
    return 0;
  } catch (const Stopped& stopped) {
    progress.finish();
    std::cerr << "interrupted; " << stopped.what() << std::endl;
    return kInterrupted;
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
  for (const auto add : {addInfo,   addForward, addGenerate, addTokenize, addEval,    addInit,      addTrain,
                         addSweep,  addScore,   addRuntime,  addCompare,  addGap,     addLatency,   addPropose,
                         addReport, addPlot,    addPredict,  addPrune,    addMethods, addMakeSample})
    commands.push_back(add(app));
  for (const Registered& command : commands) command.parser->footer(kCommonOptions);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : usageError(app, error);
  }
  for (const Registered& command : commands)
    if (command.parser->parsed()) return execute(command, options, interruption);
  return kUsage;
}

}  // namespace
}  // namespace headroom::cli

int main(int argc, char** argv) {
  headroom::keepFreedMemory();
  return headroom::cli::run(argc, argv);
}
