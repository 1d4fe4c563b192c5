// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json_levels.h"

#include <gtest/gtest.h>

#include <string>

namespace headroom {
namespace {

std::string lists(int levels) {
  const auto count = static_cast<size_t>(levels);
  return std::string(count, '[') + std::string(count, ']');
}

TEST(JsonLevels, areCountedInListsAndObjectsAlike) {
  EXPECT_FALSE(nestsTooDeeply(lists(kMostJsonLevels)));
  EXPECT_TRUE(nestsTooDeeply(lists(kMostJsonLevels + 1)));
  EXPECT_FALSE(nestsTooDeeply(R"({"a": )" + lists(kMostJsonLevels - 1) + "}"));
  EXPECT_TRUE(nestsTooDeeply(R"({"a": )" + lists(kMostJsonLevels) + "}"));
}

TEST(JsonLevels, endWhereTheirBracketsClose) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "[{}],";
  EXPECT_FALSE(nestsTooDeeply("[" + many + "0]"));
}

TEST(JsonLevels, areNotCountedWithinTexts) {
  const std::string brackets(1000, '[');
  EXPECT_FALSE(nestsTooDeeply("\"" + brackets + "\""));
  EXPECT_FALSE(nestsTooDeeply(R"(["\")" + brackets + R"(", "\\"])"));
  EXPECT_TRUE(nestsTooDeeply(R"(["\\", )" + brackets));
}

}  // namespace
}  // namespace headroom
