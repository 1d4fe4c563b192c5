// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/generate/generate.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/generate/beam_search.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

using test::fixture;

class ReferenceTexts : public testing::TestWithParam<const char*> {};

TEST_P(ReferenceTexts, greedyAndBeamSearchWriteTheReferenceTexts) {
  const std::string folder = fixture(GetParam());
  const SafetensorsFile expected(folder + "/expected.safetensors");
  const Transformer model = test::openTransformer(folder);
  ModelInput input = test::openInputs(folder);
  input.decoderIds = input.decoderMask = torch::Tensor();
  const auto compare = [&](const char* name, int beams, double penalty, int longest) {
    if (!expected.find(name)) return;
    GenerationConfig config = readGenerationConfig(folder, model.config());
    config.beams = beams;
    config.lengthPenalty = penalty;
    config.maxLength = longest;
    const torch::Tensor found = padded(generate(model, input, config), config.padId);
    EXPECT_TRUE(found.sizes() == readTensor(expected, name).sizes() && torch::equal(found, readTensor(expected, name)))
        << name << "\n"
        << found;
  };
  compare("greedy_ids", 1, 1, 20);
  compare("beam4_ids", 4, 1, 20);
  compare("beam5_ids", 5, 1.3, 24);
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, ReferenceTexts, testing::Values("bart_seq2seq", "marian_mt", "t5_seq2seq"));

class CachedDecoding : public testing::TestWithParam<const char*> {};

TEST_P(CachedDecoding, tokenByTokenEqualsTheWholePass) {
  const torch::NoGradGuard noGrad;
  const std::string folder = fixture(GetParam());
  const Transformer model = test::openTransformer(folder);
  ModelInput input = test::openInputs(folder);
  input.decoderMask = torch::Tensor();
  const torch::Tensor whole = model.forward(input).logits;
  const torch::Tensor ids = input.decoderIds.defined() ? input.decoderIds : input.ids;
  DecodingState state = model.beginDecoding(input);
  torch::Tensor logits = model.decode(ids.narrow(1, 0, 3), {}, state);
  for (std::int64_t at = 3; at < ids.size(1); ++at) {
    EXPECT_LE(test::largestDifference(logits, whole.select(1, at - 1)), 1e-4) << at;
    logits = model.decode(ids.narrow(1, at, 1), {}, state);
  }
  EXPECT_LE(test::largestDifference(logits, whole.select(1, ids.size(1) - 1)), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, CachedDecoding,
                         testing::Values("gpt2_lm", "llama_gqa", "bart_seq2seq", "marian_mt", "t5_seq2seq"));

TEST(Generate, refusesModelsThatDoNotWrite) {
  const Transformer model = test::randomBert({4});
  EXPECT_THROW((void)generate(model, test::randomBatch(1, 4), {}), Error);
}

TEST(Generate, refusesPaddedPrompts) {
  const Transformer model = test::openTransformer(fixture("gpt2_lm"));
  ModelInput input = test::openInputs(fixture("gpt2_lm"));
  input.mask = torch::ones_like(input.ids);
  input.mask[1][16] = 0;
  GenerationConfig config;
  config.maxLength = 20;
  EXPECT_THROW((void)generate(model, input, config), Error);
}

TEST(TokenRules, forbidRepetitionsBadWordsAndEarlyEnds) {
  GenerationConfig config;
  config.noRepeatNgram = 2;
  config.badWords = {{7}, {3, 4}};
  config.minLength = 10;
  config.eosId = 1;
  config.otherEosIds = {8};
  torch::Tensor scores = torch::zeros({1, 9});
  applyTokenRules(config, {{5, 6, 3, 5, 6, 3}}, scores);
  std::vector<int> forbidden;
  for (int token = 0; token < 9; ++token)
    if (std::isinf(scores[0][token].item<float>())) forbidden.push_back(token);
  EXPECT_EQ(forbidden, (std::vector<int>{1, 4, 5, 7, 8}));
}

TEST(Generate, endsWithAnyOfTheEndTokens) {
  const std::string folder = fixture("llama_gqa");
  const Transformer model = test::openTransformer(folder);
  ModelInput input;
  input.ids = torch::tensor({{5, 9, 3}}, torch::kInt64);
  GenerationConfig config;
  config.maxLength = 12;
  const TokenSequence free = generate(model, input, config, {}).front();
  ASSERT_EQ(free.size(), 12U);
  const std::int64_t third = free[5];
  config.eosId = model.config().vocabulary;  // no such token
  config.otherEosIds = {static_cast<int>(third)};
  const TokenSequence ended = generate(model, input, config, {}).front();
  ASSERT_LE(ended.size(), 6U);
  EXPECT_EQ(ended.back(), third);
}

TEST(TokenRules, forceTheFirstAndTheLastToken) {
  GenerationConfig config;
  config.maxLength = 4;
  config.forcedBosId = 2;
  config.forcedEosId = 3;
  torch::Tensor scores = torch::zeros({1, 5});
  applyTokenRules(config, {{0}}, scores);
  EXPECT_EQ(scores.argmax(1).item<std::int64_t>(), 2);
  scores = torch::zeros({1, 5});
  applyTokenRules(config, {{0, 2, 4}}, scores);
  EXPECT_EQ(scores.argmax(1).item<std::int64_t>(), 3);
}

/// A language of three tokens in which the greedy first step is a trap: 2 leads to sure ends, 3 is likelier at first.
torch::Tensor trap(const std::vector<TokenSequence>& rows) {
  torch::Tensor probabilities = torch::full({static_cast<std::int64_t>(rows.size()), 4}, 1e-6f);
  for (size_t i = 0; i < rows.size(); ++i) {
    auto row = probabilities[static_cast<std::int64_t>(i)];
    const std::int64_t last = rows[i].back();
    if (last == 0) {
      row[2] = 0.4f;
      row[3] = 0.6f;
    } else if (last == 2) {
      row[1] = 0.99f;
    } else {
      row[1] = 0.34f;
      row[2] = 0.33f;
      row[3] = 0.33f;
    }
  }
  return torch::log(probabilities);
}

TEST(BeamSearch, findsTheTextThatGreedySearchMisses) {
  GenerationConfig config;
  config.beams = 3;
  config.maxLength = 6;
  config.eosId = 1;
  config.lengthPenalty = 0;
  BeamSearch search({{0}}, 4, config);
  while (!search.done()) (void)search.advance(trap(search.sequences()));
  EXPECT_EQ(search.best()[0], (TokenSequence{0, 2, 1}));
}

}  // namespace
}  // namespace headroom
