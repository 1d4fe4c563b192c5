// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_dataset.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/data/cifar_file.h"
#include "core/data/example_choice.h"
#include "core/data/gzip.h"
#include "core/data/idx_file.h"
#include "core/data/image_folder.h"
#include "core/data/image_transform.h"
#include "core/data/labels.h"
#include "core/data/picture_file.h"

namespace headroom {

namespace {

/// IDX files of bytes begin with two zeros, an 8 and the number of dimensions; no CIFAR file does, whose labels are
/// followed by pixels, unless its name says so.
bool isIdx(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  if (name.find("idx") != std::string::npos || name.find("ubyte") != std::string::npos) return true;
  if (name.ends_with(".bin") || name.ends_with(".bin.gz")) return false;
  const std::string bytes = readPossiblyGzipped(path);
  return bytes.starts_with(std::string("\0\0\x08", 3)) && bytes.size() > 3 && (bytes[3] == 3 || bytes[3] == 4);
}

struct Source {
  ImageBlock images;
  std::vector<std::string> labels;  ///< one an image
  std::vector<std::string> paths;   ///< of folders
  std::string format;
};

Source readSource(const ImageDatasetRequest& request, const JobContext& context) {
  std::error_code ignored;
  if (std::filesystem::is_directory(request.path, ignored)) {
    PictureFolder folder = readImageFolder(request.path, request.channels, context);
    return {std::move(folder.images), std::move(folder.labels), std::move(folder.paths), "picture folder"};
  }
  const bool idx = isIdx(request.path);
  LabelledImages file = idx ? readIdx(request.path) : readCifar(request.path);
  Source source{std::move(file.images), {}, {}, idx ? "IDX" : "CIFAR"};
  for (const int label : file.labels) source.labels.push_back(std::to_string(label));
  return source;
}

void takeLabels(Dataset& data, const Source& source, const ImageDatasetRequest& request) {
  std::unordered_map<std::string, int> known;
  std::vector<RawLabel> distinct;
  for (size_t i = 0; i < source.labels.size(); ++i) {
    const auto [place, isNew] = known.try_emplace(source.labels[i], static_cast<int>(distinct.size()));
    if (isNew) distinct.push_back({source.labels[i], static_cast<std::int64_t>(i) + 1});
    Example& example = data.examples.emplace_back();
    example.label = place->second;
    example.line = static_cast<std::int64_t>(i) + 1;
    if (!source.paths.empty()) example.text = source.paths[i];
  }
  const LabelMapping mapping = mapLabels(distinct, {.path = request.path,
                                                    .column = "label",
                                                    .unit = "image",
                                                    .modelNames = request.labelNames,
                                                    .mayRename = request.mayRename});
  data.labels = mapping.names;
  for (Example& example : data.examples) example.label = mapping.classes[static_cast<size_t>(example.label)];
}

ImageBlock chosen(const ImageBlock& images, const std::vector<size_t>& indices) {
  ImageBlock out{.shape = images.shape, .pixels = {}};
  out.pixels.reserve(indices.size() * images.shape.bytes());
  for (const size_t index : indices) {
    const auto image = images.image(index);
    out.pixels.insert(out.pixels.end(), image.begin(), image.end());
  }
  return out;
}

ImageBlock withChannelsOf(const ImageBlock& images, int channels) {
  if (channels == 0 || channels == images.shape.channels) return images;
  ImageBlock out{.shape = images.shape, .pixels = {}};
  out.shape.channels = channels;
  for (size_t at = 0; at < images.pixels.size(); at += images.shape.bytes()) {
    const auto image = std::span(images.pixels).subspan(at, images.shape.bytes());
    const Picture picture = withChannels({.shape = images.shape, .pixels = {image.begin(), image.end()}}, channels);
    out.pixels.insert(out.pixels.end(), picture.pixels.begin(), picture.pixels.end());
  }
  return out;
}

std::string digestOf(const ImageBlock& images) {
  Sha256 digest;
  digest.update(std::as_bytes(std::span(images.pixels)));
  return digest.hex();
}

}  // namespace

Dataset openImages(const ImageDatasetRequest& request, const JobContext& context) {
  if (request.channels != 0 && request.channels != 1 && request.channels != 3)
    throw Error(ErrorKind::BadInput, "num_channels: found " + std::to_string(request.channels) + ", expected 1 or 3");
  std::optional<ImageSizing> sizing;
  if (!request.modelFolder.empty() && request.height > 0 && request.width > 0)
    sizing = readImageSizing(request.modelFolder);
  Source source = readSource(request, context);
  Dataset data;
  data.kind = DataKind::Images;
  data.summary.path = request.path;
  data.summary.format = source.format;
  data.summary.labelColumn = "label";
  data.summary.rows = static_cast<std::int64_t>(source.labels.size());
  std::error_code ignored;
  data.summary.sha256 =
      std::filesystem::is_directory(request.path, ignored) ? digestOf(source.images) : sha256OfFile(request.path);
  takeLabels(data, source, request);
  const std::vector<size_t> indices = chosenIndices(data.examples.size(), request.maxExamples);
  ImageBlock images =
      withChannelsOf(indices.size() < data.examples.size() ? chosen(source.images, indices) : std::move(source.images),
                     request.channels);
  sampleExamples(data.examples, request.maxExamples, data.summary.skipped);
  const ImageShape shape = images.shape;
  data.images = std::make_shared<const ImageBlock>(
      sizing ? sized(images, *sizing, {.height = request.height, .width = request.width}, request.path)
             : resized(images, request.height > 0 ? request.height : shape.height,
                       request.width > 0 ? request.width : shape.width));
  data.summary.labelCounts.assign(data.labels.size(), 0);
  for (const Example& example : data.examples) ++data.summary.labelCounts[static_cast<size_t>(example.label)];
  summarise(data);
  return data;
}

}  // namespace headroom
