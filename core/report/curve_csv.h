// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/snapshots.h"

namespace headroom {

/// A curve as a table of comma-separated values: a line of names, then one a measured point, by heads kept. Metrics in
/// their own unit (accuracies are shares of 1), differences against the unpruned model with their 95 % interval, loss
/// in nats, `trained` 1 for the K that was trained for.
[[nodiscard]] std::string curveCsv(const Curve& curve);

}  // namespace headroom
