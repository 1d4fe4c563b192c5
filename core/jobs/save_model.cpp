// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/hf_folder.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

void setLabels(Json& config, const std::vector<std::string>& labels) {
  config["id2label"] = Json::object();
  config["label2id"] = Json::object();
  for (size_t i = 0; i < labels.size(); ++i) {
    config["id2label"][std::to_string(i)] = labels[i];
    config["label2id"][labels[i]] = i;
  }
}

Json freshConfig(const InitRequest& request, int vocabulary) {
  Json config;
  config["architectures"] = {"BertForSequenceClassification"};
  config["attention_probs_dropout_prob"] = request.dropout;
  config["classifier_dropout"] = nullptr;
  config["hidden_act"] = "gelu";
  config["hidden_dropout_prob"] = request.dropout;
  config["hidden_size"] = request.hidden;
  setLabels(config, request.labels);
  config["initializer_range"] = 0.02;
  config["intermediate_size"] = request.intermediate;
  config["layer_norm_eps"] = 1e-12;
  config["max_position_embeddings"] = request.maxPositions;
  config["model_type"] = request.family;
  config["num_attention_heads"] = request.heads;
  config["num_hidden_layers"] = request.layers;
  config["pad_token_id"] = 0;
  config["position_embedding_type"] = "absolute";
  config["torch_dtype"] = "float32";
  config["type_vocab_size"] = 2;
  config["vocab_size"] = vocabulary;
  return config;
}

int countLines(const std::string& text) {
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  return lines + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

}  // namespace

void saveModel(Workspace& workspace, const SaveModelRequest& request) {
  const Workspace::State& state = workspace.state();
  const Transformer& model = state.requireModel();
  Json config = Json::parse(model.config().json);
  const Dataset* data = state.train ? &*state.train : state.dev ? &*state.dev : nullptr;
  if (data && static_cast<int>(data->labels.size()) == model.config().labelCount()) setLabels(config, data->labels);
  HfFolderWriter folder(request.outPath, request.overwrite);
  folder.writeConfig(config.dump(2) + "\n");
  folder.writeWeights(model.parameters().toWrite());
  folder.copySideFiles(state.summary.path);
  folder.commit();
}

ModelSummary initModel(const InitRequest& request) {
  if (request.family != "bert")
    throw Error(ErrorKind::BadInput, "family: found \"" + request.family + "\", expected bert");
  if (!(request.dropout >= 0 && request.dropout <= 0.999))
    throw Error(ErrorKind::BadInput, "dropout: found " + std::to_string(request.dropout) + ", expected 0 to 0.999");
  const std::string vocabulary = readTextFile(request.vocabularyPath, std::int64_t{64} << 20);
  const Json config = freshConfig(request, countLines(vocabulary));
  const ModelConfig parsed = parseModelConfig(config.dump(), request.outPath + "/config.json");
  HfFolderWriter folder(request.outPath, request.overwrite);
  folder.writeConfig(config.dump(2) + "\n");
  folder.writeFile("vocab.txt", vocabulary);
  folder.writeFile("tokenizer_config.json", "{\n  \"do_lower_case\": true,\n  \"tokenizer_class\": \"BertTokenizer\"\n}\n");
  (void)openTokenizer(folder.stagingPath(), parsed.vocabulary);
  folder.writeWeights(Parameters::random(parsed, request.seed).toWrite());
  folder.commit();
  return describeModel(request.outPath);
}

}  // namespace headroom
