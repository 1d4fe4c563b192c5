// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/safetensors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/core/checkpoint/scratch.h"

namespace headroom {
namespace {

using namespace checkpoint_test;

std::string errorOfHeader(const std::string& header, size_t dataBytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("m.safetensors", safetensorsBytes(header, std::string(dataBytes, 'x')));
  return errorOf([&] { SafetensorsFile file(path); });
}

TensorToWrite tensorOf(const std::string& name, Dtype dtype, std::vector<std::int64_t> shape,
                       const std::string& bytes) {
  return {name, dtype, std::move(shape), [bytes](const ByteSink& sink) {
            sink(std::as_bytes(std::span(bytes.data(), bytes.size() / 2)));
            sink(std::as_bytes(std::span(bytes.data() + bytes.size() / 2, bytes.size() - bytes.size() / 2)));
          }};
}

std::string readTensor(const TensorSource& source, const std::string& name) {
  std::string bytes(static_cast<size_t>(source.info(name).bytes), '\0');
  source.read(name, std::as_writable_bytes(std::span(bytes.data(), bytes.size())));
  return bytes;
}

TEST(Safetensors, readsWhatItWrote) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.safetensors");
  writeSafetensors(path,
                   {tensorOf("b", Dtype::I8, {3}, "abc"), tensorOf("a", Dtype::F32, {1, 2}, "12345678"),
                    tensorOf("empty", Dtype::F32, {0, 64}, ""), tensorOf("one", Dtype::I64, {}, "87654321")},
                   {{"format", "pt"}, {"note", "\"quoted\""}});
  const SafetensorsFile file(path);
  ASSERT_EQ(file.tensors().size(), 4u);
  EXPECT_EQ(file.info("a"), (TensorInfo{"a", Dtype::F32, {1, 2}, 8}));
  EXPECT_EQ(readTensor(file, "a"), "12345678");
  EXPECT_EQ(readTensor(file, "b"), "abc");
  EXPECT_EQ(readTensor(file, "empty"), "");
  EXPECT_EQ(readTensor(file, "one"), "87654321");
  EXPECT_EQ(file.metadata().at("note"), "\"quoted\"");
  EXPECT_EQ(file.totalBytes(), 19);
}

TEST(Safetensors, headerIsAlignedToEightBytes) {
  const TemporaryFolder folder;
  writeSafetensors(folder.file("m.safetensors"), {tensorOf("a", Dtype::F32, {2}, "12345678")});
  const std::string bytes = readBytes(folder.file("m.safetensors"));
  EXPECT_EQ((bytes.size() - 8) % 8, 0u);
  EXPECT_EQ(static_cast<unsigned char>(bytes[0]) % 8, 0);
}

TEST(Safetensors, writerRefusesAWrongNumberOfBytesAndLeavesNothing) {
  const TemporaryFolder folder;
  for (const std::string bytes : {"1234", "123456789"}) {
    const std::string text =
        errorOf([&] { writeSafetensors(folder.file("m.safetensors"), {tensorOf("a", Dtype::F32, {2}, bytes)}); });
    EXPECT_NE(text.find("expected 8"), std::string::npos) << text;
  }
  errorOf([&] {
    writeSafetensors(folder.file("m.safetensors"),
                     {tensorOf("a", Dtype::I8, {1}, "1"), tensorOf("a", Dtype::I8, {1}, "1")});
  });
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Safetensors, fullDiskLeavesNothing) {
  const TemporaryFolder folder;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{4096, before.rlim_max};
  const auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string text = errorOf([&] {
    writeSafetensors(folder.file("m.safetensors"), {tensorOf("a", Dtype::I8, {100'000}, std::string(100'000, 'x'))});
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, oldHandler);
  EXPECT_NE(text.find("too large"), std::string::npos) << text;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Safetensors, readChecksNameAndRoom) {
  const SafetensorsFile file(fixture("bert_cls/model.safetensors"));
  std::vector<std::byte> room(7);
  EXPECT_NE(errorOf([&] { file.read("classifier.bias", room); }).find("expected 12"), std::string::npos);
  EXPECT_NE(errorOf([&] { file.read("nothing", room); }).find("'nothing' not found"), std::string::npos);
}

TEST(Safetensors, refusesLyingHeaders) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"([1])", "JSON object"},
      {R"({"a": )", "expected JSON"},
      {R"({"a": 1})", "found a number"},
      {R"({"a": [1]})", "found an array"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "a": {}})", "found twice"},
      {R"({"a": {"dtype": "F32", "dtype": "F32", "shape": [2], "data_offsets": [0, 8]}})", "found twice"},
      {R"({"a": {"dtype": "F32", "shape": [2]}})", "found 2 fields"},
      {R"({"a": {"dtype": "F8", "shape": [2], "data_offsets": [0, 8]}})", "found 'F8'"},
      {R"({"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}})", "negative"},
      {R"({"a": {"dtype": "F32", "shape": [2.5], "data_offsets": [0, 8]}})", "fraction"},
      {R"({"a": {"dtype": "F32", "shape": [[2]], "data_offsets": [0, 8]}})", "found an array"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8]}})", "found 1 numbers"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}})", "found -8 bytes"},
      {R"({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}})", "expected 12"},
      {R"({"a": {"dtype": "F32", "shape": [4611686018427387904, 4611686018427387904], "data_offsets": [0, 0]}})",
       "larger"},
      {R"({"a": {"dtype": "F32", "shape": [18446744073709551615], "data_offsets": [0, 8]}})", "less than 2^63"},
      {R"({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}})", "cut short"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})", "found 8 bytes of data"},
      {R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}})", "hole"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "I8", "shape": [4], "data_offsets": [4, 8]}})",
       "overlaps"},
      {R"({"__metadata__": {"a": 1}})", "found a number"},
      {R"({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], "extra": {"b": {}}}})", "unknown field"}};
  for (const auto& [header, expected] : cases) {
    const std::string text = errorOfHeader(header, 8);
    EXPECT_NE(text.find(expected), std::string::npos) << header << "\n" << text;
  }
}

TEST(Safetensors, refusesWhatIsNoSafetensorsFile) {
  const TemporaryFolder folder;
  const auto errorOfBytes = [&](const std::string& bytes) {
    const std::string path = folder.write("m.safetensors", bytes);
    return errorOf([&] { SafetensorsFile file(path); });
  };
  EXPECT_NE(errorOfBytes("").find("cut short"), std::string::npos);
  EXPECT_NE(errorOfBytes(little(~std::uint64_t{0}, 8) + "{}").find("header length"), std::string::npos);
  EXPECT_NE(errorOfBytes(little(50, 8) + "{}").find("header length"), std::string::npos);
  EXPECT_NE(errorOfBytes("version https://git-lfs.github.com/spec/v1\n").find("git lfs pull"), std::string::npos);
  errorOf([&] { SafetensorsFile file(folder.file("missing")); });
  errorOf([&] { SafetensorsFile file(folder.path()); });
  const std::string deep(100'000, '[');
  errorOfBytes(safetensorsBytes("{\"a\":" + deep, ""));
}

TEST(Safetensors, damageAnywhereEndsInAnErrorOrAValidFile) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.safetensors");
  writeSafetensors(path, {tensorOf("a", Dtype::F32, {1, 2}, "12345678"), tensorOf("b", Dtype::I8, {3}, "abc")});
  const std::string whole = readBytes(path);
  const MemoryFile damaged;
  int errors = 0;
  const auto tryBytes = [&](const std::string& bytes) {
    damaged.assign(bytes);
    try {
      const SafetensorsFile file(damaged.path());
      for (const auto& [name, info] : file.tensors()) readTensor(file, name);
    } catch (const Error&) {
      ++errors;
    }
  };
  for (size_t size = 0; size < whole.size(); ++size) tryBytes(whole.substr(0, size));
  EXPECT_EQ(errors, static_cast<int>(whole.size()));
  for (size_t at = 0; at < whole.size(); ++at)
    for (const int flip : {1, 2, 16, 128, 255}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      tryBytes(bytes);
    }
}

}  // namespace
}  // namespace headroom
