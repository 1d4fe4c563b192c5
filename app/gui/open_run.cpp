// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/open_run.h"

namespace headroom {

std::vector<int> orderOf(const std::vector<float>& logAlpha) {
  return keepOrder(std::vector<double>(logAlpha.begin(), logAlpha.end()));
}

}  // namespace headroom
