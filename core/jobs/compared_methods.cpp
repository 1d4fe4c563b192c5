// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compared_methods.h"

#include <algorithm>
#include <charconv>

#include "core/base/error.h"
#include "core/jobs/lottery.h"
#include "core/jobs/score_heads.h"
#include "core/methods/method_table.h"

namespace headroom {

namespace {

constexpr const char* kLora = "lora";

template <typename T>
T numberIn(const std::string& text) {
  T number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size())
    throw Error(ErrorKind::BadInput, "compare: found \"" + text + "\" behind a method's name, expected a number");
  return number;
}

/// What may stand behind the name of a method that judges.
struct VariantOption {
  std::string name;
  std::vector<std::string> methods;
  bool takesValue;
  void (*set)(ScoreOptions& options, const std::string& value);
};

const std::vector<VariantOption>& variantOptions() {
  using Text = const std::string&;
  static const std::vector<std::string> searches{"leave-one-out", "shapley", "greedy", "a-star", "evolutionary"};
  static const std::vector<VariantOption> table{
      {"absolute", {"taylor"}, true, [](ScoreOptions& o, Text value) { o.absolute = value; }},
      {"normalise", {"taylor"}, false, [](ScoreOptions& o, Text) { o.normalise = true; }},
      {"gradient-steps", {"taylor"}, true, [](ScoreOptions& o, Text value) { o.steps = numberIn<int>(value); }},
      {"salience", {"group-taylor"}, true, [](ScoreOptions& o, Text value) { o.salience = value; }},
      {"over-all-blocks", {"group-taylor"}, false, [](ScoreOptions& o, Text) { o.uniform = false; }},
      {"norm", {"output-norm"}, true, [](ScoreOptions& o, Text value) { o.norm = value; }},
      {"value", searches, true, [](ScoreOptions& o, Text value) { o.value = value; }},
      {"permutations", {"shapley"}, true, [](ScoreOptions& o, Text value) { o.permutations = numberIn<int>(value); }},
      {"truncate", {"shapley"}, true, [](ScoreOptions& o, Text value) { o.truncate = numberIn<double>(value); }},
      {"beam", {"a-star"}, true, [](ScoreOptions& o, Text value) { o.beam = numberIn<int>(value); }},
      {"population", {"evolutionary"}, true, [](ScoreOptions& o, Text value) { o.population = numberIn<int>(value); }},
      {"generations", {"evolutionary"}, true, [](ScoreOptions& o, Text value) {
         o.generations = numberIn<int>(value);
       }}};
  return table;
}

bool takes(const VariantOption& option, const std::string& method) {
  return std::find(option.methods.begin(), option.methods.end(), method) != option.methods.end();
}

Error noSuchOption(const std::string& method, const std::string& option) {
  std::string names = std::string(" or with one of +") + kLora;
  for (const VariantOption& each : variantOptions())
    if (takes(each, method)) names += ", +" + each.name + (each.takesValue ? "=VALUE" : "");
  return {ErrorKind::BadInput,
          "compare: found method \"" + method + "+" + option + "\", expected " + method + " alone" + names};
}

void applyOption(const std::string& method, const std::string& text, ScoreOptions& options) {
  const size_t equals = text.find('=');
  const bool hasValue = equals != std::string::npos;
  for (const VariantOption& each : variantOptions())
    if (each.name == text.substr(0, equals) && takes(each, method) && each.takesValue == hasValue)
      return each.set(options, hasValue ? text.substr(equals + 1) : "");
  throw noSuchOption(method, text);
}

/// Throws Error(BadInput) naming the methods that choose heads where there is none of this name.
void requireKnown(const std::string& method) {
  std::string names;
  for (const MethodInfo& each : allMethods()) {
    if (each.name == method) return;
    if (each.gates || each.regime != "joint training") names += (names.empty() ? "" : ", ") + each.name;
  }
  throw Error(ErrorKind::BadInput, "compare: found method \"" + method + "\", expected one of " + names);
}

bool trainsGates(const std::string& method) {
  const auto& table = methodTable();
  return std::any_of(table.begin(), table.end(),
                     [&](const MethodInfo& each) { return each.gates && each.name == method; });
}

std::vector<std::string> splitAtPlus(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '+')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

Error noSuchTicket(const std::string& name) {
  std::string known = lotteryInfo().name;
  for (const MethodInfo& ticket : otherTickets()) known += ", " + ticket.name;
  return {ErrorKind::BadInput, "compare: found method \"" + name + "\", expected one of " + known};
}

MethodInfo byLora(MethodInfo info) {
  info.name += std::string("+") + kLora;
  info.title += ", recovered by LoRA";
  info.description +=
      " Then low-rank adapters of queries and values are trained, and a classifier's head, instead of all weights.";
  info.needs.push_back("training");
  return info;
}

}  // namespace

MethodVariant variantOf(const std::string& name) {
  if (ticketKind(name)) return {name};  // other tickets are methods of their own
  std::vector<std::string> parts = splitAtPlus(name);
  MethodVariant variant{parts.front()};
  parts.erase(parts.begin());
  requireKnown(variant.method);
  if (parts.empty()) return variant;
  if (isScoringMethod(variant.method)) {
    variant.lora = std::erase(parts, kLora) > 0;
    variant.options = std::move(parts);
    requireValid(optionsOf(variant, {}));
    return variant;
  }
  if (variant.method == lotteryInfo().name) throw noSuchTicket(name);
  const std::string& option = parts.front();
  if (parts.size() != 1 || (option != "reopen" && option != "no-reopen") || !trainsGates(variant.method))
    throw Error(
        ErrorKind::BadInput,
        "compare: found method \"" + name +
            "\", expected one that trains gates before +reopen or +no-reopen, or one that judges a trained model "
            "before +lora");
  variant.reopen = option == "reopen";
  return variant;
}

ScoreOptions optionsOf(const MethodVariant& variant, ScoreOptions asked) {
  for (const std::string& option : variant.options) applyOption(variant.method, option, asked);
  return asked;
}

std::vector<MethodInfo> comparedMethods() {
  std::vector<MethodInfo> methods = allMethods();
  for (MethodInfo& ticket : otherTickets()) methods.push_back(std::move(ticket));
  const auto asItsAuthors =
      std::find_if(methods.begin(), methods.end(), [](const auto& m) { return m.name == "taylor-3"; });
  methods.push_back(byLora(*asItsAuthors));
  for (const MethodInfo& method : methodTable()) {
    if (!method.gates) continue;
    methods.push_back(method);
    methods.back().name += method.reopens ? "+no-reopen" : "+reopen";
    methods.back().title += method.reopens ? " without reopening" : " with reopening";
  }
  return methods;
}

}  // namespace headroom
