// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/base/head_units.h"
#include "core/methods/gate_method.h"

namespace headroom {

/// `gates`, made for units.units(), as a method over the query heads: each of its gates multiplies all query heads of
/// its unit, and takes the sum of their gradients and the mean of their confidences.
[[nodiscard]] std::unique_ptr<GateMethod> shareGates(HeadUnits units, std::unique_ptr<GateMethod> gates);

}  // namespace headroom
