// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/snapshots.h"

namespace headroom {

/// Throws Error(BadInput) naming the first setting that no run could be made with.
void requireValid(const TrainSettings& settings);

}  // namespace headroom
