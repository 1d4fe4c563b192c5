// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_json.h"

#include <nlohmann/json.hpp>

#include "core/checkpoint/json_text.h"
#include "core/store/json_fields.h"

namespace headroom {

using nlohmann::json;

namespace {

constexpr int kMostHeads = 1 << 16;

template <typename Settings, typename Visit>
void visitSettings(Settings& s, Visit&& visit) {
  visit("method", s.method);
  visit("keep", s.keep);
  visit("unit", s.unit);
  visit("steps", s.steps);
  visit("epochs", s.epochs);
  visit("batch", s.batch);
  visit("max_length", s.maxLength);
  visit("lr", s.lr);
  visit("gate_lr", s.gateLr);
  visit("weight_decay", s.weightDecay);
  visit("adam_beta2", s.adamBeta2);
  visit("label_smoothing", s.labelSmoothing);
  visit("warmup", s.warmup);
  visit("lr_hold", s.lrHold);
  visit("inverse_root", s.inverseRoot);
  visit("grad_clip", s.gradClip);
  visit("freeze_weights", s.freezeWeights);
  visit("recover", s.recover);
  visit("seed", s.seed);
  visit("published", s.published);
  visit("per_epoch", s.perEpoch);
  visit("base_loss", s.baseLoss);
  visit("lambda", s.lambda);
  visit("lambda_searched", s.lambdaSearched);
  visit("lambda_warmup", s.lambdaWarmup);
  visit("gate_start", s.gateStart);
  visit("hard_gates", s.hardGates);
  visit("scale_by_open", s.scaleByOpen);
  visit("lambda_cap", s.lambdaCap);
  visit("concentrator_cap", s.concentratorCap);
  visit("clip_at", s.clipAt);
  visit("reopen", s.reopen);
  visit("events_at", s.eventsAt);
  visit("confidence_every", s.confidenceEvery);
  visit("checkpoint_every", s.checkpointEvery);
}

template <typename Metric, typename Visit>
void visitMetric(Metric& m, Visit&& visit) {
  visit("name", m.name);
  visit("value", m.value);
  visit("low", m.low);
  visit("high", m.high);
  visit("examples", m.examples);
}

template <typename Difference, typename Visit>
void visitDifference(Difference& d, Visit&& visit) {
  visit("value", d.value);
  visit("low", d.low);
  visit("high", d.high);
  visit("gained", d.gained);
  visit("lost", d.lost);
}

/// The report's own numbers; settings, mask and metrics are objects of their own.
template <typename Report, typename Visit>
void visitReport(Report& r, Visit&& visit) {
  visit("exact", r.exact);
  visit("projected", r.projected);
  visit("joint_probability", r.jointProbability);
  visit("loss", r.loss);
  visit("steps", r.steps);
  visit("steps_total", r.stepsTotal);
  visit("resumed_from", r.resumedFrom);
  visit("wall_s", r.wallSeconds);
  visit("full_parameters", r.fullParameters);
  visit("kept_parameters", r.keptParameters);
  visit("weights_sha256", r.weightsSha256);
  visit("run", r.runPath);
  visit("finished", r.finished);
}

const json& member(const json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end()) throw Error(ErrorKind::BadFile, where + ": field " + key + " is missing");
  return *found;
}

BlockId blockIdFromJson(const std::string& group, int layer, const std::string& where) {
  for (const Stack stack : {Stack::Encoder, Stack::Decoder})
    for (const AttentionKind kind : {AttentionKind::Self, AttentionKind::Cross})
      if (blockGroupName({stack, kind, layer}) == group) return {stack, kind, layer};
  throw Error(ErrorKind::BadFile, where + ": found attention blocks named " + shown(group) +
                                      ", expected encoder.self, decoder.self or decoder.cross");
}

/// Key/value heads are read in order, each by one query head at least.
bool readsAllKeyValues(const AttentionBlock& block) {
  if (block.kvHeads > block.heads || (block.kvHeads == 0) != (block.heads == 0)) return false;
  if (block.kvOf.empty()) return true;
  int last = 0;
  for (const int each : block.kvOf) {
    if (each != last && each != last + 1) return false;
    last = each;
  }
  return static_cast<int>(block.kvOf.size()) == block.heads && block.kvOf.front() == 0 && last == block.kvHeads - 1;
}

}  // namespace

json toJson(double value) { return numberToJson(value); }

json toJson(const TrainSettings& settings) {
  json object = json::object();
  visitSettings(settings, JsonFieldWriter(object));
  return object;
}

json toJson(const MetricValue& metric) {
  json object = json::object();
  visitMetric(metric, JsonFieldWriter(object));
  return object;
}

json toJson(const PairedDifference& difference) {
  json object = json::object();
  visitDifference(difference, JsonFieldWriter(object));
  return object;
}

json toJson(const HeadLayout& layout) {
  json list = json::array();
  for (const AttentionBlock& block : layout.blocks()) {
    list.push_back({{"group", blockGroupName(block.id)},
                    {"layer", block.id.layer},
                    {"heads", block.heads},
                    {"kv_heads", block.kvHeads}});
    if (!block.kvOf.empty()) list.back()["kv_of"] = block.kvOf;
  }
  return list;
}

json toJson(const TrainReport& report) {
  json object = json::object();
  visitReport(report, JsonFieldWriter(object));
  object["settings"] = toJson(report.settings);
  object["metric"] = toJson(report.metric);
  object["full_metric"] = toJson(report.fullMetric);
  if (report.toFull) object["to_full"] = toJson(*report.toFull);
  json kept = json::array();
  for (int head = 0; head < report.mask.headCount(); ++head)
    if (report.mask.kept(head)) kept.push_back(head);
  object["kept_heads"] = kept;
  return object;
}

TrainSettings settingsFromJson(const json& object, const std::string& where) {
  TrainSettings settings;
  visitSettings(settings, JsonFieldReader(object, where));
  return settings;
}

MetricValue metricFromJson(const json& object, const std::string& where) {
  MetricValue metric;
  visitMetric(metric, JsonFieldReader(object, where));
  return metric;
}

PairedDifference differenceFromJson(const json& object, const std::string& where) {
  PairedDifference difference;
  visitDifference(difference, JsonFieldReader(object, where));
  return difference;
}

HeadLayout layoutFromJson(const json& list, const std::string& where) {
  if (!list.is_array() || list.size() > kMostHeads)
    throw Error(ErrorKind::BadFile, where + ": found no list of blocks");
  std::vector<AttentionBlock> blocks;
  std::int64_t total = 0;
  for (const json& item : list) {
    std::string group;
    AttentionBlock block;
    const JsonFieldReader read(item, where);
    read("group", group);
    read("layer", block.id.layer);
    read("heads", block.heads);
    block.kvHeads = block.heads;
    read("kv_heads", block.kvHeads);
    read("kv_of", block.kvOf);
    block.id = blockIdFromJson(group, block.id.layer, where);
    total += block.heads;
    if (block.id.layer < 0 || block.heads < 0 || block.kvHeads < 0 || block.kvHeads > kMostHeads || total > kMostHeads)
      throw Error(ErrorKind::BadFile, where + ": found " + std::to_string(block.heads) + " heads in " + group +
                                          " layer " + std::to_string(block.id.layer) + ", expected 0 to " +
                                          std::to_string(kMostHeads) + " in all");
    if (!readsAllKeyValues(block))
      throw Error(ErrorKind::BadFile, where + ": found " + std::to_string(block.kvHeads) + " key/value heads for " +
                                          std::to_string(block.heads) + " heads in " + group + " layer " +
                                          std::to_string(block.id.layer) + ", expected each to be read by a head");
    blocks.push_back(block);
  }
  return HeadLayout(std::move(blocks));
}

TrainReport reportFromJson(const json& object, const HeadLayout& layout, const std::string& where) {
  TrainReport report;
  const JsonFieldReader read(object, where);
  visitReport(report, read);
  report.settings = settingsFromJson(member(object, "settings", where), where + ": settings");
  report.metric = metricFromJson(member(object, "metric", where), where + ": metric");
  report.fullMetric = metricFromJson(member(object, "full_metric", where), where + ": full_metric");
  if (object.contains("to_full")) report.toFull = differenceFromJson(object["to_full"], where + ": to_full");
  std::vector<int> kept;
  read("kept_heads", kept);
  report.mask = HeadMask(layout, false);
  for (const int head : kept) {
    if (head < 0 || head >= layout.headCount())
      throw Error(ErrorKind::BadFile, where + ": field kept_heads: found head " + std::to_string(head) +
                                          ", expected 0 to " + std::to_string(layout.headCount() - 1));
    report.mask.set(head, true);
  }
  return report;
}

}  // namespace headroom
