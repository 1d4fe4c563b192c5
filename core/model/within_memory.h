// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

namespace headroom {

/// Runs `work`; false when the device's memory, or the machine's, ran out under it. Other exceptions pass.
[[nodiscard]] bool withinMemory(const std::function<void()>& work);

}  // namespace headroom
