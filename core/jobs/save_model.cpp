// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/config_labels.h"
#include "core/checkpoint/config_type.h"
#include "core/checkpoint/hf_folder.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

/// Copies a tokenizer: one file under its own name (any *.txt is a vocab.txt), or all that a folder has.
void copyTokenizer(HfFolderWriter& folder, const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return folder.copySideFiles(path);
  const std::string name = fs::path(path).extension() == ".txt" ? "vocab.txt" : fs::path(path).filename().string();
  folder.writeFile(name, readTextFile(path, std::int64_t{64} << 20));
  if (name == "vocab.txt")
    folder.writeFile("tokenizer_config.json",
                     "{\n  \"do_lower_case\": true,\n  \"tokenizer_class\": \"BertTokenizer\"\n}\n");
}

}  // namespace

void saveModel(Workspace& workspace, const SaveModelRequest& request) {
  const Workspace::State& state = workspace.state();
  const Transformer& model = state.requireModel();
  Json config = Json::parse(model.config().json);
  const Dataset* data = state.train ? &*state.train : state.dev ? &*state.dev : nullptr;
  if (data && !data->labels.empty() && static_cast<int>(data->labels.size()) == model.config().labelCount())
    setLabels(config, data->labels);
  HfFolderWriter folder(request.outPath, request.overwrite);
  folder.writeConfig(withStoredType(config.dump(2) + "\n", model.parameters().storedType()));
  folder.writeWeights(model.parameters().toWrite());
  requireMappedFilesIntact();
  folder.copySideFiles(state.summary.path);
  folder.commit();
}

ModelSummary initModel(const InitRequest& request) {
  if (!(request.model.dropout >= 0 && request.model.dropout <= 0.999))
    throw Error(ErrorKind::BadInput,
                "dropout: found " + std::to_string(request.model.dropout) + ", expected 0 to 0.999");
  HfFolderWriter folder(request.outPath, request.overwrite);
  FreshModel fresh = request.model;
  if (fresh.family != "vit") {
    if (request.vocabularyPath.empty())
      throw Error(ErrorKind::BadInput, "vocabulary: found none, expected a tokenizer file or folder (--vocab)");
    copyTokenizer(folder, request.vocabularyPath);
    const auto tokenizer = openTokenizer(folder.stagingPath(), 0);
    fresh.vocabulary = tokenizer->size();
    fresh.padId = tokenizer->padId();
    // The frame of an empty text tells how texts begin and end.
    const std::vector<int> frame = tokenizer->encode("", std::nullopt, 8).ids;
    if (!frame.empty()) fresh.eosId = frame.back();
    if (frame.size() > 1) fresh.bosId = frame.front();
    fresh.startId = fresh.padId;
  }
  const std::string json = freshConfigJson(fresh);
  folder.writeConfig(json);
  const ModelConfig parsed = parseModelConfig(json, request.outPath + "/config.json");
  folder.writeWeights(Parameters::random(parsed, request.seed).toWrite());
  folder.commit();
  return describeModel(request.outPath);
}

}  // namespace headroom
