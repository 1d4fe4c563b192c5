// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/sweep/curve.h"

namespace headroom {

/// Writes what is known of a curve under way, whole or not at all. `identity`: everything that its numbers depend on.
/// Throws Error(Io).
void writeCurveProgress(const std::string& path, const std::string& identity, const CurveProgress& progress);

/// What writeCurveProgress() wrote for a curve of that identity on `data`, in `passes` passes a mask; empty when there
/// is no such file, when it is another curve's, or damaged: then the work is done anew.
[[nodiscard]] CurveProgress readCurveProgress(const std::string& path, const std::string& identity,
                                              const EvaluationSet& data, size_t passes);

}  // namespace headroom
