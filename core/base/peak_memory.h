// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom {

/// The most memory that the process has held since this was made; Linux only.
class PeakMemory {
 public:
  PeakMemory();
  /// 0 = not known.
  [[nodiscard]] double bytes() const;

 private:
  bool m_counts = false;
};

}  // namespace headroom
