// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/mask_file.h"

#include <map>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/json_text.h"

namespace headroom {
namespace {

constexpr const char* kMaskFormat = "headroom-mask/1";
constexpr std::int64_t kMaxMask = 16 << 20;

// Group name -> block numbers by layer.
std::map<std::string, std::vector<int>> groupsOf(const HeadLayout& layout) {
  std::map<std::string, std::vector<int>> groups;
  for (int block = 0; block < layout.blockCount(); ++block)
    groups[blockGroupName(layout.blocks()[static_cast<size_t>(block)].id)].push_back(block);
  return groups;
}

void readLayer(const nlohmann::json& heads, const std::string& where, int block, HeadMask& mask) {
  if (!heads.is_array())
    throw Error(ErrorKind::BadInput, where + "found " + foundText(heads) + ", expected an array of kept heads");
  const int count = mask.layout().headsIn(block);
  for (const nlohmann::json& head : heads) {
    if (!head.is_number_unsigned() || head.get<std::uint64_t>() >= static_cast<std::uint64_t>(count))
      throw Error(ErrorKind::BadInput,
                  where + "found head " + foundText(head) + ", expected " +
                      (count == 0 ? "none, the layer has no heads" : "0 to " + std::to_string(count - 1)) +
                      "; the mask is for another model");
    const HeadId id{block, head.get<int>()};
    if (mask.kept(id))
      throw Error(ErrorKind::BadInput, where + "found head " + foundText(head) + " twice, expected once");
    mask.set(id, true);
  }
}

}  // namespace

HeadMask maskFromJson(const std::string& text, const std::string& where, const HeadLayout& layout) {
  const nlohmann::json json = parseJson(text, where);
  if (!json.is_object() || !json.contains("format") || json["format"] != kMaskFormat)
    throw Error(ErrorKind::BadInput,
                where + ": format: expected " + shown(kMaskFormat) + ", found " +
                    (json.is_object() && json.contains("format") ? foundText(json["format"]) : "none"));
  if (!json.contains("kept") || !json["kept"].is_object())
    throw Error(ErrorKind::BadInput, where + ": kept: expected an object of attention groups, found none");
  const nlohmann::json& kept = json["kept"];
  const auto groups = groupsOf(layout);
  for (const auto& [name, layers] : kept.items())
    if (!groups.contains(name))
      throw Error(ErrorKind::BadInput,
                  where + ": kept: group " + shown(name) + " is not in this model; the mask is for another model");
  HeadMask mask(layout, false);
  for (const auto& [name, blocks] : groups) {
    const std::string group = where + ": kept: " + name + ": ";
    if (!kept.contains(name))
      throw Error(ErrorKind::BadInput, group + "not found, expected " + std::to_string(blocks.size()) + " layers");
    const nlohmann::json& layers = kept[name];
    if (!layers.is_array() || layers.size() != blocks.size())
      throw Error(ErrorKind::BadInput,
                  group + "found " +
                      (layers.is_array() ? std::to_string(layers.size()) + " layers" : foundText(layers)) +
                      ", expected " + std::to_string(blocks.size()) + " layers; the mask is for another model");
    for (size_t layer = 0; layer < blocks.size(); ++layer)
      readLayer(layers[layer], group + "layer " + std::to_string(layer) + ": ", blocks[layer], mask);
  }
  return mask;
}

HeadMask readMaskFile(const std::string& path, const HeadLayout& layout) {
  return maskFromJson(readTextFile(path, kMaxMask), path, layout);
}

std::string maskToJson(const HeadMask& mask) {
  auto kept = nlohmann::ordered_json::object();
  for (int block = 0; block < mask.layout().blockCount(); ++block) {
    auto heads = nlohmann::ordered_json::array();
    for (int head = 0; head < mask.layout().headsIn(block); ++head)
      if (mask.kept({block, head})) heads.push_back(head);
    kept[blockGroupName(mask.layout().blocks()[static_cast<size_t>(block)].id)].push_back(std::move(heads));
  }
  nlohmann::ordered_json json;
  json["format"] = kMaskFormat;
  json["kept"] = std::move(kept);
  return json.dump();
}

void writeMaskFile(const std::string& path, const HeadMask& mask) {
  writeFileAtomically(path, maskToJson(mask) + "\n");
}

}  // namespace headroom
