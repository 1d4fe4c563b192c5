// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/fresh_config.h"

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/checkpoint/config_labels.h"
#include "core/checkpoint/families/family.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

void setIds(Json& config, const FreshModel& model) {
  const std::pair<const char*, int> ids[] = {{"pad_token_id", model.padId},
                                             {"bos_token_id", model.bosId},
                                             {"eos_token_id", model.eosId},
                                             {"decoder_start_token_id", model.startId}};
  for (const auto& [name, id] : ids)
    if (id >= 0) config[name] = id;
}

void bert(Json& config, const FreshModel& model) {
  config["attention_probs_dropout_prob"] = model.dropout;
  config["hidden_act"] = "gelu";
  config["hidden_dropout_prob"] = model.dropout;
  config["hidden_size"] = model.hidden;
  config["initializer_range"] = model.initializerRange;
  config["intermediate_size"] = model.intermediate;
  config["layer_norm_eps"] = 1e-12;
  config["num_attention_heads"] = model.heads;
  config["num_hidden_layers"] = model.layers;
  setLabels(config, model.labels);
  if (model.family == "vit") {
    config["image_size"] = model.imageSize;
    config["num_channels"] = model.channels;
    config["patch_size"] = model.patchSize;
    config["qkv_bias"] = true;
    return;
  }
  const bool roberta = model.family == "roberta";
  config["classifier_dropout"] = nullptr;
  config["max_position_embeddings"] = model.maxPositions + (roberta ? model.padId + 1 : 0);
  config["position_embedding_type"] = "absolute";
  config["type_vocab_size"] = roberta ? 1 : 2;
}

void distilBert(Json& config, const FreshModel& model) {
  config["activation"] = "gelu";
  config["attention_dropout"] = model.dropout;
  config["dim"] = model.hidden;
  config["dropout"] = model.dropout;
  config["hidden_dim"] = model.intermediate;
  config["initializer_range"] = model.initializerRange;
  config["max_position_embeddings"] = model.maxPositions;
  config["n_heads"] = model.heads;
  config["n_layers"] = model.layers;
  config["seq_classif_dropout"] = model.dropout;
  setLabels(config, model.labels);
}

void gpt2(Json& config, const FreshModel& model) {
  config["activation_function"] = "gelu_new";
  config["attn_pdrop"] = config["embd_pdrop"] = config["resid_pdrop"] = model.dropout;
  config["initializer_range"] = model.initializerRange;
  config["layer_norm_epsilon"] = 1e-5;
  config["n_embd"] = model.hidden;
  config["n_head"] = model.heads;
  config["n_inner"] = model.intermediate;
  config["n_layer"] = model.layers;
  config["n_positions"] = model.maxPositions;
}

void llama(Json& config, const FreshModel& model) {
  config["attention_bias"] = false;
  config["hidden_act"] = "silu";
  config["hidden_size"] = model.hidden;
  config["initializer_range"] = model.initializerRange;
  config["intermediate_size"] = model.intermediate;
  config["max_position_embeddings"] = model.maxPositions;
  config["num_attention_heads"] = model.heads;
  config["num_hidden_layers"] = model.layers;
  config["num_key_value_heads"] = model.kvHeads > 0 ? model.kvHeads : model.heads;
  config["rms_norm_eps"] = 1e-6;
  config["rope_theta"] = 10000.0;
  config["tie_word_embeddings"] = false;
}

void bart(Json& config, const FreshModel& model) {
  const bool marian = model.family == "marian";
  config["activation_dropout"] = 0.0;
  config["activation_function"] = marian ? "relu" : "gelu";
  config["attention_dropout"] = 0.0;
  config["d_model"] = model.hidden;
  config["decoder_attention_heads"] = config["encoder_attention_heads"] = model.heads;
  config["decoder_ffn_dim"] = config["encoder_ffn_dim"] = model.intermediate;
  config["encoder_layers"] = config["num_hidden_layers"] = model.layers;
  config["decoder_layers"] = model.decoderLayers > 0 ? model.decoderLayers : model.layers;
  config["dropout"] = model.dropout;
  config["forced_eos_token_id"] = model.eosId;
  config["init_std"] = model.initializerRange;
  config["is_encoder_decoder"] = true;
  config["max_position_embeddings"] = model.maxPositions;
  config["scale_embedding"] = marian;
  if (!marian) return;
  config["decoder_vocab_size"] = model.vocabulary;
  config["share_encoder_decoder_embeddings"] = true;
}

void t5(Json& config, const FreshModel& model) {
  config["d_ff"] = model.intermediate;
  config["d_kv"] = model.hidden / model.heads;
  config["d_model"] = model.hidden;
  config["dropout_rate"] = model.dropout;
  config["feed_forward_proj"] = "relu";
  config["initializer_factor"] = 1.0;
  config["is_encoder_decoder"] = true;
  config["layer_norm_epsilon"] = 1e-6;
  config["n_positions"] = model.maxPositions;
  config["num_decoder_layers"] = model.decoderLayers > 0 ? model.decoderLayers : model.layers;
  config["num_heads"] = model.heads;
  config["num_layers"] = model.layers;
  config["relative_attention_max_distance"] = 128;
  config["relative_attention_num_buckets"] = 32;
}

struct Recipe {
  const char* family;
  const char* className;
  void (*fill)(Json&, const FreshModel&);
};

constexpr Recipe kRecipes[] = {{"bert", "BertForSequenceClassification", bert},
                               {"roberta", "RobertaForSequenceClassification", bert},
                               {"distilbert", "DistilBertForSequenceClassification", distilBert},
                               {"gpt2", "GPT2LMHeadModel", gpt2},
                               {"llama", "LlamaForCausalLM", llama},
                               {"vit", "ViTForImageClassification", bert},
                               {"bart", "BartForConditionalGeneration", bart},
                               {"marian", "MarianMTModel", bart},
                               {"t5", "T5ForConditionalGeneration", t5}};

/// BertForSequenceClassification with another ending.
std::string classNameOf(const Recipe& recipe, const std::string& task) {
  const std::string name = recipe.className, usual = "ForSequenceClassification";
  if (task.empty() || (task == "classification" && name.ends_with(usual))) return name;
  const std::string ending = task == "masked-lm"            ? "ForMaskedLM"
                             : task == "question-answering" ? "ForQuestionAnswering"
                                                            : "";
  if (ending.empty() || !name.ends_with(usual))
    throw Error(ErrorKind::BadInput,
                "task: found \"" + task + "\" for " + recipe.family +
                    ", expected classification, masked-lm or question-answering, of bert, roberta or distilbert");
  return name.substr(0, name.size() - usual.size()) + ending;
}

}  // namespace

std::string freshConfigJson(const FreshModel& model) {
  for (const Recipe& recipe : kRecipes) {
    if (model.family != recipe.family) continue;
    Json config;
    config["architectures"] = {classNameOf(recipe, model.task)};
    config["model_type"] = model.family;
    config["torch_dtype"] = "float32";
    if (model.family != "vit") {
      config["vocab_size"] = model.vocabulary;
      setIds(config, model);
    }
    recipe.fill(config, model);
    return config.dump(2) + "\n";
  }
  throw Error(ErrorKind::BadInput, "family: found \"" + model.family + "\", expected one of " + familyNames());
}

}  // namespace headroom
