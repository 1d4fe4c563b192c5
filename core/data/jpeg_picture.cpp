// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include "core/data/picture_file.h"

namespace headroom {

namespace {

/// libjpeg reports a fatal error by a call that must not return.
struct JpegState {
  jpeg_decompress_struct decoder{};
  jpeg_error_mgr errors{};
  std::jmp_buf escape{};
  std::array<char, JMSG_LENGTH_MAX> message{};
};

void leave(j_common_ptr decoder) {
  auto* state = static_cast<JpegState*>(decoder->client_data);
  decoder->err->format_message(decoder, state->message.data());
  std::longjmp(state->escape, 1);
}

/// Keeps the message; the picture is judged by the number of warnings at its end.
void note(j_common_ptr decoder, int level) {
  if (level >= 0) return;
  auto* state = static_cast<JpegState*>(decoder->client_data);
  decoder->err->num_warnings++;
  decoder->err->format_message(decoder, state->message.data());
}

// Between setjmp and a longjmp to it lives no object with a destructor: hence three functions of plain C.

bool begin(JpegState& state, std::string_view bytes) {
  if (setjmp(state.escape) != 0) return false;
  jpeg_create_decompress(&state.decoder);
  jpeg_mem_src(&state.decoder, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return jpeg_read_header(&state.decoder, TRUE) == JPEG_HEADER_OK;
}

bool start(JpegState& state) {
  if (setjmp(state.escape) != 0) return false;
  state.decoder.out_color_space = state.decoder.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  return jpeg_start_decompress(&state.decoder) == TRUE;
}

bool readRows(JpegState& state, std::uint8_t* pixels, size_t rowBytes) {
  if (setjmp(state.escape) != 0) return false;
  while (state.decoder.output_scanline < state.decoder.output_height) {
    JSAMPROW row = pixels + state.decoder.output_scanline * rowBytes;
    jpeg_read_scanlines(&state.decoder, &row, 1);
  }
  return jpeg_finish_decompress(&state.decoder) == TRUE && state.errors.num_warnings == 0;
}

/// Frees the decoder at the end of the scope.
class JpegDecoder {
 public:
  JpegDecoder() {
    m_state.decoder.err = jpeg_std_error(&m_state.errors);
    m_state.decoder.client_data = &m_state;
    m_state.errors.error_exit = leave;
    m_state.errors.emit_message = note;
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&m_state.decoder); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  [[nodiscard]] JpegState& state() { return m_state; }

 private:
  JpegState m_state;
};

}  // namespace

Picture decodeJpeg(std::string_view bytes, const std::string& path) {
  JpegDecoder holder;
  JpegState& state = holder.state();
  const auto refuse = [&] { refusePicture(path, std::string("a damaged JPEG (") + state.message.data() + ")"); };
  if (!begin(state, bytes)) refuse();
  requirePixels(state.decoder.image_width, state.decoder.image_height, path);
  if (!start(state)) refuse();
  Picture picture;
  picture.shape = {.channels = state.decoder.output_components,
                   .height = static_cast<int>(state.decoder.output_height),
                   .width = static_cast<int>(state.decoder.output_width)};
  std::vector<std::uint8_t> pixels(picture.shape.bytes());
  if (!readRows(state, pixels.data(), picture.shape.bytes() / static_cast<size_t>(picture.shape.height))) refuse();
  picture.pixels = planes(pixels, picture.shape, static_cast<size_t>(picture.shape.channels));
  return picture;
}

}  // namespace headroom
