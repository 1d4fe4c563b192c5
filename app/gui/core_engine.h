// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/engine.h"

namespace headroom {

/// The engine that the program uses: the core's jobs on a Workspace of its own.
[[nodiscard]] EngineFactory coreEngine(const ComputeSettings& settings = {});

}  // namespace headroom
