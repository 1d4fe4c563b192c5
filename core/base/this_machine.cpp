// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/this_machine.h"

#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>

namespace headroom {

std::string thisMachine() {
  std::array<char, 256> host{};
  const std::string name = ::gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "this computer";
  std::ifstream processors("/proc/cpuinfo");
  for (std::string line; std::getline(processors, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    if (begin != std::string::npos) return name + ", " + line.substr(begin);
  }
  return name;
}

std::string nowUtc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace headroom
