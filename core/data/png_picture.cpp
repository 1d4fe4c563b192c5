// SPDX-License-Identifier: GPL-3.0-or-later
// The values are taken as they stand in the file: neither gAMA nor a colour profile changes them, and of 16 bits the
// upper 8 count.
#include <png.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "core/data/picture_file.h"

namespace headroom {

namespace {

/// libpng reports a fatal error by a call that must not return.
struct PngState {
  png_structp reader = nullptr;
  png_infop info = nullptr;
  std::string_view rest;  ///< of the file
  std::array<char, 200> message{};
};

[[noreturn]] void leavePng(png_structp reader, png_const_charp message) {
  auto* state = static_cast<PngState*>(png_get_error_ptr(reader));
  std::snprintf(state->message.data(), state->message.size(), "%s", message);
  png_longjmp(reader, 1);
}

void ignoreWarning(png_structp /*reader*/, png_const_charp /*message*/) {}

void takeBytes(png_structp reader, png_bytep out, size_t count) {
  auto* state = static_cast<PngState*>(png_get_io_ptr(reader));
  if (count > state->rest.size()) png_error(reader, "read beyond end of data");
  std::memcpy(out, state->rest.data(), count);
  state->rest.remove_prefix(count);
}

// Between setjmp and a longjmp to it lives no object with a destructor: hence three functions of plain C.

bool beginPng(PngState& state) {
  if (setjmp(png_jmpbuf(state.reader)) != 0) return false;
  png_set_read_fn(state.reader, &state, takeBytes);
  png_set_keep_unknown_chunks(state.reader, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // all that is not needed
  png_read_info(state.reader, state.info);
  return true;
}

/// Grey or red, green and blue, 8 bits each, from now on. The bytes of a row.
size_t startPng(PngState& state) {
  if (setjmp(png_jmpbuf(state.reader)) != 0) return 0;
  const png_byte kind = png_get_color_type(state.reader, state.info);
  png_set_strip_16(state.reader);
  if (kind == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(state.reader);
  if (kind == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(state.reader);
  png_set_strip_alpha(state.reader);
  png_set_interlace_handling(state.reader);
  png_read_update_info(state.reader, state.info);
  return png_get_rowbytes(state.reader, state.info);
}

bool readPngRows(PngState& state, png_bytepp rows) {
  if (setjmp(png_jmpbuf(state.reader)) != 0) return false;
  png_read_image(state.reader, rows);
  png_read_end(state.reader, nullptr);
  return true;
}

/// Frees the reader at the end of the scope.
class PngReader {
 public:
  PngReader() {
    m_state.reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, &m_state, leavePng, ignoreWarning);
    if (m_state.reader) m_state.info = png_create_info_struct(m_state.reader);
  }
  ~PngReader() { png_destroy_read_struct(&m_state.reader, &m_state.info, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  [[nodiscard]] PngState& state() { return m_state; }

 private:
  PngState m_state;
};

}  // namespace

Picture decodePng(std::string_view bytes, const std::string& path) {
  PngReader holder;
  PngState& state = holder.state();
  const auto refuse = [&] { refusePicture(path, std::string("a damaged PNG (") + state.message.data() + ")"); };
  state.rest = bytes;
  if (!state.info || !beginPng(state)) refuse();
  const png_uint_32 width = png_get_image_width(state.reader, state.info);
  const png_uint_32 height = png_get_image_height(state.reader, state.info);
  requirePixels(width, height, path);
  const bool grey = (png_get_color_type(state.reader, state.info) & PNG_COLOR_MASK_COLOR) == 0;
  Picture picture;
  picture.shape = {.channels = grey ? 1 : 3, .height = static_cast<int>(height), .width = static_cast<int>(width)};
  const size_t rowBytes = startPng(state);
  if (rowBytes != picture.shape.bytes() / height) refuse();
  std::vector<std::uint8_t> pixels(picture.shape.bytes());
  std::vector<png_bytep> rows;
  for (size_t begin = 0; begin < pixels.size(); begin += rowBytes) rows.push_back(pixels.data() + begin);
  if (!readPngRows(state, rows.data())) refuse();
  picture.pixels = planes(pixels, picture.shape, static_cast<size_t>(picture.shape.channels));
  return picture;
}

}  // namespace headroom
