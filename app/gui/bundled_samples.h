// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "widgets/panels/start_page.h"

namespace headroom {

/// The samples that are there, in the order in which they are best looked at.
[[nodiscard]] std::vector<StartSample> bundledSamples();

}  // namespace headroom
