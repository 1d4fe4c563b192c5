// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/campaign_folder.h"

#include <algorithm>
#include <filesystem>
#include <map>
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

constexpr std::int64_t kLargestCell = std::int64_t{16} << 20;

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

/// The rest of a cell whose method, regime, K and seed are known.
CompareCell cellFromJson(const nlohmann::json& json, const std::string& path, const CompareCell& cell,
                         const HeadLayout& layout) {
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

/// Which cell the file is, by its own words.
CompareCell describedCell(const nlohmann::json& json, const std::string& path) {
  CompareCell cell;
  std::string regime;
  const JsonFieldReader read(json, path);
  read("method", cell.method);
  read("regime", regime);
  read("keep", cell.keep);
  read("seed", cell.seed);
  for (const Regime each : {Regime::PostHoc, Regime::Recovered, Regime::Joint, Regime::RunTime})
    if (regimeName(each) == regime && !cell.method.empty()) {
      cell.regime = each;
      return cell;
    }
  throw Error(ErrorKind::BadFile,
              path + ": fields method and regime: found \"" + cell.method + "\" and \"" + regime +
                  "\", expected a method's name and post-hoc, recovered, joint or run-time; delete the file");
}

/// Every cell was compared with it on the same examples.
MetricValue unprunedOf(const std::vector<CompareCell>& cells) {
  MetricValue full;
  for (const CompareCell& cell : cells) {
    if (!cell.done) continue;
    const bool compared = cell.toFull.value != 0 || cell.toFull.lost + cell.toFull.gained > 0;
    if (compared || full.examples == 0) {
      full = cell.metric;
      full.value = full.low = full.high = cell.metric.value - cell.toFull.value;
    }
    if (compared) break;
  }
  return full;
}

/// "steps (20 there, 30 asked for), dev data": what another campaign was told otherwise; empty where that cannot be
/// told.
std::string differences(const std::string& there, const std::string& asked) {
  static const std::map<std::string, std::string> files{{"model_sha256", "model"},
                                                        {"train_sha256", "training data"},
                                                        {"dev_sha256", "dev data"},
                                                        {"test_sha256", "test data"}};
  const auto before = nlohmann::json::parse(there, nullptr, false), now = nlohmann::json::parse(asked, nullptr, false);
  std::string text;
  if (!before.is_object() || !now.is_object()) return text;
  nlohmann::json all = before;
  all.update(now);
  const auto valueIn = [](const nlohmann::json& json, const std::string& key) {
    return json.contains(key) ? json[key].dump() : std::string("the usual");
  };
  for (const auto& [key, value] : all.items()) {
    if (valueIn(before, key) == valueIn(now, key)) continue;
    const auto file = files.find(key);
    text += (text.empty() ? "" : ", ") +
            (file != files.end() ? file->second
                                 : key + " (" + valueIn(before, key) + " there, " + valueIn(now, key) + " asked for)");
  }
  return text;
}

Error anotherCampaign(const std::string& path, const std::string& there, const std::string& asked) {
  const std::string what = differences(there, asked);
  return {ErrorKind::BadInput, path + ": found another campaign, with other " +
                                   (what.empty() ? "model, data or settings" : what) +
                                   "; expected this one: name another folder, or ask for the same"};
}

}  // namespace

CampaignFolder::CampaignFolder(std::string path, const std::string& identity) : m_path(std::move(path)) {
  const std::string campaign = file("campaign.json");
  if (fs::exists(campaign)) {
    const std::string there = readTextFile(campaign, std::int64_t{1} << 20);
    if (there != identity) throw anotherCampaign(campaign, there, identity);
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
  return cellFromJson(parseJson(readTextFile(path, kLargestCell), path), path, cell, layout);
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

Comparison readCampaign(const std::string& path, const HeadLayout& layout) {
  const std::string campaign = (fs::path(path) / "campaign.json").string();
  if (!fs::exists(campaign))
    throw Error(ErrorKind::BadInput,
                path + ": found no campaign.json, expected the folder of a comparison (headroom-cli compare --out)");
  Comparison comparison;
  comparison.layout = layout;
  const nlohmann::json identity = parseJson(readTextFile(campaign, std::int64_t{1} << 20), campaign);
  std::string train, dev, test;
  const JsonFieldReader read(identity, campaign);
  read("unit", comparison.unit);
  read("model_sha256", comparison.modelSha256);
  read("train_sha256", train);
  read("dev_sha256", dev);
  read("test_sha256", test);
  read("search_lambda", comparison.searchedLambda);
  const bool tested = !test.empty();
  comparison.seenData = tested ? test == train || test == dev : !dev.empty() && train == dev;
  if (tested) comparison.roles = DataRoles{"the training data", "the dev data", "the test data"};
  if (comparison.unit != "head" && comparison.unit != "group")
    throw Error(ErrorKind::BadFile,
                campaign + ": field unit: found \"" + comparison.unit + "\", expected head or group");
  std::vector<fs::path> files;
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(path) / "cells", failed))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  if (failed) throw Error(ErrorKind::Io, path + ": cannot read the folder cells: " + failed.message());
  std::sort(files.begin(), files.end());
  const int units = comparison.unitCount();
  for (const fs::path& file : files) {
    const nlohmann::json json = parseJson(readTextFile(file.string(), kLargestCell), file.string());
    const CompareCell cell = describedCell(json, file.string());
    if (file.stem().string() != cell.name()) continue;  // a copy under another name would count twice
    if (cell.keep < 0 || cell.keep > units)
      throw Error(ErrorKind::BadFile, file.string() + ": field keep: found " + std::to_string(cell.keep) +
                                          ", expected 0 to " + std::to_string(units) + ", what the open model has");
    comparison.cells.push_back(cellFromJson(json, file.string(), cell, layout));
  }
  comparison.full = unprunedOf(comparison.cells);
  comparison.metricName = comparison.full.name;
  return comparison;
}

}  // namespace headroom
