// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/shared_gates.h"

#include <gtest/gtest.h>

#include "core/methods/method_table.h"
#include "core/methods/pass.h"

namespace headroom {
namespace {

const HeadLayout kLayout({{{Stack::Decoder, AttentionKind::Self, 0}, 4, 2},
                          {{Stack::Decoder, AttentionKind::Self, 1}, 4, 2}});

TrainSettings sharedSettings() {
  TrainSettings s;
  s.unit = "group";
  s.keep = 2;
  s.steps = 30;
  return s;
}

TEST(SharedGates, followTheGatesOfTheUnitsWithSummedGradients) {
  const RunLength length{30, 30, 100};
  const HeadUnits units(kLayout, "group");
  const auto shared = makeGateMethod(kLayout, sharedSettings(), length);
  const auto plain = makePass(units.units(), sharedSettings(), length, true);
  for (std::int64_t step = 1; step <= 30; ++step) {
    const std::vector<double> gates = shared->draw();
    ASSERT_EQ(gates, units.toHeads(plain->draw())) << step;
    std::vector<double> gradient;
    for (int head = 0; head < 8; ++head) gradient.push_back(0.1 * head - 0.3 * static_cast<double>(step % 3));
    GateTerms terms, plainTerms;
    const std::vector<double> slope = shared->differentiate(gradient, terms);
    ASSERT_EQ(slope, plain->differentiate(units.sums(gradient), plainTerms));
    EXPECT_DOUBLE_EQ(terms.open, plainTerms.open) << "counted in units";
    if (shared->wantsConfidence(step - 1)) {
      const std::vector<double> confidence{0.1, 0.3, 0.5, 0.5, 0.9, 0.7, 0.2, 0.4};
      shared->observe(confidence);
      plain->observe(units.means(confidence));
    }
    shared->update(slope, 1);
    plain->update(slope, 1);
    const std::vector<TrainEvent> events = shared->endStep(step), plainEvents = plain->endStep(step);
    ASSERT_EQ(events.size(), plainEvents.size());
    for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].heads, units.toHeads(plainEvents[i].heads));
    ASSERT_EQ(shared->logAlpha(), units.toHeads(plain->logAlpha())) << step;
  }
}

TEST(SharedGates, goOnFromWhereTheyWereSaved) {
  const RunLength length{30, 30, 100};
  const auto first = makeGateMethod(kLayout, sharedSettings(), length),
             second = makeGateMethod(kLayout, sharedSettings(), length);
  (void)first->draw();
  second->restore(first->save());
  EXPECT_EQ(second->logAlpha(), first->logAlpha());
  EXPECT_EQ(second->draw(), first->draw());
}

}  // namespace
}  // namespace headroom
