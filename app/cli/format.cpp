// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include "app/cli/command_line.h"
#include "core/base/error.h"

namespace headroom::cli {

std::string describe(const MetricValue& metric) {
  char text[128];
  std::snprintf(text, sizeof text, "%.1f %% (95 %% interval %.1f to %.1f, %lld examples)", 100 * metric.value,
                100 * metric.low, 100 * metric.high, static_cast<long long>(metric.examples));
  return text;
}

std::string describePlain(const MetricValue& metric) {
  char text[160];
  std::snprintf(text, sizeof text, "%s %.4g (95 %% interval %.4g to %.4g, %lld examples)", metric.name.c_str(),
                metric.value, metric.low, metric.high, static_cast<long long>(metric.examples));
  return text;
}

nlohmann::ordered_json toJson(const TypeDisagreement& found) {
  return {{"dtype", found.dtype},
          {"examples", found.examples},
          {"predictions", found.predictions},
          {"differing", found.differing},
          {"differing_share", found.share()},
          {"largest_logit_difference", found.largestLogitDifference},
          {"metric", found.metric.name},
          {"value", found.metric.value},
          {"value_float32", found.float32.value},
          {"difference", found.metric.value - found.float32.value}};
}

std::string describe(const TypeDisagreement& found) {
  char text[256];
  std::snprintf(
      text, sizeof text,
      "%s against float32 on %lld examples: %.2f %% of %lld predictions differ, logits by at most %.2g, %s by %+.4f\n",
      found.dtype.c_str(), static_cast<long long>(found.examples), 100 * found.share(),
      static_cast<long long>(found.predictions), found.largestLogitDifference, found.metric.name.c_str(),
      found.metric.value - found.float32.value);
  return text;
}

HeadUnits unitsOf(const HeadLayout& layout, const std::string& unit) {
  if (unit != "head" && unit != "group")
    throw Error(ErrorKind::Usage, "--unit: found \"" + unit + "\", expected head or group");
  try {
    return {layout, unit};
  } catch (const Error& error) {
    throw Error(error.kind(), std::string("--").append(error.what()));
  }
}

CLI::Option* addUnitOption(CLI::App& parser, std::string& unit) {
  return parser
      .add_option("--unit", unit,
                  "What is pruned at once: head, or group: a key/value head with all query heads that read it "
                  "(grouped-query attention)")
      ->capture_default_str();
}

std::string keyValuesText(const HeadMask& mask) {
  if (!mask.layout().grouped()) return "";
  return " on " + std::to_string(mask.keptKeyValueCount()) + " of " +
         std::to_string(mask.layout().keyValueHeadCount()) + " key/value heads";
}

std::string methodNamed(const std::string& name) {
  if (name == "lrp") return "relevance";
  return name == "lagrangian-l0" ? "lagrangian" : name;
}

void addColumnOptions(CLI::App& parser, ColumnOptions& columns) {
  parser.add_option("--text-column", columns.texts, "Column of the text; give two for pairs (default: guessed)")
      ->expected(1, 2);
  parser.add_option("--label-column", columns.label, "Column of the label (default: guessed)");
}

int lengthToTime(std::optional<int> wish, const std::string& model) {
  constexpr int kUsual = 128;
  if (wish) return *wish;
  const int most = describeModel(model).maxPositions;
  return most > 0 ? std::min(kUsual, most) : kUsual;
}

}  // namespace headroom::cli
