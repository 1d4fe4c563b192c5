// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mask_comparison.h"

#include <gtest/gtest.h>

namespace headroom {
namespace {

SliceScore slice(const std::string& name, double full, double masked) {
  SliceScore made{name, {}, {}};
  made.full.value = full;
  made.masked.value = masked;
  return made;
}

TEST(CollapsedClasses, areThoseGivenUpWhileTheWholeHolds) {
  MaskComparison comparison;
  comparison.classes = {slice("kept", 0.9, 0.88), slice("rare", 0.8, 0.1), slice("weak", 0.3, 0.2)};
  EXPECT_EQ(collapsedClasses(comparison, 0.03), std::vector<std::string>{"rare"});
  EXPECT_TRUE(collapsedClasses(comparison, 0.5).empty()) << "everything fell: no class more than the others";
}

}  // namespace
}  // namespace headroom
