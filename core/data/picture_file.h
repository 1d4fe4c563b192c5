// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/image_block.h"

namespace headroom {

/// One picture: [channels, height, width].
struct Picture {
  ImageShape shape;
  std::vector<std::uint8_t> pixels;
};

/// Reads a PNG or JPEG file, told apart by their first bytes. Grey pictures get 1 channel, all others 3; transparency
/// is dropped, of 16 bits the upper 8 count, and no gamma or colour profile changes a value. Throws Error when the file
/// is neither, is damaged or cut short, or has more than 2^26 pixels.
[[nodiscard]] Picture readPicture(const std::string& path);

/// The same picture with 1 or 3 channels: grey by the weights of ITU-R 601, colour by repeating.
[[nodiscard]] Picture withChannels(Picture picture, int channels);

/// The two readers behind readPicture(), from the bytes of a file; `path` is what errors name.
[[nodiscard]] Picture decodePng(std::string_view bytes, const std::string& path);
[[nodiscard]] Picture decodeJpeg(std::string_view bytes, const std::string& path);

/// Throws the Error for a damaged picture.
[[noreturn]] void refusePicture(const std::string& path, const std::string& problem);
/// Throws Error for a picture too large to be read.
void requirePixels(std::uint64_t width, std::uint64_t height, const std::string& path);
/// [height, width, channels] to [channels, height, width]; `stride` bytes a pixel, of which the first `channels` count.
[[nodiscard]] std::vector<std::uint8_t> planes(const std::vector<std::uint8_t>& interleaved, const ImageShape& shape,
                                               size_t stride);

}  // namespace headroom
