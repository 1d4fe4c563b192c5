// SPDX-License-Identifier: GPL-3.0-or-later
#include <nlohmann/json.hpp>
#include <span>

#include "core/base/files.h"
#include "core/sample/sample_table.h"
#include "core/sample/toy_language.h"
#include "core/sample/word_level_file.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kTrainPairs = 20000, kDevPairs = 500, kPositions = 32;

std::string tableOf(std::span<const ToyPair> pairs) {
  std::string table = "source\ttarget\n";
  for (const ToyPair& pair : pairs) table += pair.source + '\t' + pair.target + '\n';
  return table;
}

void writeRewrite(const std::string& folder, std::uint64_t seed) {
  const std::vector<ToyPair> pairs = toyPairs(kTrainPairs + kDevPairs, seed);
  const auto all = std::span(pairs);
  writeFileAtomically(folder + "/train.tsv", tableOf(all.first(kTrainPairs)));
  writeFileAtomically(folder + "/dev.tsv", tableOf(all.last(kDevPairs)));
  writeFileAtomically(folder + "/tokenizer.json", wordLevelJson(toyVocabulary(), {"<pad>", "</s>", "<unk>"}, "</s>"));
  const Json config = {{"model_type", "marian"},
                       {"architectures", {"MarianMTModel"}},
                       {"encoder_layers", 3},
                       {"decoder_layers", 3},
                       {"encoder_attention_heads", 4},
                       {"decoder_attention_heads", 4},
                       {"d_model", 64},
                       {"encoder_ffn_dim", 128},
                       {"decoder_ffn_dim", 128},
                       {"max_position_embeddings", kPositions},
                       {"vocab_size", toyVocabulary().size()},
                       {"decoder_vocab_size", toyVocabulary().size()},
                       {"activation_function", "relu"},
                       {"scale_embedding", true},
                       {"static_position_embeddings", true},
                       {"normalize_before", false},
                       {"normalize_embedding", false},
                       {"add_final_layer_norm", false},
                       {"share_encoder_decoder_embeddings", true},
                       {"tie_word_embeddings", true},
                       {"dropout", 0.0},
                       {"attention_dropout", 0.0},
                       {"activation_dropout", 0.0},
                       {"init_std", 0.05},
                       {"pad_token_id", 0},
                       {"eos_token_id", 1},
                       {"decoder_start_token_id", 0},
                       {"is_encoder_decoder", true},
                       {"torch_dtype", "float32"}};
  writeFileAtomically(folder + "/config.json", config.dump(2) + '\n');
  const Json generation = {{"decoder_start_token_id", 0}, {"eos_token_id", 1}, {"pad_token_id", 0},
                           {"max_length", kPositions},    {"num_beams", 1},    {"bad_words_ids", {{0}}}};
  writeFileAtomically(folder + "/generation_config.json", generation.dump(2) + '\n');
}

TrainSettings rewriteRecipe() {
  TrainSettings settings;
  settings.method = "none";
  settings.steps = 4000;
  settings.batch = 64;
  settings.lr = 1e-3;
  settings.warmup = 0.1;
  settings.weightDecay = 0.01;
  settings.maxLength = kPositions;
  settings.checkpointEvery = 0;
  return settings;
}

}  // namespace

Sample rewriteMarian() {
  return {"rewrite-marian", writeRewrite, rewriteRecipe(), "train.tsv", "dev.tsv", {"train.tsv", "dev.tsv"}, nullptr};
}

}  // namespace headroom
