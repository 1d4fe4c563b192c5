// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/peak_memory.h"

#include <fstream>
#include <string>

namespace headroom {

PeakMemory::PeakMemory() {
  std::ofstream reset("/proc/self/clear_refs");
  m_counts = static_cast<bool>(reset << "5" << std::flush);
}

double PeakMemory::bytes() const {
  if (!m_counts) return 0;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return 1024 * std::stod(line.substr(6));
  return 0;
}

}  // namespace headroom
