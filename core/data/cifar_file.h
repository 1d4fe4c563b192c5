// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/data/image_block.h"

namespace headroom {

/// Images of 3 x 32 x 32 from the binary version of CIFAR-10 (one label byte an image) or CIFAR-100 (the coarse label,
/// then the fine one, which counts), gzip'd or not. Throws Error when the file is no whole number of images or a label
/// is out of range.
[[nodiscard]] LabelledImages readCifar(const std::string& path);

}  // namespace headroom
