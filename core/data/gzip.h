// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace headroom {

/// The whole file, unpacked where it is gzip'd (by its first bytes, whatever its name). Throws Error when it is
/// damaged, cut short, or holds more than `maxBytes` once unpacked.
[[nodiscard]] std::string readPossiblyGzipped(const std::string& path, std::int64_t maxBytes = std::int64_t{2} << 30);

}  // namespace headroom
