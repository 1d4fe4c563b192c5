// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// Events as the columns of /events: one row each, more where heads or text outgrow the fixed length of a row.
struct EventRows {
  std::vector<std::int64_t> step;
  std::vector<std::int64_t> part;   ///< 0 = a new event, else its continuation
  std::vector<std::int64_t> parts;  ///< rows of the event
  std::vector<std::string> kind;
  std::vector<std::string> heads;  ///< JSON lists; to be joined over the rows of an event
  std::vector<std::string> text;   ///< likewise
};
[[nodiscard]] EventRows splitEvents(std::span<const TrainEvent> events);

}  // namespace headroom
