// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pickle_archive.h"

#include <gtest/gtest.h>

#include "core/checkpoint/safetensors.h"
#include "tests/core/checkpoint/torch_archive.h"

namespace headroom {
namespace {

using namespace checkpoint_test;

std::vector<float> readFloats(const TensorSource& source, const std::string& name) {
  std::vector<float> values(static_cast<size_t>(source.info(name).bytes) / sizeof(float));
  source.read(name, std::as_writable_bytes(std::span(values)));
  return values;
}

std::string errorOfPickle(const std::string& pickle) {
  const TemporaryFolder folder;
  const std::string path = folder.write("pytorch_model.bin", archiveBytes(pickle, sixFloats()));
  return errorOf([&] { PickleArchive archive(path); });
}

std::string errorOfTensor(const TensorPickle& pickled) { return errorOfPickle(stateDict(text("w") + tensor(pickled))); }

TEST(PickleArchive, equalsTheSameModelInSafetensors) {
  const PickleArchive pickled(fixture("bert_cls/pytorch_model.bin"));
  const SafetensorsFile plain(fixture("bert_cls/model.safetensors"));
  ASSERT_EQ(pickled.tensors(), plain.tensors());
  for (const auto& [name, info] : plain.tensors())
    EXPECT_EQ(readFloats(pickled, name), readFloats(plain, name)) << name;
}

TEST(PickleArchive, readsZip64AndStridedViews) {
  const TemporaryFolder folder;
  const std::string items =
      text("plain") + tensor({}) + text("transposed") +
      tensor(
          {.storageType = "FloatStorage", .key = "0", .elements = 6, .offset = 0, .shape = {3, 2}, .strides = {1, 3}}) +
      text("column") +
      tensor({.storageType = "FloatStorage", .key = "0", .elements = 6, .offset = 1, .shape = {2}, .strides = {3}}) +
      text("empty") +
      tensor(
          {.storageType = "FloatStorage", .key = "0", .elements = 6, .offset = 6, .shape = {0, 9}, .strides = {9, 1}}) +
      text("scalar") +
      tensor({.storageType = "FloatStorage", .key = "0", .elements = 6, .offset = 5, .shape = {}, .strides = {}});
  for (const bool zip64 : {false, true}) {
    const std::string path =
        folder.write("m.bin", archiveBytes(stateDict(items), sixFloats(), {.zip64 = zip64, .method = 0, .flags = 0}));
    const PickleArchive archive(path);
    EXPECT_EQ(readFloats(archive, "plain"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(readFloats(archive, "transposed"), (std::vector<float>{0, 3, 1, 4, 2, 5}));
    EXPECT_EQ(readFloats(archive, "column"), (std::vector<float>{1, 4}));
    EXPECT_EQ(readFloats(archive, "empty"), std::vector<float>{});
    EXPECT_EQ(readFloats(archive, "scalar"), std::vector<float>{5});
  }
}

TEST(PickleArchive, acceptsAnOrderedDictWithMetadataAndParameters) {
  const TemporaryFolder folder;
  const std::string parameter =
      global("torch._utils", "_rebuild_parameter") + "(" + tensor({}) + "\x88" + orderedDict() + "tR";
  const std::string metadata = "}" + text("_metadata") + orderedDict() + "sb";
  const std::string path = folder.write(
      "m.bin",
      archiveBytes("\x80\x02" + orderedDict() + "(" + text("w") + parameter + "u" + metadata + ".", sixFloats()));
  EXPECT_EQ(readFloats(PickleArchive(path), "w").size(), 6u);
}

TEST(PickleArchive, acceptsProtocolFourWithStackGlobals) {
  const TemporaryFolder folder;
  const auto shortText = [](const std::string& value) { return "\x8c" + little(value.size(), 1) + value; };
  const auto stackGlobal = [&](const std::string& module, const std::string& name) {
    return shortText(module) + "\x94" + shortText(name) + "\x93";
  };
  const std::string pickle =
      "\x80\x04\x95" + little(9, 8) + "}(" + shortText("w") + stackGlobal("torch._utils", "_rebuild_tensor_v2") + "((" +
      shortText("storage") + stackGlobal("torch", "FloatStorage") + shortText("0") + shortText("cpu") + "K\x06" + "tQ" +
      std::string("K\0", 2) + "K\x02K\x03\x86K\x03K\x01\x86\x89" + stackGlobal("collections", "OrderedDict") + ")RtRu.";
  EXPECT_EQ(readFloats(PickleArchive(folder.write("m.bin", archiveBytes(pickle, sixFloats()))), "w"),
            (std::vector<float>{0, 1, 2, 3, 4, 5}));
}

TEST(PickleArchive, refusesForeignGlobalsByNameWithTheRemedy) {
  const std::vector<std::pair<std::string, std::string>> globals{{"os", "system"},         {"builtins", "eval"},
                                                                 {"__builtin__", "exec"},  {"torch", "load"},
                                                                 {"collections", "deque"}, {"posix", "system"}};
  for (const auto& [module, name] : globals) {
    const std::string message = errorOfPickle("\x80\x02" + global(module, name) + "(" + text("touch /tmp/x") + "tR.");
    EXPECT_NE(message.find("'" + module + "." + name + "'"), std::string::npos) << message;
    EXPECT_NE(message.find("safe_serialization=True"), std::string::npos) << message;
  }
}

TEST(PickleArchive, refusesPicklesThatAreNoStateDict) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "ends too early"},
      {"\x80\x02", "ends too early"},
      {"\x80\x02.", "empty stack"},
      {"\x80\x02].", "dictionary of tensors"},
      {"\x80\x09}.", "protocol"},
      {"\x80\x02"
       "i",
       "opcode 0x69"},
      {"\x80\x02"
       "t.",
       "mark"},
      {"\x80\x02(.", "mark"},
      {"\x80\x02(q\x01.", "remembers a mark"},
      {"\x80\x02}h\x05.", "never remembered"},
      {"\x80\x02}r" + little(4'000'000'000, 4) + ".", "more than the pickle can hold"},
      {"\x80\x02X" + little(4'000'000'000, 4) + "a.", "ends too early"},
      {"\x80\x02\x8a\x09" + std::string(9, 'a') + ".", "9 bytes"},
      {stateDict(text("w")), "without a value"},
      {stateDict("K\x01"
                 "K\x02"),
       "keys"},
      {stateDict(text("w") + "K\x02"), "'w': expected a tensor"},
      {stateDict(text(std::string(2000, 'n')) + tensor({})), "names"},
      {stateDict(text("w") + tensor({}) + text("w") + tensor({})), "twice"},
      {stateDict(text("w") + text("x") + "tQ"), "another description"},
      {"\x80\x02" + global("collections", "OrderedDict") + "K\x01R.", "tuple"},
      {"\x80\x02"
       "K\x01)R.",
       "function"}};
  for (const auto& [pickle, expected] : cases) {
    const std::string message = errorOfPickle(pickle);
    EXPECT_NE(message.find(expected), std::string::npos) << message << " instead of " << expected;
  }
}

TEST(PickleArchive, refusesTensorsThatReachBeyondTheirStorage) {
  TensorPickle bad;
  bad.offset = 1;
  EXPECT_NE(errorOfTensor(bad).find("reaches beyond"), std::string::npos);
  bad = {};
  bad.offset = -1;
  EXPECT_NE(errorOfTensor(bad).find("contradict"), std::string::npos);
  bad = {};
  bad.strides = {4, 1};
  EXPECT_NE(errorOfTensor(bad).find("reaches beyond"), std::string::npos);
  bad.strides = {-3, 1};
  EXPECT_NE(errorOfTensor(bad).find("none negative"), std::string::npos);
  bad.strides = {1};
  EXPECT_NE(errorOfTensor(bad).find("contradict"), std::string::npos);
  bad = {};
  bad.shape = {std::int64_t{1} << 62, 1};
  bad.strides = {8, 1};
  EXPECT_NE(errorOfTensor(bad).find("reaches beyond"), std::string::npos);
  bad.shape = {1 << 30, 1 << 30};  // a tiny storage spread to any size
  bad.strides = {0, 0};
  EXPECT_NE(errorOfTensor(bad).find("reaches beyond"), std::string::npos);
  bad = {};
  bad.elements = 7;
  EXPECT_NE(errorOfTensor(bad).find("found 24 bytes"), std::string::npos);
  bad.elements = INT64_MAX;
  EXPECT_NE(errorOfTensor(bad).find("found 24 bytes"), std::string::npos);
  bad = {};
  bad.key = "9";
  EXPECT_NE(errorOfTensor(bad).find("not in the archive"), std::string::npos);
  bad = {};
  bad.storageType = "QInt8Storage";
  EXPECT_NE(errorOfTensor(bad).find("torch.QInt8Storage"), std::string::npos);
}

TEST(PickleArchive, refusesOtherArchives) {
  const TemporaryFolder folder;
  const auto errorOfBytes = [&](const std::string& bytes) {
    const std::string path = folder.write("m.bin", bytes);
    return errorOf([&] { PickleArchive archive(path); });
  };
  const std::string pickle = stateDict(text("w") + tensor({}));
  EXPECT_NE(errorOfBytes("").find("no zip archive"), std::string::npos);
  EXPECT_NE(errorOfBytes("\x80\x02\x8a\nl\xfc").find("torch before 1.6"), std::string::npos);
  EXPECT_NE(
      errorOfBytes(archiveBytes(pickle, sixFloats(), {.zip64 = false, .method = 8, .flags = 0})).find("compressed"),
      std::string::npos);
  EXPECT_NE(
      errorOfBytes(archiveBytes(pickle, sixFloats(), {.zip64 = false, .method = 0, .flags = 1})).find("encrypted"),
      std::string::npos);
  EXPECT_NE(errorOfBytes(zipBytes({{"a/other", "x"}})).find("no data.pkl"), std::string::npos);
  EXPECT_NE(errorOfBytes(zipBytes({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}})).find("two data.pkl"),
            std::string::npos);
  EXPECT_NE(errorOfBytes(zipBytes({{"a/data.pkl", pickle}, {"a/data.pkl", pickle}})).find("twice"), std::string::npos);
  EXPECT_NE(errorOfBytes(zipBytes({{"a/data.pkl", pickle}, {"a/byteorder", "big"}})).find("byteorder"),
            std::string::npos);
}

// A pickle that recalls and copies one long value again and again must not take quadratic time.
TEST(PickleArchive, hostilePicklesEndQuickly) {
  std::string items;
  for (int i = 0; i < 300'000; ++i) items += "N";
  std::string repeated;
  for (int i = 0; i < 300'000; ++i) repeated += "h\x02h\x01R0";
  errorOfPickle("\x80\x02(" + items + "tq\x01" + "0" + global("collections", "OrderedDict") + "q\x02" + "0" + repeated +
                ".");
  errorOfPickle("\x80\x02" + std::string(2'500'000, '}') + ".");
  errorOfPickle("\x80\x02" + std::string(2'500'000, '(') + ".");
  std::string marks =
      "\x80\x02}q\x01"
      "0";
  for (int i = 0; i < 500'000; ++i) marks += "h\x01(";
  errorOfPickle(marks + ".");
}

void damageEverywhere(const std::string& whole, const std::vector<int>& flips, size_t step) {
  const MemoryFile file;
  const auto tryBytes = [&](const std::string& bytes) {
    file.assign(bytes);
    try {
      const PickleArchive archive(file.path());
      for (const auto& [name, info] : archive.tensors()) {
        std::vector<std::byte> room(static_cast<size_t>(info.bytes));
        archive.read(name, room);
      }
    } catch (const Error&) {
      return;
    }
  };
  for (size_t size = 0; size < whole.size(); size += step) tryBytes(whole.substr(0, size));
  for (size_t at = 0; at < whole.size(); at += step)
    for (const int flip : flips) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      tryBytes(bytes);
    }
}

TEST(PickleArchive, damageAnywhereEndsInAnErrorOrAValidFile) {
  const std::string pickle = stateDict(text("w") + tensor({}) + text("v") + tensor({}));
  damageEverywhere(archiveBytes(pickle, sixFloats()), {1, 4, 32, 128, 255}, 1);
  damageEverywhere(archiveBytes(pickle, sixFloats(), {.zip64 = true, .method = 0, .flags = 0}), {1, 255}, 1);
}

TEST(PickleArchive, damageToARealModelEndsInAnErrorOrAValidFile) {
  damageEverywhere(readBytes(fixture("bert_cls/pytorch_model.bin")), {255}, 9973);
}

TEST(PickleArchive, damageToARealPickleEndsInAnErrorOrAValidFile) {
  const std::string whole = readBytes(fixture("bert_cls/pytorch_model.bin"));
  const size_t begin = whole.find("\x80\x02}q");
  ASSERT_NE(begin, std::string::npos);
  damageEverywhere(zipBytes({{"a/data.pkl", whole.substr(begin, 8631)}}), {255}, 3);
}

}  // namespace
}  // namespace headroom
