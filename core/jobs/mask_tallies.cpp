// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/mask_tallies.h"

#include <algorithm>

namespace headroom {

namespace {
constexpr size_t kMost = 64;  ///< of a few hundred kilobytes each
}

MaskTallies::Entry& MaskTallies::of(const std::string& maskHash, Tally empty) {
  const auto known =
      std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& entry) { return entry.maskHash == maskHash; });
  if (known != m_entries.end()) {
    m_entries.splice(m_entries.begin(), m_entries, known);
  } else {
    m_entries.push_front({maskHash, std::move(empty), 0});
    if (m_entries.size() > kMost) m_entries.pop_back();
  }
  return m_entries.front();
}

}  // namespace headroom
