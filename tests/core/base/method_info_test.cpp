// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/method_info.h"

#include <gtest/gtest.h>

namespace headroom {
namespace {

HeadLayout oneBlock(Stack stack, int heads) { return HeadLayout({{{stack, AttentionKind::Self, 0}, heads, heads}}); }

TEST(UnmetNeed, isADecoderForMethodsThatChooseByInput) {
  MethodInfo byInput;
  byInput.needs = {kEncoderOnly};
  EXPECT_EQ(unmetNeed(byInput, oneBlock(Stack::Encoder, 4)), "");
  EXPECT_NE(unmetNeed(byInput, oneBlock(Stack::Decoder, 4)), "");
  EXPECT_EQ(unmetNeed({}, oneBlock(Stack::Decoder, 4)), "");
}

TEST(UnmetNeed, isAHeadForEveryMethod) { EXPECT_NE(unmetNeed({}, oneBlock(Stack::Encoder, 0)), ""); }

}  // namespace
}  // namespace headroom
