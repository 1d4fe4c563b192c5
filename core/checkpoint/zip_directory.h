// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/base/files.h"

namespace headroom {

/// A stored (uncompressed) member of a zip archive.
struct ZipMember {
  std::int64_t offset = 0;  ///< of its first byte, from the file's begin
  std::int64_t size = 0;    ///< bytes
};

/// Reads the central directory of a zip archive (zip64 too). Every member must be stored uncompressed and unencrypted,
/// lie inside the file and have a name of its own. Throws Error(BadFile).
[[nodiscard]] std::map<std::string, ZipMember> readZipDirectory(const InputFile& file);

}  // namespace headroom
