// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/metric_name.h"

namespace headroom {

bool isShare(const std::string& metric) {
  return metric == "accuracy" || metric == "f1" || metric == "exact match" || metric.ends_with("accuracy");
}

}  // namespace headroom
