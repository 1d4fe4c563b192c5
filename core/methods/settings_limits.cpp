// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/settings_limits.h"

#include <cmath>
#include <cstdio>

#include "core/base/error.h"
#include "core/gates/hard_concrete.h"

namespace headroom {

namespace {

std::string number(double value) {
  if (std::isnan(value)) return "nan";
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

void requireValid(const TrainSettings& s) {
  const auto require = [](bool good, const std::string& what, const std::string& found, const std::string& expected) {
    if (!good) throw Error(ErrorKind::BadInput, what + ": found " + found + ", expected " + expected);
  };
  require(s.batch > 0 && s.batch <= 65536, "batch", std::to_string(s.batch), "1 to 65536 examples");
  require(s.lr >= 0 && s.lr < 1e3, "learning rate", number(s.lr), "0 to 1000");
  require(s.gateLr >= 0 && s.gateLr < 1e3, "gate learning rate", number(s.gateLr), "0 to 1000");
  require(s.weightDecay >= 0 && std::isfinite(s.weightDecay), "weight decay", number(s.weightDecay), "0 or more");
  require(s.warmup >= 0 && s.warmup <= 1, "warmup", number(s.warmup), "a share of the steps, 0 to 1");
  require(s.lrHold >= 0 && s.lrHold <= 1, "lr_hold", number(s.lrHold), "a share of the steps, 0 to 1");
  require(s.lambda >= 0 && s.lambda < 1e6, "lambda", number(s.lambda), "0 to 1000000");
  require(s.lambdaWarmup >= 0 && s.lambdaWarmup <= 1, "lambda_warmup", number(s.lambdaWarmup),
          "a share of the steps, 0 to 1");
  require(std::abs(s.gateStart) <= 100, "gate_start", number(s.gateStart), "a log alpha, -100 to 100");
  require(s.recover >= 0 && s.recover <= 100'000'000, "recover", std::to_string(s.recover), "0 to 100000000 steps");
  require(s.method != "l0" || !s.scaleByOpen || s.recover > 0, "scale_by_open", "0 steps of recovery",
          "some (--recover): with the gates their factor goes, and the weights have to learn that");
  require(s.lambdaCap > 0, "lambda cap", number(s.lambdaCap), "more than 0");
  require(s.checkpointEvery >= 0, "steps between checkpoints", std::to_string(s.checkpointEvery),
          "1 or more (0 = only when stopped)");
  require(s.steps >= 0 && s.steps <= 100'000'000, "steps", std::to_string(s.steps), "0 (by epochs) to 100000000");
  require(s.steps > 0 || (s.epochs > 0 && s.epochs < 1e5), "epochs", number(s.epochs),
          "more than 0 and less than 100000");
  require(s.gradClip >= 0, "gradient clip", number(s.gradClip), "0 (none) or more");
  require(s.clipAt >= hard_concrete::kSettled, "clip at", number(s.clipAt), "at least 2.4");
}

}  // namespace headroom
