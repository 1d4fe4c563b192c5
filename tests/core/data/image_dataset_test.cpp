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
using test::pngChunk;
using test::rawPng;
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

TEST(Pictures, pngValuesAreTakenAsTheyStandWhateverTheGamma) {
  const std::string rows("\0\x40\xC0", 3);
  const Picture picture = decodePng(rawPng(2, 1, 8, 0, rows, pngChunk("gAMA", std::string("\0\x01\x86\xA0", 4))), "x");
  EXPECT_EQ(picture.shape, (ImageShape{.channels = 1, .height = 1, .width = 2}));
  EXPECT_EQ(picture.pixels, (Bytes{0x40, 0xC0}));
}

TEST(Pictures, pngOf16BitsGivesTheUpper8) {
  EXPECT_EQ(decodePng(rawPng(2, 1, 16, 0, std::string("\0\x40\x40\xC0\x10", 5)), "x").pixels, (Bytes{0x40, 0xC0}));
  const Picture colour = decodePng(rawPng(1, 1, 16, 2, std::string("\0\x01\xFF\x02\x80\x03\x00", 7)), "x");
  EXPECT_EQ(colour.shape.channels, 3);
  EXPECT_EQ(colour.pixels, (Bytes{1, 2, 3}));
}

TEST(Pictures, pngOfEveryKindBecomesGreyOrColour) {
  const std::string palette = pngChunk("PLTE", "\x01\x02\x03\x04\x05\x06\x07\x08\x09");
  const std::string clear = pngChunk("tRNS", std::string("\x00\xFF", 2));
  const Picture indexed = decodePng(rawPng(3, 1, 2, 3, std::string("\0\x84", 2), palette + clear), "x");  // 2, 0, 1
  EXPECT_EQ(indexed.pixels, (Bytes{7, 1, 4, 8, 2, 5, 9, 3, 6}));
  EXPECT_EQ(decodePng(rawPng(3, 1, 1, 0, std::string("\0\xA0", 2)), "x").pixels, (Bytes{255, 0, 255}));
  const Picture veiled = decodePng(rawPng(2, 1, 8, 4, std::string("\0\x0A\x00\x14\xFF", 5)), "x");
  EXPECT_EQ(veiled.shape.channels, 1);
  EXPECT_EQ(veiled.pixels, (Bytes{10, 20}));
  const std::string passes("\0a\0b", 4);  // the first pass has the left pixel, the sixth the right one
  EXPECT_EQ(decodePng(rawPng(2, 1, 8, 0, passes, {}, true), "x").pixels, (Bytes{'a', 'b'}));
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

TEST(ImageTransforms, resizeByCubicConvolutionAsPillowDoes) {
  // By hand: at distances 1/4, 3/4 and 5/4 the weights are 0.8671875, 0.2265625 and -0.0703125.
  const ImageBlock row{.shape = {.channels = 1, .height = 1, .width = 4}, .pixels = {0, 100, 200, 40}};
  EXPECT_EQ(resized(row, 1, 2, true).pixels, (Bytes{68, 122}));
  EXPECT_EQ(resized(row, 1, 8, true).pixels, (Bytes{0, 17, 71, 131, 193, 171, 73, 26}));
  const ImageBlock edge{.shape = {.channels = 1, .height = 2, .width = 1}, .pixels = {0, 255}};
  EXPECT_EQ(resized(edge, 4, 1, true).pixels, (Bytes{0, 53, 202, 255})) << "what overshoots is cut off";
}

/// What preprocessor_config.json makes of two images of 4 x 2 pixels for a model of that size.
Bytes sizedBy(const std::string& config, const ImageSize& model) {
  const TemporaryFolder folder;
  folder.write("preprocessor_config.json", config);
  const ImageBlock images{.shape = {.channels = 1, .height = 2, .width = 4},
                          .pixels = {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18}};
  const ImageBlock out = sized(images, readImageSizing(folder.path()), model, "dev");
  EXPECT_EQ(out.shape, (ImageShape{.channels = 1, .height = model.height, .width = model.width}));
  return out.pixels;
}

TEST(ImageTransforms, cutTheMiddleOut) {
  const Bytes middle{2, 3, 6, 7, 12, 13, 16, 17};
  const ImageSize square{.height = 2, .width = 2};
  EXPECT_EQ(sizedBy(R"({"do_resize": false, "do_center_crop": true, "crop_size": 2})", square), middle);
  EXPECT_EQ(sizedBy(R"({"size": {"shortest_edge": 2}, "do_center_crop": true, "crop_size": 2})", square), middle);
  EXPECT_EQ(sizedBy(R"({"size": {"height": 2, "width": 4}, "do_center_crop": true,
                        "crop_size": {"height": 1, "width": 1}, "resample": 3})",
                    {.height = 1, .width = 1}),
            (Bytes{2, 12}));
}

TEST(ImageTransforms, resizeToTheModelWithoutAnyOtherWord) {
  EXPECT_EQ(sizedBy("{}", {.height = 2, .width = 4}).size(), 16u);
  EXPECT_EQ(sizedBy("{}", {.height = 1, .width = 1}).size(), 2u);
}

TEST(ImageTransforms, readHowDeitSizesItsPictures) {
  const TemporaryFolder folder;
  folder.write("preprocessor_config.json", R"({"size": 256, "crop_size": 224, "do_center_crop": true, "resample": 3})");
  const ImageSizing sizing = readImageSizing(folder.path());
  EXPECT_EQ(sizing.size, (ImageSize{.height = 256, .width = 256}));
  EXPECT_EQ(sizing.crop, (ImageSize{.height = 224, .width = 224}));
  EXPECT_TRUE(sizing.bicubic);
  const ImageBlock wide{.shape = {.channels = 1, .height = 100, .width = 300}, .pixels = Bytes(30000, 9)};
  EXPECT_EQ(sized(wide, sizing, {.height = 224, .width = 224}, "dev").pixels, Bytes(224 * 224, 9));
}

TEST(ImageTransforms, refuseSizesThatDoNotLeadToTheModels) {
  const auto why = [](const std::string& config, int height, int width) {
    return messageOf<Error>([&] { (void)sizedBy(config, {.height = height, .width = width}); });
  };
  EXPECT_THAT(why(R"({"resample": 1})", 2, 4), HasSubstr("resample: found 1, expected 2 (bilinear) or 3 (bicubic)"));
  EXPECT_THAT(why(R"({"size": {"longest_edge": 4}})", 2, 4), HasSubstr("size: found {\"longest_edge\":4}"));
  EXPECT_THAT(why(R"({"size": 0})", 2, 4), HasSubstr("size: found 0, expected a number of pixels"));
  EXPECT_THAT(why(R"({"size": 5})", 2, 4), HasSubstr("size: found 5 x 5, expected 4 x 2, the image_size of the model"));
  EXPECT_THAT(why(R"({"do_center_crop": true})", 2, 4), HasSubstr("crop_size: found nothing"));
  EXPECT_THAT(why(R"({"do_center_crop": true, "crop_size": 2})", 2, 2), HasSubstr("size: found nothing"));
  EXPECT_THAT(why(R"({"size": 8, "do_center_crop": true, "crop_size": 3})", 2, 2),
              HasSubstr("crop_size: found 3 x 3, expected 2 x 2"));
  EXPECT_THAT(why(R"({"size": 2, "do_center_crop": true, "crop_size": 3})", 3, 3),
              HasSubstr("crop_size: found 3 x 3, expected at most 2 x 2"));
  EXPECT_THAT(why(R"({"do_resize": false})", 2, 2),
              HasSubstr("dev: found pictures of 4 x 2 pixels, expected 2 x 2, because do_resize is false"));
}

TEST_F(PictureFolders, areSizedAsTheModelsFolderSays) {
  const TemporaryFolder model;
  model.write("preprocessor_config.json", R"({"do_resize": false, "do_center_crop": true, "crop_size": 1})");
  const Dataset data = open(m_folder.path(), {.path = "", .height = 1, .width = 1, .modelFolder = model.path()});
  const auto cat = data.images->image(0);
  EXPECT_EQ(Bytes(cat.begin(), cat.end()), (Bytes{'r', 'g', 'b'}));
  model.write("preprocessor_config.json", R"({"do_resize": false})");
  EXPECT_THAT(whyRefused(m_folder.path(), {.path = "", .height = 1, .width = 1, .modelFolder = model.path()}),
              HasSubstr("do_resize is false"));
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
