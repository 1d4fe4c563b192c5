// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/idx_file.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/data/gzip.h"

namespace headroom {

namespace {

constexpr std::int64_t kLargestSide = 1 << 16;

std::int64_t bigEndian(std::string_view bytes) {
  std::int64_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

struct IdxArray {
  std::vector<std::int64_t> dimensions;
  std::string bytes;  ///< the whole file
  size_t begin = 0;   ///< of the values
};

std::string shown(const std::vector<std::int64_t>& dimensions) {
  std::string out;
  for (const std::int64_t side : dimensions) out += (out.empty() ? "" : " x ") + std::to_string(side);
  return out;
}

IdxArray readArray(const std::string& path) {
  IdxArray array{.dimensions = {}, .bytes = readPossiblyGzipped(path), .begin = 0};
  const std::string_view bytes = array.bytes;
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0)
    refuseFile(path, "found no IDX file, expected one (two zero bytes in front)");
  if (bytes[2] != 8)
    refuseFile(path, "found values of type " + std::to_string(static_cast<unsigned char>(bytes[2])) +
                         ", expected 8 (unsigned bytes)");
  const auto count = static_cast<size_t>(static_cast<unsigned char>(bytes[3]));
  array.begin = 4 + 4 * count;
  if (bytes.size() < array.begin)
    refuseFile(path, "found the end of the file within its " + std::to_string(count) + " dimensions");
  const auto present = static_cast<std::int64_t>(bytes.size() - array.begin);
  std::int64_t product = 1;
  bool fits = count > 0;
  for (size_t i = 0; i < count; ++i) {
    array.dimensions.push_back(bigEndian(bytes.substr(4 + 4 * i)));
    // Whatever is larger than the file is wrong already: so the product cannot overflow.
    fits = fits && array.dimensions.back() <= present && product <= present;
    if (fits) product *= array.dimensions.back();
  }
  if (!fits || product != present)
    refuseFile(path, "found " + std::to_string(present) + " bytes behind the dimensions " + shown(array.dimensions) +
                         ", expected as many as these say; copy the file again");
  return array;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.rfind(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string labelsBeside(const std::string& imagesPath) {
  const std::filesystem::path images(imagesPath);
  const std::string wanted = replaced(replaced(images.filename().string(), "images", "labels"), "idx3", "idx1");
  const std::string bare = wanted.ends_with(".gz") ? wanted.substr(0, wanted.size() - 3) : wanted;
  for (const std::string& name : {wanted, bare, bare + ".gz"}) {
    std::error_code ignored;
    const std::filesystem::path path = images.parent_path() / name;
    if (name != images.filename() && std::filesystem::is_regular_file(path, ignored)) return path.string();
  }
  refuseFile(imagesPath, "found no labels beside it, expected the file " + wanted + "; put it into the same folder");
}

}  // namespace

LabelledImages readIdx(const std::string& imagesPath) {
  const IdxArray images = readArray(imagesPath);
  const size_t rank = images.dimensions.size();
  if (rank != 3 && rank != 4)
    refuseFile(imagesPath, "found the dimensions " + shown(images.dimensions) +
                               ", expected images x height x width; choose the file of the images");
  const std::vector<std::int64_t>& sides = images.dimensions;
  const std::int64_t channels = rank == 4 ? sides[1] : 1;
  if (*std::min_element(sides.begin(), sides.end()) < 1 ||
      *std::max_element(sides.begin() + 1, sides.end()) > kLargestSide || (channels != 1 && channels != 3))
    refuseFile(imagesPath, "found the dimensions " + shown(sides) + ", expected images of 1 or 3 channels");

  const std::string labelsPath = labelsBeside(imagesPath);
  const IdxArray labels = readArray(labelsPath);
  if (labels.dimensions.size() != 1 || labels.dimensions[0] != sides[0])
    refuseFile(labelsPath, "found labels of the dimensions " + shown(labels.dimensions) + ", expected " +
                               std::to_string(sides[0]) + ", one for each image of " + imagesPath);

  LabelledImages out;
  out.images.shape = {.channels = static_cast<int>(channels),
                      .height = static_cast<int>(sides[rank - 2]),
                      .width = static_cast<int>(sides[rank - 1])};
  out.images.pixels.assign(images.bytes.begin() + static_cast<std::ptrdiff_t>(images.begin), images.bytes.end());
  for (const char label : std::string_view(labels.bytes).substr(labels.begin))
    out.labels.push_back(static_cast<unsigned char>(label));
  return out;
}

}  // namespace headroom
