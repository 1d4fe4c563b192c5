// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>

#include "core/base/example_prediction.h"

namespace headroom {

/// Grey or colour bytes as a picture.
[[nodiscard]] QImage toPicture(const ExampleImage& image);

}  // namespace headroom
