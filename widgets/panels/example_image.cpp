// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/example_image.h"

#include <algorithm>

namespace headroom {

QImage toPicture(const ExampleImage& image) {
  QImage picture(image.width, image.height, QImage::Format_RGB32);
  const int plane = image.width * image.height;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const auto at = [&](int channel) {
        return image.pixels[static_cast<size_t>(std::min(channel, image.channels - 1) * plane + y * image.width + x)];
      };
      picture.setPixel(x, y, qRgb(at(0), at(1), at(2)));
    }
  return picture;
}

}  // namespace headroom
