// SPDX-License-Identifier: GPL-3.0-or-later
// Models whose weights are stored in other element types than they compute in.
#include "tests/core/model/stored_types.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/base/error.h"
#include "core/prune/surgery.h"

namespace headroom {
namespace {

using test::fixture;
using test::largestDifference;

class EveryFamilyAndType : public testing::TestWithParam<std::tuple<const char*, torch::ScalarType>> {
 protected:
  std::string original = fixture(std::get<0>(GetParam()));
  torch::ScalarType type = std::get<1>(GetParam());
  test::TemporaryFolder scratch;
  const torch::NoGradGuard noGrad;
};

TEST_P(EveryFamilyAndType, weightsKeepTheirTypeAndAreConvertedWhenUsed) {
  for (const int shards : {1, 3}) {
    const Transformer model = test::openTransformer(test::storedAs(scratch, original, type, shards));
    for (const Parameters::Entry& entry : model.parameters().entries())
      EXPECT_EQ(entry.tensor.scalar_type(), type) << entry.spec.canonical;
    const ModelInput input = test::openInputs(original);
    const torch::Tensor logits = model.forward(input).logits;
    EXPECT_EQ(logits.scalar_type(), torch::kFloat32);
    const Transformer atOnce(model.config(), model.parameters().to(torch::kCPU, torch::kFloat32));
    EXPECT_TRUE(torch::equal(logits, atOnce.forward(input).logits));
    const torch::Tensor exact = test::openTransformer(original).forward(input).logits;
    EXPECT_LE(largestDifference(logits, exact), 0.05 * (1 + exact.abs().max().item<double>()));
  }
}

TEST_P(EveryFamilyAndType, prunedModelsAreWrittenInTheSameType) {
  const Transformer model = test::openTransformer(test::storedAs(scratch, original, type));
  const ModelInput input = test::openInputs(original);
  const HeadMask mask = keepRandom(model.layout(), model.layout().headCount() / 2, 5);
  ForwardOptions masked;
  masked.gates = test::gatesOf(mask);
  const torch::Tensor expected = model.forward(input, masked).logits;
  const Transformer cut = compact(model, mask);
  const std::string file = scratch.file("cut.safetensors");
  writeSafetensors(file, cut.parameters().toWrite());
  const SafetensorsFile written(file);
  for (const auto& [name, info] : written.tensors()) EXPECT_EQ(dtypeSize(info.dtype), 2) << name;
  const Transformer reopened(cut.config(), Parameters::load(written, cut.config(), torch::kCPU));
  EXPECT_LE(largestDifference(reopened.forward(input).logits, expected), 1e-4);
  EXPECT_LE(largestDifference(Transformer(model.config(), zeroed(model, mask)).forward(input).logits, expected), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, EveryFamilyAndType,
                         testing::Combine(testing::Values("bert_cls", "distilbert_cls", "vit_cls", "gpt2_lm",
                                                          "llama_gqa", "bart_seq2seq", "marian_mt", "t5_seq2seq"),
                                          testing::Values(torch::kBFloat16, torch::kFloat16)));

class StoredTypes : public testing::Test {
 protected:
  test::TemporaryFolder scratch;
  const torch::NoGradGuard noGrad;

  /// The weights' file with one byte more of header, which moves every tensor to an odd place.
  std::string atOddPlaces(const std::string& folder) const {
    const std::string bytes = readTextFile(folder + "/model.safetensors");
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    const std::uint64_t longer = header + 1;
    std::string moved(reinterpret_cast<const char*>(&longer), sizeof longer);
    moved.append(bytes, 8, header).append(" ").append(bytes, 8 + header);
    return scratch.write("odd.safetensors", moved);
  }
};

TEST_F(StoredTypes, writingGivesTheFilesOwnBytes) {
  for (const char* model : {"llama_gqa", "gpt2_lm"}) {  // gpt2's are stored transposed and in parts
    const std::string folder = test::storedAs(scratch, fixture(model), torch::kBFloat16);
    const Transformer opened = test::openTransformer(folder);
    const std::string again = scratch.file("again.safetensors");
    writeSafetensors(again, opened.parameters().toWrite());
    const SafetensorsFile before(folder + "/model.safetensors"), after(again);
    for (const auto& [name, info] : after.tensors()) {
      const torch::Tensor wanted = readTensor(before, before.find(name) ? name : name.substr(name.find('.') + 1));
      EXPECT_TRUE(torch::equal(readTensor(after, name).to(torch::kFloat32), wanted.to(torch::kFloat32))) << name;
      EXPECT_EQ(info.dtype, Dtype::BF16);
    }
    std::filesystem::remove_all(folder);
  }
}

TEST_F(StoredTypes, tensorsAtOddPlacesAreCopied) {
  const std::string folder = test::storedAs(scratch, fixture("llama_gqa"), torch::kBFloat16);
  const SafetensorsFile odd(atOddPlaces(folder));
  EXPECT_FALSE(odd.map(odd.tensors().begin()->first));
  const ModelConfig config = readModelConfig(folder);
  const Transformer model(config, Parameters::load(odd, config, torch::kCPU));
  const ModelInput input = test::openInputs(folder);
  EXPECT_TRUE(torch::equal(model.forward(input).logits, test::openTransformer(folder).forward(input).logits));
}

TEST_F(StoredTypes, whatIsNoNumberIsRefusedInEveryType) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const ModelConfig config = readModelConfig(fixture("llama_gqa"));
  for (const torch::ScalarType type : {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16})
    for (const double bad : {nan, infinity, -infinity}) {
      const Parameters good = test::openTransformer(fixture("llama_gqa")).parameters().to(torch::kCPU, type);
      const Parameters copy = [&] {
        std::vector<Parameters::Entry> entries = good.entries();
        for (Parameters::Entry& entry : entries) entry.tensor = entry.tensor.clone();
        entries[5].tensor.view({-1})[3] = bad;
        return Parameters(std::move(entries));
      }();
      writeSafetensors(scratch.file("bad.safetensors"), copy.toWrite());
      const std::string line = test::messageOf<Error>(
          [&] { (void)Parameters::load(SafetensorsFile(scratch.file("bad.safetensors")), config, torch::kCPU); });
      EXPECT_NE(line.find("found a value that is no number"), std::string::npos) << line;
      EXPECT_NE(line.find(copy.entries()[5].spec.hfName), std::string::npos) << line;
    }
}

TEST_F(StoredTypes, trainingWeightsAreFloat32AndShareNothing) {
  const std::string folder = test::storedAs(scratch, fixture("llama_gqa"), torch::kBFloat16);
  const Transformer model = test::openTransformer(folder);
  const Parameters copy = model.parameters().clone();
  for (const Parameters::Entry& entry : copy.entries()) {
    EXPECT_EQ(entry.tensor.scalar_type(), torch::kFloat32);
    torch::Tensor(entry.tensor).zero_();
  }
  const Parameters same = test::openTransformer(fixture("llama_gqa")).parameters(), clone = same.clone();
  EXPECT_NE(clone.entries().front().tensor.data_ptr(), same.entries().front().tensor.data_ptr());
  EXPECT_GT(model.parameters().at("embeddings.word").to(torch::kFloat32).abs().max().item<double>(), 0);
}

TEST_F(StoredTypes, evaluatingInTheStoredTypeMakesNoCopies) {
  const std::string folder = test::storedAs(scratch, fixture("llama_gqa"), torch::kBFloat16);
  const Transformer model = test::openTransformer(folder);
  const Transformer half(model.config(), model.parameters().to(torch::kCPU, torch::kBFloat16), torch::kBFloat16);
  EXPECT_EQ(half.parameters().entries().front().tensor.data_ptr(),
            model.parameters().entries().front().tensor.data_ptr());
  const torch::Tensor logits = half.forward(test::openInputs(folder)).logits;
  EXPECT_EQ(logits.scalar_type(), torch::kBFloat16);
  EXPECT_LE(largestDifference(logits.to(torch::kFloat32), model.forward(test::openInputs(folder)).logits), 0.3);
}

}  // namespace
}  // namespace headroom
