// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/jobs/compare_methods.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

/// The request with every method, K and seed once: the same cell again is no other seed. Throws Error naming what the
/// open model or the methods do not allow.
[[nodiscard]] CompareRequest checkedRequest(const Workspace::State& state, CompareRequest request);

/// What must be the same for two campaigns to be one; methods, budgets and seeds may be added. JSON.
[[nodiscard]] std::string campaignIdentity(Workspace::State& state, const CompareRequest& request);

/// What the campaign has of a method: more random masks than seeds.
[[nodiscard]] std::vector<std::uint64_t> seedsFor(const std::string& method, std::vector<std::uint64_t> seeds);

}  // namespace headroom
