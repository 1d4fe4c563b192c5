// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// True for the metrics that lie between 0 and 1 and are written in percent.
[[nodiscard]] bool isShare(const std::string& metric);

}  // namespace headroom
