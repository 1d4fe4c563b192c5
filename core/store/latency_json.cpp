// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/latency_json.h"

#include <nlohmann/json.hpp>

#include "core/checkpoint/json_text.h"
#include "core/store/json_fields.h"

namespace headroom {

using nlohmann::json;

namespace {

/// The table's own values; blocks and rests are lists of objects.
template <typename Table, typename Visit>
void visitTable(Table& t, Visit&& visit) {
  visit("batch", t.settings.batch);
  visit("length", t.settings.length);
  visit("seconds_at_most", t.settings.secondsAtMost);
  visit("seed", t.settings.seed);
  visit("device", t.device);
  visit("dtype", t.dtype);
  visit("machine", t.machine);
  visit("threads", t.threads);
  visit("libtorch", t.libtorch);
  visit("measured", t.measured);
  visit("ends_ms", t.endsMs);
  visit("spread", t.spread);
  visit("drift", t.drift);
  visit("busy", t.busy);
}

template <typename Costs, typename Visit>
void visitCosts(Costs& c, Visit&& visit) {
  visit("blocks", c.group);
  visit("heads", c.heads);
  visit("ms", c.ms);
  visit("kv_head_ms", c.keyValueMs);
  visit("group_size", c.groupSize);
}

constexpr const char* stackName(Stack stack) { return stack == Stack::Encoder ? "encoder" : "decoder"; }

Stack stackNamed(const std::string& name, const std::string& where) {
  for (const Stack stack : {Stack::Encoder, Stack::Decoder})
    if (name == stackName(stack)) return stack;
  throw Error(ErrorKind::BadFile, where + ": field stack: found " + shown(name) + ", expected encoder or decoder");
}

const json& listIn(const json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array())
    throw Error(ErrorKind::BadFile, where + ": field " + key + ": found " +
                                        (found == object.end() ? "none" : foundText(*found)) + ", expected a list");
  return *found;
}

}  // namespace

json toJson(const LatencyTable& table) {
  json object = json::object();
  visitTable(table, JsonFieldWriter(object));
  object["table"] = json::array();
  for (const BlockCosts& costs : table.blocks) {
    json item = json::object();
    visitCosts(costs, JsonFieldWriter(item));
    // For other programs: this one draws the line through the times anew.
    item["intercept"] = numberToJson(costs.intercept);
    item["slope"] = numberToJson(costs.slope);
    object["table"].push_back(item);
  }
  object["rest_of_layer"] = json::array();
  for (const LayerRest& rest : table.rests)
    object["rest_of_layer"].push_back(
        {{"stack", stackName(rest.stack)}, {"layers", rest.layers}, {"ms", numberToJson(rest.ms)}});
  return object;
}

LatencyTable latencyFromJson(const json& object, const HeadLayout& layout, const std::string& where) {
  LatencyTable table;
  visitTable(table, JsonFieldReader(object, where));
  for (const json& item : listIn(object, "table", where))
    visitCosts(table.blocks.emplace_back(), JsonFieldReader(item, where + ": table"));
  for (const json& item : listIn(object, "rest_of_layer", where)) {
    const JsonFieldReader read(item, where + ": rest_of_layer");
    std::string stack;
    LayerRest rest;
    read("stack", stack);
    read("layers", rest.layers);
    read("ms", rest.ms);
    rest.stack = stackNamed(stack, where + ": rest_of_layer");
    table.rests.push_back(rest);
  }
  const std::string wrong = table.misfit(layout);
  if (!wrong.empty()) throw Error(ErrorKind::BadFile, where + ": " + wrong + "; the file is damaged, copy it again");
  for (BlockCosts& costs : table.blocks) costs.fit();
  return table;
}

}  // namespace headroom
