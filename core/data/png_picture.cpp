// SPDX-License-Identifier: GPL-3.0-or-later
#include <png.h>

#include "core/data/picture_file.h"

namespace headroom {

namespace {

/// libpng's reading state, freed at the end of the scope.
class PngImage {
 public:
  PngImage() { m_image.version = PNG_IMAGE_VERSION; }
  ~PngImage() { png_image_free(&m_image); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  [[nodiscard]] png_image& get() { return m_image; }

 private:
  png_image m_image{};
};

}  // namespace

Picture decodePng(std::string_view bytes, const std::string& path) {
  PngImage holder;
  png_image& image = holder.get();
  const auto refuse = [&] { refusePicture(path, std::string("a damaged PNG (") + image.message + ")"); };
  if (png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) == 0) refuse();
  requirePixels(image.width, image.height, path);
  const bool grey = (image.format & PNG_FORMAT_FLAG_COLOR) == 0;
  image.format = PNG_FORMAT_RGBA;  // without alpha libpng would blend with a background
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0) refuse();
  Picture picture;
  picture.shape = {
      .channels = grey ? 1 : 3, .height = static_cast<int>(image.height), .width = static_cast<int>(image.width)};
  picture.pixels = planes(pixels, picture.shape, 4);
  return picture;
}

}  // namespace headroom
