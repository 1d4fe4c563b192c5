// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <list>
#include <string>

#include "core/train/evaluator.h"

namespace headroom {

/// What has been measured of masks under the weights that are open, whole or in part: a mask that is asked for again
/// goes on where it was left. The longest unused one goes first when there are too many.
class MaskTallies {
 public:
  struct Entry {
    std::string maskHash;
    Tally tally;
    size_t batches = 0;  ///< micro-batches that the tally holds, from the first on
  };

  /// The mask's entry, or a new one that begins with `empty`. Stays valid until the next call.
  [[nodiscard]] Entry& of(const std::string& maskHash, Tally empty);
  void clear() { m_entries.clear(); }

 private:
  std::list<Entry> m_entries;  ///< the last used one in front
};

}  // namespace headroom
