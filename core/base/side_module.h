// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// The function `symbol` of a module of this program's own (`file`, beside the program or where it is installed). The
/// module is loaded with names of its own, before those of others, so that the libraries it is linked to do not meet
/// those that LibTorch brings; it stays loaded. Throws Error(Io) when it is not there or of another version.
[[nodiscard]] void* sideModuleFunction(const std::string& file, const std::string& symbol);

}  // namespace headroom
