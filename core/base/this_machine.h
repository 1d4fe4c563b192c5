// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// Host and processor, "hal, AMD EPYC 7B13": what measured times hold for. The host alone where the system does not
/// name the processor.
[[nodiscard]] std::string thisMachine();

/// "2026-11-28T17:10:59Z": ISO 8601, UTC.
[[nodiscard]] std::string nowUtc();

}  // namespace headroom
