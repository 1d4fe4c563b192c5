// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/data/image_block.h"

namespace headroom {

/// Images from an IDX file of bytes with three dimensions [images, height, width] or four [images, channels, height,
/// width], as MNIST has them, gzip'd or not; the labels from the file beside it whose name says "labels" instead of
/// "images" (and "idx1" instead of "idx3"). Throws Error when the dimensions do not agree with the bytes, or the labels
/// with the images.
[[nodiscard]] LabelledImages readIdx(const std::string& imagesPath);

}  // namespace headroom
