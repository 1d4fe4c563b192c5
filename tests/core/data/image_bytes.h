// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdio>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace headroom::test {

/// An IDX file of bytes.
inline std::string idx(const std::vector<std::uint32_t>& dimensions, const std::string& values) {
  std::string out("\0\0\x08", 3);
  out += static_cast<char>(dimensions.size());
  for (const std::uint32_t side : dimensions)
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(side >> shift & 0xFF);
  return out + values;
}

inline std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string out(deflateBound(&stream, bytes.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A PNG of interleaved pixels; `format` is PNG_FORMAT_GRAY, PNG_FORMAT_RGB or PNG_FORMAT_RGBA.
inline std::string png(int width, int height, std::uint32_t format, const std::string& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = format;
  png_alloc_size_t size = 1 << 20;
  std::string out(size, '\0');
  if (png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr) == 0) std::abort();
  out.resize(size);
  return out;
}

/// A chunk of a PNG: its length, its type, its data and their checksum.
inline std::string pngChunk(const std::string& type, const std::string& data) {
  std::string out;
  const auto append = [&out](std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
  };
  const std::string body = type + data;
  append(static_cast<std::uint32_t>(data.size()));
  out += body;
  append(static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()))));
  return out;
}

/// A PNG as its file says it: bits a sample, colour type, rows with their filter bytes; `more` = chunks before the
/// rows.
inline std::string rawPng(int width, int height, int depth, int kind, const std::string& rows,
                          const std::string& more = {}, bool interlaced = false) {
  std::string header;
  for (const int side : {width, height})
    for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(side >> shift & 0xFF);
  header += static_cast<char>(depth);
  header += static_cast<char>(kind);
  header += std::string("\0\0", 2) + static_cast<char>(interlaced ? 1 : 0);
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string packed(size, '\0');
  if (compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
               static_cast<uLong>(rows.size())) != Z_OK)
    std::abort();
  packed.resize(size);
  return "\x89PNG\r\n\x1A\n" + pngChunk("IHDR", header) + more + pngChunk("IDAT", packed) + pngChunk("IEND", "");
}

/// A grey JPEG of one value.
inline std::string jpeg(int width, int height, std::uint8_t value) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_width = static_cast<JDIMENSION>(width);
  encoder.image_height = static_cast<JDIMENSION>(height);
  encoder.input_components = 1;
  encoder.in_color_space = JCS_GRAYSCALE;
  jpeg_set_defaults(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  std::vector<std::uint8_t> row(static_cast<size_t>(width), value);
  for (int y = 0; y < height; ++y) {
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&encoder, &pointer, 1);
  }
  jpeg_finish_compress(&encoder);
  std::string out(reinterpret_cast<char*>(bytes), size);
  jpeg_destroy_compress(&encoder);
  std::free(bytes);
  return out;
}

}  // namespace headroom::test
