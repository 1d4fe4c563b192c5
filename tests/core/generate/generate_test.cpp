// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/generate/generate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

TEST(TokenRules, penaliseTokensThatTheTextHasOnceEach) {
  GenerationConfig config;
  config.repetitionPenalty = 2;
  torch::Tensor scores = torch::tensor({{2.f, -2.f, 1.f, -1.f}, {2.f, -2.f, 1.f, -1.f}});
  applyTokenRules(config, {{0, 1, 1}, {2, 2, 3}}, scores);
  EXPECT_TRUE(torch::equal(scores, torch::tensor({{1.f, -4.f, 1.f, -1.f}, {2.f, -2.f, .5f, -2.f}}))) << scores;
}

TEST(TokenRules, forbidSuppressedTokensButNoEndTokenAsABadWord) {
  GenerationConfig config;
  config.suppressed = {3};
  config.badWords = {{1}, {8}, {2}, {5, 1}};
  config.eosId = 1;
  config.otherEosIds = {8};
  torch::Tensor scores = torch::zeros({2, 9});
  applyTokenRules(config, {{4}, {5}}, scores);
  std::vector<std::vector<int>> forbidden(2);
  for (int row = 0; row < 2; ++row)
    for (int token = 0; token < 9; ++token)
      if (std::isinf(scores[row][token].item<float>())) forbidden[static_cast<size_t>(row)].push_back(token);
  EXPECT_EQ(forbidden, (std::vector<std::vector<int>>{{2, 3}, {1, 2, 3}}));
}

TEST(Generate, countsNewTokensBeyondThePrompt) {
  const Transformer model = test::openTransformer(fixture("llama_gqa"));
  ModelInput input;
  input.ids = torch::tensor({{5, 9, 3}}, torch::kInt64);
  GenerationConfig config;
  config.maxLength = 4;
  config.maxNewTokens = 4;
  const TokenSequence free = generate(model, input, config, {}).front();
  ASSERT_EQ(free.size(), 7U);
  config.eosId = static_cast<int>(free[3]);
  EXPECT_EQ(generate(model, input, config, {}).front().size(), 4U);
  config.minNewTokens = 2;
  const TokenSequence longer = generate(model, input, config, {}).front();
  ASSERT_GE(longer.size(), 6U);
  EXPECT_NE(longer[3], config.eosId);
  EXPECT_NE(longer[4], config.eosId);
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

/// Log probabilities of the next of four tokens by the last one; 1e-6 where `table` says 0.
torch::Tensor followers(const std::vector<TokenSequence>& rows, const std::vector<std::vector<float>>& table) {
  std::vector<float> flat;
  for (const TokenSequence& row : rows)
    for (const float probability : table[static_cast<size_t>(row.back())]) flat.push_back(std::max(probability, 1e-6f));
  return torch::log(torch::tensor(flat).view({-1, 4}));
}

TEST(BeamSearch, sharesOutTheProbabilityOfForbiddenTokensWhereAskedTo) {
  // After 2 most of the probability is a bad word's: what is left is an end for certain.
  const std::vector<std::vector<float>> table{{0, 0, .55f, .45f}, {0, 0, 0, 0}, {.7f, .3f, 0, 0}, {0, .6f, .4f, 0}};
  GenerationConfig config;
  config.beams = 2;
  config.maxLength = 3;
  config.eosId = 1;
  config.lengthPenalty = 0;
  config.badWords = {std::vector<int>{0}};
  const auto text = [&] {
    BeamSearch search({{0}}, 4, config);
    while (!search.done()) (void)search.advance(followers(search.sequences(), table));
    return search.best()[0];
  };
  EXPECT_EQ(text(), (TokenSequence{0, 3, 1}));
  config.renormalise = true;
  EXPECT_EQ(text(), (TokenSequence{0, 2, 1}));
}

TEST(BeamSearch, goesOnAsLongAsALongerTextMayScoreBetterWhereAskedTo) {
  const std::vector<std::vector<float>> table{{0, .5f, .45f, 0}, {0, 0, 0, 0}, {0, .99f, 0, 0}, {0, 0, 0, 0}};
  GenerationConfig config;
  config.maxLength = 6;
  config.eosId = 1;
  config.lengthPenalty = 2;
  const auto text = [&](EarlyStopping stopping) {
    config.earlyStopping = stopping;
    BeamSearch search({{0}}, 4, config);
    while (!search.done()) (void)search.advance(followers(search.sequences(), table));
    return search.best()[0];
  };
  EXPECT_EQ(text(EarlyStopping::AtOnce), (TokenSequence{0, 1}));
  EXPECT_EQ(text(EarlyStopping::Expected), (TokenSequence{0, 1}));
  EXPECT_EQ(text(EarlyStopping::Never), (TokenSequence{0, 2, 1}));
}

}  // namespace
}  // namespace headroom
