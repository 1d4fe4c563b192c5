// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/data/picture_file.h"
#include "core/data/task_batches.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/data/image_bytes.h"

namespace headroom {
namespace {

using test::gzipped;
using test::idx;
using test::jpeg;
using test::messageOf;
using test::png;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

Dataset open(const std::string& path, ImageDatasetRequest request = {}) {
  request.path = path;
  return openImages(request);
}

std::string whyRefused(const std::string& path, const ImageDatasetRequest& request = {}) {
  return messageOf<Error>([&] { (void)open(path, request); });
}

class IdxFiles : public testing::Test {
 protected:
  void writeLabels(const std::string& labels) const {
    m_folder.write("t-labels-idx1-ubyte", idx({static_cast<std::uint32_t>(labels.size())}, labels));
  }
  [[nodiscard]] std::string writeImages(const std::string& bytes) const {
    return m_folder.write("t-images-idx3-ubyte", bytes);
  }
  TemporaryFolder m_folder;
  std::string m_good = idx({2, 2, 3}, "abcdefghijkl");
};

TEST_F(IdxFiles, areReadWithTheLabelsBesideThem) {
  writeLabels(std::string("\1\0", 2));
  const Dataset data = open(writeImages(m_good));
  ASSERT_EQ(data.kind, DataKind::Images);
  ASSERT_EQ(data.examples.size(), 2u);
  EXPECT_EQ(data.images->shape, (ImageShape{.channels = 1, .height = 2, .width = 3}));
  EXPECT_EQ(data.images->image(1)[0], 'g');
  EXPECT_EQ(data.examples[0].label, 1);
  EXPECT_EQ(data.labels, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(data.summary.format, "IDX");
}

TEST_F(IdxFiles, mayBeGzippedEachForItself) {
  m_folder.write("t-labels-idx1-ubyte.gz", gzipped(idx({2}, std::string("\0\1", 2))));
  const std::string path = m_folder.write("t-images-idx3-ubyte.gz", gzipped(m_good));
  EXPECT_EQ(open(path).images->image(0)[5], 'f');
  const std::string bytes = gzipped(m_good);
  m_folder.write("t-images-idx3-ubyte.gz", bytes.substr(0, bytes.size() - 9));
  EXPECT_THAT(whyRefused(path), HasSubstr("end of the file within gzip data"));
  std::string damaged = bytes;
  damaged[bytes.size() - 5] ^= 1;  // the checksum
  m_folder.write("t-images-idx3-ubyte.gz", damaged);
  EXPECT_THAT(whyRefused(path), HasSubstr("damaged gzip data"));
}

TEST_F(IdxFiles, withDimensionsThatLieAreRefused) {
  writeLabels(std::string("\0\1", 2));
  for (const std::string& bytes : {idx({2, 2, 3}, "abcdefghijk"), idx({2, 2, 3}, "abcdefghijklm"),
                                   idx({3, 2, 3}, "abcdefghijkl"), idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abc"),
                                   idx({0x10000, 0x10000, 0x10000}, "abc"), idx({65536, 65536, 1}, "")}) {
    const std::string message = whyRefused(writeImages(bytes));
    EXPECT_THAT(message, AllOf(HasSubstr("t-images-idx3-ubyte: found "), HasSubstr("bytes behind the dimensions")));
  }
  EXPECT_THAT(whyRefused(writeImages(idx({12}, "abcdefghijkl"))), HasSubstr("expected images x height x width"));
  EXPECT_THAT(whyRefused(writeImages(idx({0, 2, 3}, ""))), HasSubstr("dimensions 0 x 2 x 3"));
  EXPECT_THAT(whyRefused(writeImages("")), HasSubstr("no IDX file"));
  EXPECT_THAT(whyRefused(writeImages(std::string("\0\0\x0D\3abcdefghijkl", 16))), HasSubstr("type 13"));
  EXPECT_THAT(whyRefused(writeImages(std::string("\0\0\x08\xFF", 4))), HasSubstr("within its 255 dimensions"));
}

TEST_F(IdxFiles, withoutOrWithTooFewLabelsAreRefused) {
  const std::string path = writeImages(m_good);
  EXPECT_THAT(whyRefused(path), HasSubstr("expected the file t-labels-idx1-ubyte"));
  writeLabels(std::string("\0\1\1", 3));
  EXPECT_THAT(whyRefused(path), AllOf(HasSubstr("t-labels"), HasSubstr("dimensions 3, expected 2")));
  writeLabels(std::string("\0\7", 2));
  EXPECT_THAT(whyRefused(path, {.path = "", .labelNames = {"no", "yes"}}),
              AllOf(HasSubstr("image 2"), HasSubstr("found label 7")));
}

TEST(CifarFiles, haveOneLabelByteOrTwo) {
  const TemporaryFolder folder;
  const std::string pixels = std::string(1024, 'r') + std::string(1024, 'g') + std::string(1024, 'b');
  const Dataset ten = open(folder.write("data_batch_1.bin", "\3" + pixels + "\1" + pixels));
  ASSERT_EQ(ten.examples.size(), 2u);
  EXPECT_EQ(ten.examples[0].label, 3);
  EXPECT_EQ(ten.images->image(1)[1024], 'g');
  const Dataset hundred = open(folder.write("train.bin.gz", gzipped("\2\x63" + pixels)));
  EXPECT_EQ(hundred.examples[0].label, 99);
}

TEST(CifarFiles, ofAWrongSizeOrWithAWrongLabelAreRefused) {
  const TemporaryFolder folder;
  EXPECT_THAT(whyRefused(folder.write("a.bin", std::string(3000, 'x'))),
              HasSubstr("found 3000 bytes, expected a multiple of 3073"));
  EXPECT_THAT(whyRefused(folder.write("a.bin", "")), HasSubstr("found 0 bytes"));
  EXPECT_THAT(whyRefused(folder.write("a.bin", std::string(3073, '\x0A'))),
              HasSubstr("image 1: found a label that is not below 10"));
}

class PictureFolders : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(m_folder.file("cat"));
    std::filesystem::create_directory(m_folder.file("dog"));
    m_folder.write("cat/1.png", png(2, 1, PNG_FORMAT_RGB, "rgbRGB"));
    m_folder.write("dog/1.png", png(2, 1, PNG_FORMAT_RGBA, std::string("xyz\0XYZ\xFF", 8)));
    m_folder.write("dog/notes.txt", "no picture");
  }
  TemporaryFolder m_folder;
};

TEST_F(PictureFolders, nameTheirClasses) {
  const Dataset data = open(m_folder.path());
  ASSERT_EQ(data.examples.size(), 2u);
  EXPECT_EQ(data.labels, (std::vector<std::string>{"cat", "dog"}));
  const auto cat = data.images->image(0), dog = data.images->image(1);
  EXPECT_EQ(Bytes(cat.begin(), cat.end()), (Bytes{'r', 'R', 'g', 'G', 'b', 'B'}));
  EXPECT_EQ(Bytes(dog.begin(), dog.end()), (Bytes{'x', 'X', 'y', 'Y', 'z', 'Z'}));  // transparency is dropped
  EXPECT_THAT(data.examples[1].text, HasSubstr("dog/1.png"));
}

TEST_F(PictureFolders, mayListTheirClassesInATable) {
  m_folder.write("labels.tsv", "file\tlabel\ndog/1.png\tb\ncat/1.png\ta\n");
  const Dataset data = open(m_folder.path());
  EXPECT_EQ(data.examples[0].label, 1);
  EXPECT_EQ(data.labels, (std::vector<std::string>{"a", "b"}));
  m_folder.write("labels.tsv", "cat/1.png\ta\nbird.png\tb\n");
  EXPECT_THAT(whyRefused(m_folder.path()), HasSubstr("line 2: found the name of a file that is not there"));
  m_folder.write("labels.tsv", "../x.png\ta\n");
  EXPECT_THAT(whyRefused(m_folder.path()), HasSubstr("outside the folder"));
}

TEST_F(PictureFolders, ofMixedSizesAreRefused) {
  m_folder.write("dog/2.png", png(1, 2, PNG_FORMAT_RGB, "rgbRGB"));
  EXPECT_THAT(
      whyRefused(m_folder.path()),
      AllOf(HasSubstr("dog/2.png: found a picture of 1 x 2 pixels, expected 2 x 1 as "), HasSubstr("cat/1.png")));
}

TEST_F(PictureFolders, withADamagedPictureAreRefused) {
  const std::string good = png(2, 1, PNG_FORMAT_RGB, "rgbRGB"), photo = jpeg(16, 16, 100);
  for (const std::string& bytes :
       {good.substr(0, 40), good.substr(0, good.size() - 20), photo.substr(0, photo.size() / 2),
        photo.substr(0, photo.size() - 2), std::string("GIF89a"), std::string()}) {
    m_folder.write("dog/2.png", bytes);
    EXPECT_THAT(whyRefused(m_folder.path()), AllOf(HasSubstr("dog/2.png: found "), HasSubstr("replace or remove")))
        << bytes.size();
  }
  std::string crc = good;
  crc[crc.size() - 18] ^= 1;  // within the pixels' chunk
  m_folder.write("dog/2.png", crc);
  EXPECT_THAT(whyRefused(m_folder.path()), HasSubstr("damaged PNG"));
  std::string huge = good;
  huge.replace(16, 8, "\x00\x0F\x00\x00\x00\x0F\x00\x00", 8);
  m_folder.write("dog/2.png", huge);
  EXPECT_THAT(whyRefused(m_folder.path()), HasSubstr("dog/2.png: found "));
}

TEST_F(PictureFolders, withoutPicturesAreRefused) {
  const TemporaryFolder empty;
  EXPECT_THAT(whyRefused(empty.path()), HasSubstr("found no PNG or JPEG files"));
}

TEST_F(PictureFolders, getTheChannelsAndTheSizeOfTheModel) {
  const Dataset data = open(m_folder.path(), {.path = "", .channels = 1, .height = 2, .width = 4});
  EXPECT_EQ(data.images->shape, (ImageShape{.channels = 1, .height = 2, .width = 4}));
  EXPECT_EQ(data.images->image(0)[0], (299 * 'r' + 587 * 'g' + 114 * 'b' + 500) / 1000);
}

TEST(Pictures, survivesEveryDamagedByte) {
  Rng rng(1);
  std::string pixels;
  for (int i = 0; i < 12 * 12 * 3; ++i) pixels += static_cast<char>(rng.below(256));
  for (const std::string& good : {png(12, 12, PNG_FORMAT_RGB, pixels), jpeg(20, 12, 77)}) {
    for (int round = 0; round < 1000; ++round) {
      std::string bad = good;
      for (int i = 0; i < 2; ++i) bad[rng.below(bad.size())] = static_cast<char>(rng.below(256));
      try {
        (void)(good.starts_with("\xFF") ? decodeJpeg(bad, "bad") : decodePng(bad, "bad"));
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("bad: found"));
      }
    }
  }
}

TEST(Pictures, greyJpegIsReadWhole) {
  const Picture picture = decodeJpeg(jpeg(20, 12, 77), "x");
  EXPECT_EQ(picture.shape, (ImageShape{.channels = 1, .height = 12, .width = 20}));
  EXPECT_EQ(picture.pixels, Bytes(240, 77));
}

TEST(ImageTransforms, resizeAsPillowDoes) {
  // By hand: weights 3/7, 3/7, 1/7 where two pixels become one; between two pixels 1/4 and 3/4.
  const ImageBlock row{.shape = {.channels = 1, .height = 1, .width = 4}, .pixels = {0, 100, 200, 40}};
  EXPECT_EQ(resized(row, 1, 2).pixels, (Bytes{71, 117}));
  EXPECT_EQ(resized(row, 1, 8).pixels, (Bytes{0, 25, 75, 125, 175, 160, 80, 40}));
  EXPECT_EQ(resized(row, 1, 4).pixels, row.pixels);
}

TEST(ImageTransforms, normaliseChannelByChannel) {
  const TemporaryFolder folder;
  EXPECT_EQ(readImageTransform(folder.path(), 3).mean, (std::vector<float>{0.5F, 0.5F, 0.5F}));
  folder.write("preprocessor_config.json",
               R"({"image_mean": [0.0, 0.5], "image_std": [1.0, 0.25], "rescale_factor": 0.01})");
  Dataset data;
  data.examples.resize(2);
  data.examples[1].label = 1;
  data.images = std::make_shared<const ImageBlock>(
      ImageBlock{.shape = {.channels = 2, .height = 1, .width = 1}, .pixels = {0, 0, 100, 100}});
  const ImageBatch batch = makeImageBatch(data, std::vector<int>{1}, readImageTransform(folder.path(), 2));
  EXPECT_EQ(batch.labels, (std::vector<std::int64_t>{1}));
  ASSERT_EQ(batch.pixels.size(), 2u);
  EXPECT_NEAR(batch.pixels[0], 1, 1e-6);
  EXPECT_NEAR(batch.pixels[1], 2, 1e-6);
}

TEST(ImageTransforms, refuseNumbersThatDoNotFit) {
  const TemporaryFolder folder;
  const auto why = [&](const char* content) {
    folder.write("preprocessor_config.json", content);
    return messageOf<Error>([&] { (void)readImageTransform(folder.path(), 3); });
  };
  EXPECT_THAT(why(R"({"image_mean": [0.5, 0.5]})"), HasSubstr("image_mean: found [0.5,0.5], expected 3 numbers"));
  EXPECT_THAT(why(R"({"image_std": [0, 1, 1]})"), HasSubstr("image_std"));
  EXPECT_THAT(why(R"({"rescale_factor": "x"})"), HasSubstr("rescale_factor"));
  EXPECT_THAT(why("["), HasSubstr("preprocessor_config.json"));
}

}  // namespace
}  // namespace headroom
