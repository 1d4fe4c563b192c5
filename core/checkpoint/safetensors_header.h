// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/checkpoint/tensor_info.h"

namespace headroom {

/// A tensor of a safetensors header; begin and end count from the data's begin, end - begin == info.bytes.
struct HeaderEntry {
  TensorInfo info;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<HeaderEntry> entries;  ///< every name once
  std::map<std::string, std::string> metadata;
};

/// Reads a header as a stream, so that a hostile one costs no more memory than its tensors. Throws Error(BadFile) that
/// begins with `path`. Whether the offsets fit the file and each other is the caller's to check.
[[nodiscard]] SafetensorsHeader parseSafetensorsHeader(const std::string& json, const std::string& path);

}  // namespace headroom
