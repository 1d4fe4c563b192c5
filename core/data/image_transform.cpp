// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_transform.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/base/files.h"
#include "core/text/json_fields.h"

namespace headroom {

namespace {

/// What one output pixel takes from a row or column: weights for the pixels from `first` on, which add up to 1.
struct Taps {
  size_t first = 0;
  std::vector<double> weights;
};

/// Weight of a pixel so far away, in pixels of the smaller of the two images; none from as far as the reach.
struct ResizeFilter {
  double reach;
  double (*weight)(double distance);
};

constexpr ResizeFilter kBilinear{1, [](double distance) { return std::max(0.0, 1 - distance); }};

/// Cubic convolution with a = -0.5.
constexpr ResizeFilter kBicubic{2, [](double x) {
                                  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
                                  return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0.0;
                                }};

std::vector<Taps> tapsOf(const ResizeFilter& filter, int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double shrink = std::max(1.0, scale);
  const double support = filter.reach * shrink;
  std::vector<Taps> all;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
    const int last = std::min(from, static_cast<int>(std::floor(centre + support + 0.5)));
    Taps taps{.first = static_cast<size_t>(first), .weights = {}};
    double sum = 0;
    for (int j = first; j < last; ++j) {
      taps.weights.push_back(filter.weight(std::abs((j + 0.5 - centre) / shrink)));
      sum += taps.weights.back();
    }
    for (double& weight : taps.weights) weight /= sum;
    all.push_back(std::move(taps));
  }
  return all;
}

/// One pass along pixels that stand `step` apart, rounded to bytes.
std::uint8_t apply(const Taps& taps, const std::uint8_t* pixels, size_t step) {
  double sum = 0.5;
  for (size_t j = 0; j < taps.weights.size(); ++j) sum += taps.weights[j] * pixels[(taps.first + j) * step];
  return static_cast<std::uint8_t>(std::clamp(sum, 0.0, 255.0));
}

std::vector<float> numbers(const Json& config, const char* name, float usual, int channels, const std::string& path) {
  const Json found = config.value(name, Json());
  const Json list = found.is_null() ? Json::array({usual}) : found.is_number() ? Json::array({found}) : found;
  const bool fits = list.is_array() && (list.size() == 1 || list.size() == static_cast<size_t>(channels)) &&
                    std::all_of(list.begin(), list.end(),
                                [](const Json& one) { return one.is_number() && std::isfinite(one.get<double>()); });
  if (!fits) refuseField(path, name, shown(found), std::to_string(channels) + " numbers, one a channel");
  std::vector<float> out;
  for (size_t i = 0; i < static_cast<size_t>(channels); ++i) out.push_back(list[list.size() == 1 ? 0 : i].get<float>());
  return out;
}

std::string preprocessorPath(const std::string& folder) {
  return (std::filesystem::path(folder) / "preprocessor_config.json").string();
}

constexpr int kLongestSide = 1 << 13;
constexpr int kMostMiddlePixels = 1 << 26;

int pixelCount(const Json& value, const std::string& field, const std::string& path) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > kLongestSide)
    refuseField(path, field, shown(value), "a number of pixels from 1 to " + std::to_string(kLongestSide));
  return value.get<int>();
}

/// 224, or {"height": 224, "width": 224}.
ImageSize pixelSize(const Json& value, const std::string& field, const std::string& path) {
  if (value.is_number()) return {.height = pixelCount(value, field, path), .width = pixelCount(value, field, path)};
  if (!value.is_object() || value.size() != 2 || !value.contains("height") || !value.contains("width"))
    refuseField(path, field, shown(value), "a number of pixels, or height and width");
  return {.height = pixelCount(value["height"], field + ".height", path),
          .width = pixelCount(value["width"], field + ".width", path)};
}

std::string shownSize(const ImageSize& size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

/// The size whose shorter side is `shorter`, of the same proportions.
ImageSize scaledTo(const ImageShape& shape, int shorter) {
  const auto longer = [shorter](std::int64_t longSide, int shortSide) {
    return static_cast<int>(std::min(shorter * longSide / shortSide, std::int64_t{kMostMiddlePixels}));
  };
  return shape.width <= shape.height ? ImageSize{.height = longer(shape.height, shape.width), .width = shorter}
                                     : ImageSize{.height = shorter, .width = longer(shape.width, shape.height)};
}

/// The size that pictures are brought to before they are cut.
ImageSize middleSize(const ImageShape& shape, const ImageSizing& sizing, const ImageSize& model) {
  if (!sizing.resizes) return {.height = shape.height, .width = shape.width};
  return sizing.shorterSide > 0 ? scaledTo(shape, sizing.shorterSide) : sizing.size.value_or(model);
}

ImageBlock middleOf(const ImageBlock& images, const ImageSize& size) {
  const ImageShape& from = images.shape;
  const auto top = static_cast<size_t>((from.height - size.height) / 2);
  const auto left = static_cast<size_t>((from.width - size.width) / 2);
  const auto oldWidth = static_cast<size_t>(from.width), width = static_cast<size_t>(size.width);
  const size_t oldPlane = oldWidth * static_cast<size_t>(from.height);
  ImageBlock out{.shape = {.channels = from.channels, .height = size.height, .width = size.width}, .pixels = {}};
  for (size_t plane = 0; plane < images.pixels.size(); plane += oldPlane) {
    for (size_t y = 0; y < static_cast<size_t>(size.height); ++y) {
      const auto row = images.pixels.begin() + static_cast<std::ptrdiff_t>(plane + (top + y) * oldWidth + left);
      out.pixels.insert(out.pixels.end(), row, row + static_cast<std::ptrdiff_t>(width));
    }
  }
  return out;
}

}  // namespace

void ImageTransform::append(std::span<const std::uint8_t> image, const ImageShape& shape,
                            std::vector<float>& out) const {
  const size_t plane = image.size() / static_cast<size_t>(shape.channels);
  for (size_t i = 0; i < image.size(); ++i) {
    const float value = static_cast<float>(image[i]) * rescale;
    out.push_back(mean.empty() ? value : (value - mean[i / plane]) / deviation[i / plane]);
  }
}

ImageTransform readImageTransform(const std::string& folder, int channels) {
  const std::string path = preprocessorPath(folder);
  const Json config = readJsonObjectIfThere(path);
  ImageTransform transform;
  if (!member(config, "do_rescale", true, path)) {
    transform.rescale = 1;
  } else if (const Json factor = config.value("rescale_factor", Json()); !factor.is_null()) {
    if (!factor.is_number() || !std::isfinite(factor.get<double>()))
      refuseField(path, "rescale_factor", shown(factor), "a number");
    transform.rescale = factor.get<float>();
  }
  if (!member(config, "do_normalize", true, path)) return transform;
  transform.mean = numbers(config, "image_mean", 0.5F, channels, path);
  transform.deviation = numbers(config, "image_std", 0.5F, channels, path);
  if (std::find(transform.deviation.begin(), transform.deviation.end(), 0.0F) != transform.deviation.end())
    refuseField(path, "image_std", "0", "numbers other than 0");
  return transform;
}

ImageSizing readImageSizing(const std::string& folder) {
  ImageSizing sizing;
  sizing.path = preprocessorPath(folder);
  const std::string& path = sizing.path;
  const Json config = readJsonObjectIfThere(path);
  sizing.resizes = member(config, "do_resize", true, path);
  if (const Json size = config.value("size", Json()); size.is_object() && size.contains("shortest_edge")) {
    if (size.size() != 1) refuseField(path, "size", shown(size), "shortest_edge alone, or height and width");
    sizing.shorterSide = pixelCount(size["shortest_edge"], "size.shortest_edge", path);
  } else if (!size.is_null()) {
    sizing.size = pixelSize(size, "size", path);
  }
  const Json filter = config.value("resample", Json());
  if (!filter.is_null() && filter != 2 && filter != 3)
    refuseField(path, "resample", shown(filter), "2 (bilinear) or 3 (bicubic); other filters are not supported");
  sizing.bicubic = filter == 3;
  if (!member(config, "do_center_crop", false, path)) return sizing;
  const Json crop = config.value("crop_size", Json());
  if (crop.is_null())
    refuseField(path, "crop_size", "nothing", "a number of pixels, or height and width, beside do_center_crop");
  if (sizing.resizes && sizing.shorterSide == 0 && !sizing.size)
    refuseField(path, "size", "nothing", "the size before the crop, beside do_center_crop");
  sizing.crop = pixelSize(crop, "crop_size", path);
  return sizing;
}

ImageBlock sized(const ImageBlock& images, const ImageSizing& sizing, const ImageSize& model,
                 const std::string& source) {
  const ImageSize middle = middleSize(images.shape, sizing, model), last = sizing.crop.value_or(middle);
  if (last != model && (sizing.crop || sizing.resizes))
    refuseField(sizing.path, sizing.crop ? "crop_size" : "size", shownSize(last),
                shownSize(model) + ", the image_size of the model; use the preprocessor_config.json of the model");
  if (last != model)
    refuseFile(source, "found pictures of " + shownSize(last) + " pixels, expected " + shownSize(model) +
                           ", because do_resize is false in " + sizing.path + "; resize the pictures");
  if (middle.height < last.height || middle.width < last.width)
    refuseField(sizing.path, "crop_size", shownSize(last),
                "at most " + shownSize(middle) + ", which the pictures of " + source +
                    " have before they are cut; use larger pictures");
  if (std::int64_t{middle.height} * middle.width > kMostMiddlePixels)
    refuseFile(source, "found pictures of " + std::to_string(images.shape.width) + " x " +
                           std::to_string(images.shape.height) + " pixels, which would be resized to " +
                           shownSize(middle) + ", expected less oblong ones; cut them");
  if (last == middle) return resized(images, middle.height, middle.width, sizing.bicubic);
  // One by one: all of them at the size before the cut could take several times the room.
  ImageBlock out{.shape = images.shape, .pixels = {}};
  out.shape.height = last.height;
  out.shape.width = last.width;
  for (size_t index = 0; index * images.shape.bytes() < images.pixels.size(); ++index) {
    const auto pixels = images.image(index);
    const ImageBlock one{.shape = images.shape, .pixels = {pixels.begin(), pixels.end()}};
    const ImageBlock cut = middleOf(resized(one, middle.height, middle.width, sizing.bicubic), last);
    out.pixels.insert(out.pixels.end(), cut.pixels.begin(), cut.pixels.end());
  }
  return out;
}

ImageBlock resized(const ImageBlock& images, int height, int width, bool bicubic) {
  const ImageShape& from = images.shape;
  ImageBlock out;
  out.shape = {.channels = from.channels, .height = height, .width = width};
  if (out.shape == from) return images;
  const ResizeFilter& filter = bicubic ? kBicubic : kBilinear;
  const std::vector<Taps> across = tapsOf(filter, from.width, width), down = tapsOf(filter, from.height, height);
  const auto oldWidth = static_cast<size_t>(from.width), newWidth = static_cast<size_t>(width);
  const size_t oldPlane = oldWidth * static_cast<size_t>(from.height);
  std::vector<std::uint8_t> narrow(newWidth * static_cast<size_t>(from.height));
  for (size_t begin = 0; begin < images.pixels.size(); begin += oldPlane) {
    for (size_t y = 0; y < static_cast<size_t>(from.height); ++y)
      for (size_t x = 0; x < newWidth; ++x)
        narrow[y * newWidth + x] = apply(across[x], images.pixels.data() + begin + y * oldWidth, 1);
    for (const Taps& taps : down)
      for (size_t x = 0; x < newWidth; ++x) out.pixels.push_back(apply(taps, narrow.data() + x, newWidth));
  }
  return out;
}

}  // namespace headroom
