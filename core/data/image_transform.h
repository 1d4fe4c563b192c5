// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
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

/// In pixels.
struct ImageSize {
  int height = 0, width = 0;
  bool operator==(const ImageSize&) const = default;
};

/// How pictures get the size that a model reads: resized, then cut to their middle.
struct ImageSizing {
  std::string path;               ///< of the file that says so
  bool resizes = true;            ///< false: they have the size before the cut
  std::optional<ImageSize> size;  ///< before the cut; none = the model's
  int shorterSide = 0;            ///< > 0: the shorter side is brought to this, in place of `size`
  bool bicubic = false;           ///< else bilinear
  std::optional<ImageSize> crop;  ///< none = no cut
};

/// do_resize, size, resample, do_center_crop and crop_size of FOLDER/preprocessor_config.json; without that file the
/// model's size, bilinear. Throws Error for other filters and sizes.
[[nodiscard]] ImageSizing readImageSizing(const std::string& folder);

/// The images at the size of the model. Throws Error where `sizing` does not lead there; `source` is the images' name.
[[nodiscard]] ImageBlock sized(const ImageBlock& images, const ImageSizing& sizing, const ImageSize& model,
                               const std::string& source);

/// The images at another size. Bilinear or bicubic (a = -0.5), over all pixels that shrink into one, as Pillow does it.
[[nodiscard]] ImageBlock resized(const ImageBlock& images, int height, int width, bool bicubic = false);

}  // namespace headroom
