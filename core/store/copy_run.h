// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// Copies a run file with the weights that belong to it: its final ones and its newest whole checkpoint, and with what
/// an unfinished sweep left. A run that lay under `to` is replaced, its checkpoints go. Throws Error(Io).
void copyRunFiles(const std::string& from, const std::string& to);

}  // namespace headroom
