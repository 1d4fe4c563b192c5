// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom {

inline constexpr const char* kProgramVersion = "0.1.0";

}  // namespace headroom
