// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/campaign_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/json_text.h"
#include "core/checkpoint/mask_file.h"
#include "core/store/json_fields.h"
#include "core/store/run_json.h"

namespace headroom {

namespace fs = std::filesystem;

namespace {

template <typename Cell, typename Visit>
void visitCell(Cell& cell, Visit&& visit) {
  visit("done", cell.done);
  visit("error", cell.error);
  visit("loss", cell.loss);
  visit("exact", cell.exact);
  visit("scores", cell.scores);
  visit("train_steps", cell.trainSteps);
  visit("forwards", cell.costs.forwards);
  visit("backwards", cell.costs.backwards);
  visit("seconds", cell.costs.seconds);
  visit("peak_bytes", cell.costs.peakBytes);
}

}  // namespace

CampaignFolder::CampaignFolder(std::string path, const std::string& identity) : m_path(std::move(path)) {
  const std::string campaign = file("campaign.json");
  if (fs::exists(campaign)) {
    if (readTextFile(campaign, std::int64_t{1} << 20) != identity)
      throw Error(
          ErrorKind::BadInput,
          campaign +
              ": found another campaign (other model, data or settings), expected this one; name another folder");
  } else {
    if (fs::exists(m_path) && (!fs::is_directory(m_path) || !fs::is_empty(m_path)))
      throw Error(ErrorKind::BadInput,
                  m_path + ": found something that is no campaign, expected an empty folder or none");
    std::error_code failed;
    fs::create_directories(fs::path(m_path) / "cells", failed);
    if (failed) throw Error(ErrorKind::Io, m_path + ": cannot make the folder: " + failed.message());
    writeFileAtomically(campaign, identity);
  }
  fs::create_directories(fs::path(m_path) / "cells");
  fs::create_directories(fs::path(m_path) / "runs");
}

std::string CampaignFolder::file(const std::string& name) const { return (fs::path(m_path) / name).string(); }

std::optional<CompareCell> CampaignFolder::find(const CompareCell& cell, const HeadLayout& layout) const {
  const std::string path = file("cells/" + cell.name() + ".json");
  if (!fs::exists(path)) return std::nullopt;
  const nlohmann::json json = parseJson(readTextFile(path, std::int64_t{16} << 20), path);
  CompareCell found = cell;
  visitCell(found, JsonFieldReader(json, path));
  if (!found.done) return found;
  if (!found.scores.empty() && found.scores.size() != static_cast<size_t>(layout.headCount()))
    throw Error(ErrorKind::BadFile, path + ": field scores: found " + std::to_string(found.scores.size()) +
                                        " values, expected " + std::to_string(layout.headCount()) +
                                        "; delete the file to compute the cell again");
  for (const char* key : {"metric", "to_full", "mask"})
    if (!json.contains(key))
      throw Error(ErrorKind::BadFile,
                  path + ": field " + key + " is missing; delete the file to compute the cell again");
  if (const auto mean = json.find("mean_kept"); mean != json.end() && mean->is_number())
    found.meanKept = mean->get<double>();
  found.metric = metricFromJson(json["metric"], path + ": metric");
  found.toFull = differenceFromJson(json["to_full"], path + ": to_full");
  found.mask = maskFromJson(json["mask"].dump(), path + ": mask", layout);
  return found;
}

void CampaignFolder::write(const CompareCell& cell) const {
  nlohmann::json json = nlohmann::json::object();
  visitCell(cell, JsonFieldWriter(json));
  json["method"] = cell.method;
  json["regime"] = regimeName(cell.regime);
  json["keep"] = cell.keep;
  json["seed"] = cell.seed;
  if (cell.done) {
    json["metric"] = toJson(cell.metric);
    if (cell.meanKept >= 0) json["mean_kept"] = cell.meanKept;
    json["to_full"] = toJson(cell.toFull);
    json["mask"] = nlohmann::json::parse(maskToJson(cell.mask));
  }
  writeFileAtomically(file("cells/" + cell.name() + ".json"),
                      json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace headroom
