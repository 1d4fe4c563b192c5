// SPDX-License-Identifier: GPL-3.0-or-later
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/base/head_units.h"
#include "core/checkpoint/json_text.h"
#include "core/store/json_fields.h"
#include "core/store/run_json.h"
#include "core/store/run_schema.h"

namespace headroom {

namespace {

template <typename Header, typename Visit>
void visitHeader(Header& h, Visit&& visit) {
  visit("gated", h.gated);
  visit("family", h.family);
  visit("model_path", h.modelPath);
  visit("model_sha256", h.modelSha256);
  visit("train_path", h.trainPath);
  visit("train_sha256", h.trainSha256);
  visit("train_examples", h.trainExamples);
  visit("dev_path", h.devPath);
  visit("dev_sha256", h.devSha256);
  visit("dev_examples", h.devExamples);
  visit("text_columns", h.textColumns);
  visit("label_column", h.labelColumn);
  visit("max_dev_examples", h.maxDevExamples);
  visit("device", h.device);
  visit("threads", h.threads);
  visit("libtorch", h.libtorch);
  visit("program_version", h.programVersion);
  visit("confidence", h.confidence);
  visit("started", h.started);
}

std::string layoutText(const HeadLayout& layout) {
  return std::to_string(layout.blockCount()) + " attention blocks with " + std::to_string(layout.headCount()) +
         " heads";
}

}  // namespace

std::string headerToText(const RunHeader& header) {
  nlohmann::json object = nlohmann::json::object();
  visitHeader(header, JsonFieldWriter(object));
  object["settings"] = toJson(header.settings);
  object["layout"] = toJson(header.layout);
  return object.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

RunHeader headerFromText(const std::string& text, const std::string& where) {
  const nlohmann::json object = parseJson(text, where);
  RunHeader header;
  visitHeader(header, JsonFieldReader(object, where));
  for (const char* key : {"settings", "layout"})
    if (!object.contains(key)) throw Error(ErrorKind::BadFile, where + ": field " + key + " is missing");
  header.settings = settingsFromJson(object["settings"], where + ": settings");
  header.layout = layoutFromJson(object["layout"], where + ": layout");
  try {
    (void)HeadUnits(header.layout, header.settings.unit);
  } catch (const Error& error) {
    throw Error(ErrorKind::BadFile, where + ": settings: " + error.what());
  }
  if (header.devExamples < 0) throw Error(ErrorKind::BadFile, where + ": field dev_examples: found a negative number");
  return header;
}

std::string runIdentity(const RunHeader& header) {
  Sha256 digest;
  for (const std::string& part : {header.started, header.modelSha256, header.trainSha256, header.settings.method,
                                  std::to_string(header.settings.keep), std::to_string(header.settings.seed)})
    digest.update(part + "\n");
  return digest.hex();
}

void requireSameOrigin(const std::string& runPath, const RunHeader& run, const RunHeader& now) {
  const auto require = [&](const char* what, const std::string& inRun, const std::string& found,
                           const std::string& remedy) {
    if (!found.empty() && inRun != found)
      throw Error(ErrorKind::BadInput, runPath + ": " + what + ": found " + found + ", expected " + inRun +
                                           " as when the run was made; " + remedy);
  };
  const std::string model = "open the model at " + run.modelPath + " as it was";
  require("model family", run.family, now.family, model);
  if (now.layout.blockCount() > 0 && now.layout != run.layout)
    throw Error(ErrorKind::BadInput, runPath + ": model: found " + layoutText(now.layout) + ", expected " +
                                         layoutText(run.layout) + " shaped as when the run was made; " + model);
  require("SHA-256 of the model's weights", run.modelSha256, now.modelSha256, model);
  require("SHA-256 of the training data", run.trainSha256, now.trainSha256, "restore " + run.trainPath);
  require("SHA-256 of the dev data", run.devSha256, now.devSha256, "restore " + run.devPath);
}

}  // namespace headroom
