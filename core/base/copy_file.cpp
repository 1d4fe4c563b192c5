// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/copy_file.h"

#include <algorithm>
#include <vector>

#include "core/base/files.h"

namespace headroom {

void copyFile(const std::string& from, const std::string& to) {
  const InputFile source(from);
  AtomicFile copy(to);
  std::vector<std::byte> buffer(1 << 20);
  for (std::int64_t offset = 0; offset < source.size();) {
    const auto take = std::min<std::int64_t>(source.size() - offset, static_cast<std::int64_t>(buffer.size()));
    const std::span piece(buffer.data(), static_cast<size_t>(take));
    source.readAt(offset, piece);
    copy.write(piece);
    offset += take;
  }
  copy.commit();
}

}  // namespace headroom
