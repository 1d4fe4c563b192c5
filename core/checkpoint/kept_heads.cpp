// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/kept_heads.h"

#include "core/checkpoint/json_text.h"

namespace headroom {

namespace {

using Kept = std::vector<std::vector<int>>;

std::vector<int> headsLeft(int all, const std::vector<bool>& pruned) {
  std::vector<int> left;
  for (int head = 0; head < all; ++head)
    if (!pruned[static_cast<size_t>(head)]) left.push_back(head);
  return left;
}

/// An array of distinct heads of a block, as one flag a head.
std::vector<bool> readHeadSet(const ConfigFields& fields, const std::string& field, const nlohmann::json& heads,
                              int all) {
  if (!heads.is_array()) fields.fail(field, foundText(heads), "an array of heads");
  std::vector<bool> named(static_cast<size_t>(all), false);
  for (const nlohmann::json& head : heads) {
    const bool inRange = head.is_number_unsigned() && head.get<std::uint64_t>() < static_cast<std::uint64_t>(all);
    if (!inRange) fields.fail(field, foundText(head), "heads from 0 to " + std::to_string(all - 1));
    if (named[head.get<size_t>()]) fields.fail(field, "head " + foundText(head) + " twice", "every head once");
    named[head.get<size_t>()] = true;
  }
  return named;
}

// {"0": [1, 3], ...}: layer -> heads that are gone. Hugging Face has it for models of one stack only.
void readPrunedHeads(const ConfigFields& fields, const std::vector<AttentionBlock>& blocks, Kept& kept) {
  const nlohmann::json* value = fields.find("pruned_heads");
  if (value == nullptr) return;
  if (!value->is_object()) fields.fail("pruned_heads", foundText(*value), "an object of layers");
  for (const auto& [key, heads] : value->items()) {
    const auto layer = wholeNumber(key);
    if (!layer || static_cast<size_t>(*layer) >= blocks.size())
      fields.fail("pruned_heads", "layer " + shown(key), "layers from 0 to " + std::to_string(blocks.size() - 1));
    const std::string field = "pruned_heads: layer " + shown(key);
    const int all = blocks[static_cast<size_t>(*layer)].heads;
    kept[static_cast<size_t>(*layer)] = headsLeft(all, readHeadSet(fields, field, heads, all));
  }
}

// [4, 2, ...]: how many are left; pruned_heads may know which.
void readHeadsPerLayer(const ConfigFields& fields, const nlohmann::json& counts,
                       const std::vector<AttentionBlock>& blocks, Kept& kept) {
  const std::string field = "headroom: heads_per_layer";
  if (!counts.is_array() || counts.size() != blocks.size())
    fields.fail(field, counts.is_array() ? std::to_string(counts.size()) + " numbers" : foundText(counts),
                "one number for each of " + std::to_string(blocks.size()) + " layers");
  for (size_t layer = 0; layer < counts.size(); ++layer) {
    const nlohmann::json& count = counts[layer];
    const int all = blocks[layer].heads;
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() > static_cast<std::uint64_t>(all))
      fields.fail(field, foundText(count), "0 to " + std::to_string(all) + " heads");
    if (kept[layer].size() == count.get<size_t>()) continue;
    std::vector<bool> pruned(static_cast<size_t>(all), true);
    for (size_t head = 0; head < count.get<size_t>(); ++head) pruned[head] = false;
    kept[layer] = headsLeft(all, pruned);
  }
}

// {"encoder.self": [[0, 2], [], ...], ...}: the heads that are left, numbered as in the unpruned model.
void readKeptByGroup(const ConfigFields& fields, const nlohmann::json& groups,
                     const std::vector<AttentionBlock>& blocks, Kept& kept) {
  if (!groups.is_object()) fields.fail("headroom: kept_heads", foundText(groups), "an object of attention groups");
  for (size_t block = 0; block < blocks.size(); ++block) {
    const BlockId& id = blocks[block].id;
    const std::string group = blockGroupName(id), field = "headroom: kept_heads: " + group;
    const auto layers = groups.find(group);
    if (layers == groups.end()) fields.fail(field, "nothing", "an array of layers");
    if (!layers->is_array() || static_cast<size_t>(id.layer) >= layers->size())
      fields.fail(field, foundText(*layers), "an array with every layer");
    const int all = blocks[block].heads;
    std::vector<bool> gone = readHeadSet(fields, field + ": layer " + std::to_string(id.layer),
                                         (*layers)[static_cast<size_t>(id.layer)], all);
    gone.flip();
    kept[block] = headsLeft(all, gone);
  }
}

}  // namespace

std::vector<AttentionBlock> blocksOf(const ModelConfig& config) {
  std::vector<AttentionBlock> blocks;
  for (const AttentionKind kind : {AttentionKind::Self, AttentionKind::Cross})
    for (const StackConfig& stack : config.stacks)
      for (int layer = 0; layer < stack.layers && (kind == AttentionKind::Self || stack.cross); ++layer)
        blocks.push_back({{stack.stack, kind, layer}, stack.heads, stack.kvHeads});
  return blocks;
}

Kept readKeptHeads(const ConfigFields& fields, const ModelConfig& config) {
  const std::vector<AttentionBlock> blocks = blocksOf(config);
  Kept kept;
  for (const AttentionBlock& block : blocks)
    kept.push_back(headsLeft(block.heads, std::vector<bool>(static_cast<size_t>(block.heads), false)));
  if (config.stacks.size() == 1) readPrunedHeads(fields, blocks, kept);
  const nlohmann::json* ours = fields.find("headroom");
  if (ours == nullptr) return kept;
  if (!ours->is_object()) fields.fail("headroom", foundText(*ours), "an object");
  if (const auto groups = ours->find("kept_heads"); groups != ours->end()) {
    readKeptByGroup(fields, *groups, blocks, kept);
  } else if (const auto counts = ours->find("heads_per_layer"); counts != ours->end()) {
    readHeadsPerLayer(fields, *counts, blocks, kept);
  }
  return kept;
}

}  // namespace headroom
