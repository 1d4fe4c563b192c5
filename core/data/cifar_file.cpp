// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/cifar_file.h"

#include <string_view>

#include "core/base/error.h"
#include "core/data/gzip.h"

namespace headroom {

namespace {

constexpr size_t kPixels = 3 * 32 * 32;

struct CifarKind {
  size_t labels;  ///< bytes before the pixels
  int classes;
};

/// Index of the first image whose label is out of range; -1 for none.
std::int64_t firstWrong(std::string_view bytes, CifarKind kind) {
  const size_t record = kind.labels + kPixels;
  for (size_t i = 0; i * record < bytes.size(); ++i)
    if (static_cast<unsigned char>(bytes[i * record + kind.labels - 1]) >= kind.classes)
      return static_cast<std::int64_t>(i);
  return -1;
}

/// By the size; where both fit, by the labels.
CifarKind kindOf(std::string_view bytes, const std::string& path) {
  constexpr CifarKind kTen{.labels = 1, .classes = 10}, kHundred{.labels = 2, .classes = 100};
  const bool ten = bytes.size() % (kTen.labels + kPixels) == 0;
  const bool hundred = bytes.size() % (kHundred.labels + kPixels) == 0;
  if (bytes.empty() || (!ten && !hundred))
    throw Error(ErrorKind::BadFile,
                path + ": found " + std::to_string(bytes.size()) +
                    " bytes, expected a multiple of 3073 (CIFAR-10) or 3074 (CIFAR-100); copy the file again");
  return ten && (!hundred || firstWrong(bytes, kTen) < 0) ? kTen : kHundred;
}

}  // namespace

LabelledImages readCifar(const std::string& path) {
  const std::string bytes = readPossiblyGzipped(path);
  const CifarKind kind = kindOf(bytes, path);
  const size_t record = kind.labels + kPixels;
  if (const std::int64_t wrong = firstWrong(bytes, kind); wrong >= 0)
    throw Error(ErrorKind::BadFile, path + ": image " + std::to_string(wrong + 1) +
                                        ": found a label that is not below " + std::to_string(kind.classes) +
                                        ", expected a CIFAR-" + std::to_string(kind.classes) +
                                        " file; copy the file again");
  LabelledImages out;
  out.images.shape = {.channels = 3, .height = 32, .width = 32};
  out.images.pixels.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size(); at += record) {
    out.labels.push_back(static_cast<unsigned char>(bytes[at + kind.labels - 1]));
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at + kind.labels);
    out.images.pixels.insert(out.images.pixels.end(), begin, begin + static_cast<std::ptrdiff_t>(kPixels));
  }
  return out;
}

}  // namespace headroom
