// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_transform.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/text/json_fields.h"

namespace headroom {

namespace {

/// What one output pixel takes from a row or column: weights for the pixels from `first` on, which add up to 1.
struct Taps {
  size_t first = 0;
  std::vector<double> weights;
};

std::vector<Taps> bilinearTaps(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double support = std::max(1.0, scale);
  std::vector<Taps> all;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(std::floor(centre - support + 0.5)));
    const int last = std::min(from, static_cast<int>(std::floor(centre + support + 0.5)));
    Taps taps{.first = static_cast<size_t>(first), .weights = {}};
    double sum = 0;
    for (int j = first; j < last; ++j) {
      taps.weights.push_back(std::max(0.0, 1 - std::abs((j + 0.5 - centre) / support)));
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
  const std::string path = (std::filesystem::path(folder) / "preprocessor_config.json").string();
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

ImageBlock resized(const ImageBlock& images, int height, int width) {
  const ImageShape& from = images.shape;
  ImageBlock out;
  out.shape = {.channels = from.channels, .height = height, .width = width};
  if (out.shape == from) return images;
  const std::vector<Taps> across = bilinearTaps(from.width, width), down = bilinearTaps(from.height, height);
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
