// SPDX-License-Identifier: GPL-3.0-or-later
// Files of every kind that is read, cut short at many lengths and with bits turned over at random: each is read, or
// refused with one line that names the file. Never a crash, a hang or another exception.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/rng.h"
#include "core/data/image_dataset.h"
#include "core/data/parallel_text.h"
#include "core/data/question_answers.h"
#include "core/data/text_stream.h"
#include "core/sample/word_level_file.h"
#include "core/text/tokenizer.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/data/image_bytes.h"
#include "tests/core/data/word_tokens.h"
#include "tests/core/text/model_files.h"

namespace headroom {
namespace {

constexpr int kCuts = 24, kFlips = 120;

class DamagedFiles : public testing::Test {
 protected:
  test::TemporaryFolder scratch;

  /// Opens the file whole, then damaged in many ways.
  void survive(const std::string& name, const std::string& bytes, const std::function<void()>& open) {
    std::filesystem::create_directories(std::filesystem::path(scratch.file(name)).parent_path());
    (void)scratch.write(name, bytes);
    ASSERT_NO_THROW(open()) << name;
    for (int i = 0; i < kCuts; ++i) attempt(name, bytes.substr(0, bytes.size() * static_cast<size_t>(i) / kCuts), open);
    Rng rng(1, bytes.size());
    for (int i = 0; i < kFlips; ++i) {
      std::string damaged = bytes;
      for (std::uint64_t n = 1 + rng.below(3); n > 0; --n)
        damaged[rng.below(damaged.size())] ^= static_cast<char>(1U << rng.below(8));
      attempt(name, damaged, open);
    }
    (void)scratch.write(name, bytes);
  }

 private:
  void attempt(const std::string& name, const std::string& bytes, const std::function<void()>& open) {
    (void)scratch.write(name, bytes);
    try {
      open();
    } catch (const Error& error) {
      const std::string line = error.what();
      EXPECT_EQ(line.find('\n'), std::string::npos) << line;
      EXPECT_NE(line.find(scratch.path()), std::string::npos) << line;
    } catch (const std::exception& other) {
      ADD_FAILURE() << name << ": another exception: " << other.what();
    }
  }
};

TEST_F(DamagedFiles, merges) {
  const std::string folder = std::string(HEADROOM_FIXTURES) + "/gpt2_cut/";
  (void)scratch.write("vocab.json", readTextFile(folder + "vocab.json"));
  (void)scratch.write("merges.txt", readTextFile(folder + "merges.txt"));
  const auto open = [this] { (void)openTokenizer(scratch.path(), 0)->encode("The quick brown fox, 12 of them."); };
  const std::string whole = readTextFile(folder + "merges.txt");
  survive("merges.txt", whole.substr(0, whole.rfind('\n', 4000) + 1), open);
}

TEST_F(DamagedFiles, tokenizersInJson) {
  survive("tokenizer.json", wordLevelJson({"<pad>", "</s>", "a", "b", "c"}, {"<pad>", "</s>"}, "</s>"),
          [this] { (void)openTokenizer(scratch.path(), 0)->encode("a b c"); });
}

TEST_F(DamagedFiles, sentencePieceModels) {
  survive("spiece.model",
          modelFile(test::unigram({test::kSpace, "a", "b", "ab", "abc", std::string(test::kSpace) + "a"})),
          [this] { (void)openTokenizer(scratch.path(), 0)->encode("a abc b"); });
}

TEST_F(DamagedFiles, idxImages) {
  (void)scratch.write("dev-labels-idx1-ubyte", test::idx({6}, std::string("\0\1\0\1\0\1", 6)));
  const std::string images = test::idx({6, 5, 4}, std::string(6 * 5 * 4, 'x'));
  survive("dev-images-idx3-ubyte", images,
          [this] { (void)openImages({.path = scratch.file("dev-images-idx3-ubyte")}); });
  std::filesystem::remove(scratch.file("dev-images-idx3-ubyte"));
  survive("dev-images-idx3-ubyte.gz", test::gzipped(images),
          [this] { (void)openImages({.path = scratch.file("dev-images-idx3-ubyte.gz")}); });
}

TEST_F(DamagedFiles, pictures) {
  std::filesystem::create_directories(scratch.file("p/cat"));
  std::filesystem::create_directories(scratch.file("p/dog"));
  (void)scratch.write("p/dog/1.png", test::png(6, 6, PNG_FORMAT_GRAY, std::string(36, 'd')));
  const auto open = [this] { (void)openImages({.path = scratch.file("p")}); };
  survive("p/cat/1.png", test::png(6, 6, PNG_FORMAT_GRAY, std::string(36, 'c')), open);
  std::filesystem::remove(scratch.file("p/cat/1.png"));
  survive("p/cat/1.jpg", test::jpeg(6, 6, 99), open);
}

TEST_F(DamagedFiles, parallelText) {
  const auto tokenizer = test::wordTokens();
  (void)scratch.write("a.txt", "a b\nb a\na a\n");
  survive("b.txt", "b b\na\nb\n", [&] {
    (void)openParallelText({.sourcePath = scratch.file("a.txt"), .targetPath = scratch.file("b.txt")}, *tokenizer);
  });
}

TEST_F(DamagedFiles, squad) {
  const auto tokenizer = test::wordTokens();
  const std::string json =
      R"({"version":"1.1","data":[{"title":"t","paragraphs":[{"context":"a b a","qas":[{"id":"1","question":"b","answers":[{"text":"b","answer_start":2}]}]}]}]})";
  std::string path = scratch.write("q.json", json);
  // The words' tokenizer keeps no places in a text: what is whole is refused too, in one line.
  for (size_t length = 0; length < json.size(); length += 3) {
    (void)scratch.write("q.json", json.substr(0, length));
    EXPECT_THROW((void)openQuestions({.path = path, .maxLength = 30, .overlap = 3}, *tokenizer), Error);
  }
}

}  // namespace
}  // namespace headroom
