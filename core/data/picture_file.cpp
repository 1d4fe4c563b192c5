// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/picture_file.h"

#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"

namespace headroom {

namespace {

constexpr std::int64_t kLargestPictureFile = std::int64_t{256} << 20;
constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 26;

}  // namespace

void refusePicture(const std::string& path, const std::string& problem) {
  throw Error(ErrorKind::BadFile,
              path + ": found " + problem + ", expected a whole PNG or JPEG picture; replace or remove the file");
}

void requirePixels(std::uint64_t width, std::uint64_t height, const std::string& path) {
  if (width == 0 || height == 0 || width > kMostPixels || height > kMostPixels || width * height > kMostPixels)
    refusePicture(path, "a picture of " + std::to_string(width) + " x " + std::to_string(height) + " pixels");
}

std::vector<std::uint8_t> planes(const std::vector<std::uint8_t>& interleaved, const ImageShape& shape, size_t stride) {
  const size_t pixels = static_cast<size_t>(shape.height) * static_cast<size_t>(shape.width);
  std::vector<std::uint8_t> out(shape.bytes());
  for (size_t channel = 0; channel < static_cast<size_t>(shape.channels); ++channel)
    for (size_t i = 0; i < pixels; ++i) out[channel * pixels + i] = interleaved[i * stride + channel];
  return out;
}

Picture withChannels(Picture picture, int channels) {
  if (picture.shape.channels == channels) return picture;
  Picture out{.shape = picture.shape, .pixels = {}};
  out.shape.channels = channels;
  const size_t pixels = picture.pixels.size() / static_cast<size_t>(picture.shape.channels);
  if (channels == 3) {
    for (int i = 0; i < 3; ++i) out.pixels.insert(out.pixels.end(), picture.pixels.begin(), picture.pixels.end());
    return out;
  }
  for (size_t i = 0; i < pixels; ++i) {
    const unsigned red = picture.pixels[i], green = picture.pixels[pixels + i], blue = picture.pixels[2 * pixels + i];
    out.pixels.push_back(static_cast<std::uint8_t>((299 * red + 587 * green + 114 * blue + 500) / 1000));
  }
  return out;
}

Picture readPicture(const std::string& path) {
  const std::string bytes = readTextFile(path, kLargestPictureFile);
  if (bytes.starts_with("\x89PNG")) return decodePng(bytes, path);
  if (bytes.starts_with("\xFF\xD8")) return decodeJpeg(bytes, path);
  refusePicture(path, bytes.empty() ? "an empty file" : "a file of another kind");
}

}  // namespace headroom
