// SPDX-License-Identifier: GPL-3.0-or-later
// induction-gpt2 and recall-llama: two decoders that learn to look back.
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/sample/recall_text.h"
#include "core/sample/sample_table.h"
#include "core/sample/word_level_file.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

// The models learn from all of them; the first ones are bundled, which is enough to train gates on.
constexpr int kTrainTexts = 16000, kBundledTexts = 6000, kDevTexts = 500;

void writeTexts(const std::string& folder, std::uint64_t seed, RecallPrefix prefix) {
  // One series for both: what is cut off its end is as good as never seen before.
  std::vector<std::vector<int>> texts = recallTexts(kTrainTexts + kDevTexts, seed, prefix);
  const std::vector<std::vector<int>> dev(texts.begin() + kTrainTexts, texts.end());
  texts.resize(kTrainTexts);
  writeFileAtomically(folder + "/all.txt", recallLines(texts));
  texts.resize(kBundledTexts);
  writeFileAtomically(folder + "/train.txt", recallLines(texts));
  writeFileAtomically(folder + "/dev.txt", recallLines(dev));
  writeFileAtomically(folder + "/tokenizer.json", wordLevelJson(recallVocabulary(), {"<pad>", "<s>"}));
}

void writeInduction(const std::string& folder, std::uint64_t seed) {
  writeTexts(folder, seed, RecallPrefix::Fillers);
  const Json config = {{"model_type", "gpt2"},
                       {"architectures", {"GPT2LMHeadModel"}},
                       {"n_layer", 4},
                       {"n_head", 4},
                       {"n_embd", 64},
                       {"n_inner", 128},
                       {"n_positions", kRecallTokens},
                       {"n_ctx", kRecallTokens},
                       {"activation_function", "gelu_new"},
                       {"vocab_size", recallVocabulary().size()},
                       {"layer_norm_epsilon", 1e-5},
                       {"initializer_range", 0.05},
                       {"attn_pdrop", 0.0},
                       {"embd_pdrop", 0.0},
                       {"resid_pdrop", 0.0},
                       {"bos_token_id", 1},
                       {"eos_token_id", 1},
                       {"tie_word_embeddings", true},
                       {"torch_dtype", "float32"}};
  writeFileAtomically(folder + "/config.json", config.dump(2) + '\n');
}

/// Rotary positions tell distances only, so these texts need no fillers; with them so small a model does not find the
/// way.
void writeRecall(const std::string& folder, std::uint64_t seed) {
  writeTexts(folder, seed, RecallPrefix::None);
  const Json config = {{"model_type", "llama"},
                       {"architectures", {"LlamaForCausalLM"}},
                       {"num_hidden_layers", 4},
                       {"num_attention_heads", 8},
                       {"num_key_value_heads", 2},
                       {"hidden_size", 64},
                       {"intermediate_size", 128},
                       {"max_position_embeddings", kRecallTokens},
                       {"vocab_size", recallVocabulary().size()},
                       {"rms_norm_eps", 1e-5},
                       {"hidden_act", "silu"},
                       {"initializer_range", 0.05},
                       {"rope_theta", 10000.0},
                       {"attention_bias", false},
                       {"mlp_bias", false},
                       {"attention_dropout", 0.0},
                       {"bos_token_id", 1},
                       {"eos_token_id", 1},
                       {"pad_token_id", 0},
                       {"tie_word_embeddings", false},
                       {"torch_dtype", "float32"}};
  writeFileAtomically(folder + "/config.json", config.dump(2) + '\n');
}

TrainSettings recallRecipe() {
  TrainSettings settings;
  settings.method = "none";
  settings.steps = 5000;
  settings.batch = 32;
  settings.lr = 2e-3;
  settings.warmup = 0.05;
  settings.weightDecay = 0.01;
  settings.maxLength = kRecallTokens;
  settings.checkpointEvery = 0;
  return settings;
}

}  // namespace

Sample inductionGpt2() {
  return {"induction-gpt2", writeInduction, recallRecipe(), "all.txt", "dev.txt", {"train.txt", "dev.txt"}, nullptr};
}

Sample recallLlama() {
  return {"recall-llama", writeRecall, recallRecipe(), "all.txt", "dev.txt", {"train.txt", "dev.txt"}, nullptr};
}

}  // namespace headroom
