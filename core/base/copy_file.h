// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// Copies a regular file's bytes; `to` appears only when complete. Unlike std::filesystem's copy, which calls a full
/// disk an input/output error, throws Error(Io) with the system's reason.
void copyFile(const std::string& from, const std::string& to);

}  // namespace headroom
