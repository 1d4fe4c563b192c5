// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/base/comparison.h"
#include "core/base/snapshots.h"

namespace headroom {

// Numbers as they stand on screen: the locale's decimal sign, thin spaces between thousands, a real minus sign.

/// "1 840"
[[nodiscard]] QString countText(std::int64_t value);
/// "0.94", "−0.7"
[[nodiscard]] QString fixedText(double value, int decimals);
/// "−0.7", "+0.3", "0.0": always with its sign.
[[nodiscard]] QString signedText(double value, int decimals);
/// A share as "94.6 %".
[[nodiscard]] QString percentText(double share, int decimals = 1);
/// "94.6 % (93.5 – 95.5)"; one seed has no interval.
[[nodiscard]] QString meanText(const SeedMean& mean);
/// "1.9 M", "640 k", "812"
[[nodiscard]] QString magnitudeText(std::int64_t value);
/// "2e-4", "0.1", "3 000": as short as it can be read back.
[[nodiscard]] QString shortText(double value);
/// The first six digits of a mask's hash, in groups: "5f3a c1".
[[nodiscard]] QString hashText(const std::string& hash);
/// "PASSCONC", "PASS", "none": a method's name as it is spoken of.
[[nodiscard]] QString methodText(const std::string& method);
/// "layer 3", or "cross 3" where the model has several kinds of attention.
[[nodiscard]] QString blockText(const HeadLayout& layout, int block);

}  // namespace headroom
