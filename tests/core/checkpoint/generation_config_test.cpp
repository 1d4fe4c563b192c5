// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/generation_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/core/checkpoint/scratch.h"

namespace headroom {
namespace {

using namespace checkpoint_test;
using nlohmann::json;

class GenerationSettings : public testing::Test {
 protected:
  TemporaryFolder folder;
  [[nodiscard]] GenerationConfig read(const json& settings, const char* model = "marian_mt") const {
    folder.write("generation_config.json", settings.dump());
    return readGenerationConfig(folder.path(), readModelConfig(fixture(model)));
  }
};

TEST_F(GenerationSettings, areReadAsFarAsGreedyAndBeamSearchUseThem) {
  const GenerationConfig config = read({{"renormalize_logits", true},
                                        {"repetition_penalty", 1.5},
                                        {"suppress_tokens", {3, 4}},
                                        {"bad_words_ids", json::parse("[[7], [5, 6]]")},
                                        {"early_stopping", "never"}});
  EXPECT_TRUE(config.renormalise);
  EXPECT_EQ(config.repetitionPenalty, 1.5);
  EXPECT_EQ(config.suppressed, (std::vector<int>{3, 4}));
  EXPECT_EQ(config.badWords, (std::vector<std::vector<int>>{{7}, {5, 6}}));
  EXPECT_EQ(config.earlyStopping, EarlyStopping::Never);
  EXPECT_EQ(read({{"early_stopping", true}}).earlyStopping, EarlyStopping::AtOnce);
  EXPECT_EQ(read({{"early_stopping", false}}).earlyStopping, EarlyStopping::Expected);
  EXPECT_EQ(read(json::object()).earlyStopping, EarlyStopping::Expected);
}

TEST_F(GenerationSettings, countNewTokensFromTheBeginningOfATranslationOrFromAPromptToCome) {
  const json lengths{{"max_length", 30}, {"max_new_tokens", 3}, {"min_length", 1}, {"min_new_tokens", 2}};
  const GenerationConfig translator = read(lengths);
  EXPECT_EQ(translator.maxLength, 4);
  EXPECT_EQ(translator.minLength, 3);
  EXPECT_EQ(translator.maxNewTokens, 0);
  const GenerationConfig writer = read(lengths, "gpt2_lm");
  EXPECT_EQ(writer.maxLength, 30);
  EXPECT_EQ(writer.after(10).maxLength, 13);
  EXPECT_EQ(writer.after(10).minLength, 12);
  EXPECT_EQ(read({{"max_length", 30}}, "gpt2_lm").after(10).maxLength, 30);
}

TEST_F(GenerationSettings, thatChangeNothingOrOnlyDrawingAtRandomUsesAreAccepted) {
  EXPECT_NO_THROW((void)read({{"do_sample", true},
                              {"temperature", 0.6},
                              {"top_k", 50},
                              {"top_p", 0.9},
                              {"num_beam_groups", 1},
                              {"diversity_penalty", 0.0},
                              {"encoder_no_repeat_ngram_size", 0},
                              {"guidance_scale", 1.0},
                              {"constraints", nullptr},
                              {"forced_decoder_ids", json::array()},
                              {"sequence_bias", json::object()}}));
}

TEST_F(GenerationSettings, thatThisVersionDoesNotKnowAreRefusedByName) {
  const std::vector<std::pair<json, std::string>> cases{
      {{{"num_beam_groups", 2}}, "num_beam_groups: found 2, expected 1"},
      {{{"diversity_penalty", 0.5}}, "diversity_penalty: found 0.5, expected 0"},
      {{{"encoder_no_repeat_ngram_size", 3}}, "encoder_no_repeat_ngram_size: found 3, expected 0"},
      {{{"encoder_repetition_penalty", 1.5}}, "encoder_repetition_penalty: found 1.5, expected 1"},
      {{{"penalty_alpha", 0.5}}, "penalty_alpha: found 0.5, expected 0"},
      {{{"guidance_scale", 1.5}}, "guidance_scale: found 1.5, expected 1"},
      {{{"force_words_ids", json::parse("[[5]]")}}, "force_words_ids: found an array, expected none"},
      {{{"begin_suppress_tokens", {5}}}, "begin_suppress_tokens: found an array, expected none"},
      {{{"exponential_decay_length_penalty", {5, 1.5}}}, "exponential_decay_length_penalty: found an array"},
      {{{"early_stopping", "soon"}}, "early_stopping: found 'soon', expected true, false or 'never'"},
      {{{"repetition_penalty", 0}}, "repetition_penalty: found 0, expected a number from 0.01 to 100"},
      {{{"max_new_tokens", 0}}, "max_new_tokens: found 0"},
      {{{"suppress_tokens", {300}}}, "suppress_tokens: found 300, expected a token id below 300"},
      {{{"bad_words_ids", json::parse("[[300]]")}}, "bad_words_ids: found 300, expected a token id below 300"}};
  for (const auto& [settings, expected] : cases) {
    const std::string message = errorOf([&] { (void)read(settings); });
    EXPECT_EQ(message.find(folder.file("generation_config.json") + ": " + expected), 0U)
        << message << " instead of " << expected;
  }
}

}  // namespace
}  // namespace headroom
