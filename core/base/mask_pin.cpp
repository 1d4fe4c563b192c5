// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mask_pin.h"

#include <algorithm>

namespace headroom {

std::string freePinName(const std::vector<MaskPin>& pins) {
  for (int round = 1;; ++round)
    for (char letter = 'A'; letter <= 'Z'; ++letter) {
      const std::string name = letter + (round > 1 ? std::to_string(round) : std::string());
      if (std::none_of(pins.begin(), pins.end(), [&](const MaskPin& pin) { return pin.name == name; })) return name;
    }
}

}  // namespace headroom
