// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data/image_block.h"

namespace headroom {

/// How bytes become what a model reads: (byte * rescale - mean) / deviation, channel by channel.
struct ImageTransform {
  float rescale = 1.0F / 255;
  std::vector<float> mean;       ///< one a channel; empty = no normalisation
  std::vector<float> deviation;  ///< as many as means, none of them 0

  /// Appends one image [channels, height, width].
  void append(std::span<const std::uint8_t> image, const ImageShape& shape, std::vector<float>& out) const;
};

/// The transform of FOLDER/preprocessor_config.json; without that file mean and deviation are 0.5, as ViT's defaults.
/// Throws Error when the numbers do not fit images of so many channels.
[[nodiscard]] ImageTransform readImageTransform(const std::string& folder, int channels);

/// The images at another size. Bilinear, averaging over all pixels that shrink into one, as Pillow does it.
[[nodiscard]] ImageBlock resized(const ImageBlock& images, int height, int width);

}  // namespace headroom
