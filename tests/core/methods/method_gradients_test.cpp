// SPDX-License-Identifier: GPL-3.0-or-later
// What every learned method says is the gradient of its loss, against central differences in double precision.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "core/base/rng.h"
#include "core/methods/method_table.h"

namespace headroom {
namespace {

const HeadLayout kFiveAndThree({{{Stack::Encoder, AttentionKind::Self, 0}, 5, 5},
                                {{Stack::Encoder, AttentionKind::Self, 1}, 3, 3}});

/// A method, the array of its state that the gradient is of, and its scalars in the middle of a run of 600 steps.
struct Differentiated {
  std::string method, array;
  std::vector<double> scalars;
  bool baseLoss = false;
};

std::unique_ptr<GateMethod> makeDifferentiated(const Differentiated& what, std::uint64_t seed = 1, int keep = 3) {
  TrainSettings settings;
  settings.method = what.method;
  settings.keep = keep;
  settings.steps = 600;
  settings.seed = seed;
  settings.reopen = false;
  settings.lambda = 0.3;
  settings.lambdaCap = 1;
  settings.baseLoss = what.baseLoss;
  return makeGateMethod(kFiveAndThree, settings, {600, 600, 32});
}

/// Parameters from -2 to 2, where no probability is clamped.
GateMethod::State midwayState(const GateMethod& method, const Differentiated& what, std::uint64_t seed = 1) {
  GateMethod::State state = method.save();
  Rng rng(seed, 71);
  for (double& value : state.arrays.at(what.array)) value = 4 * rng.uniform() - 2;
  state.arrays.at("scalars") = what.scalars;
  return state;
}

/// d(task loss)/d(gate): the task's loss is taken to be linear in the gates.
std::vector<double> gateGradient(std::uint64_t seed = 1) {
  Rng rng(seed, 72);
  std::vector<double> slopes;
  for (int head = 0; head < kFiveAndThree.headCount(); ++head) slopes.push_back(rng.normal());
  return slopes;
}

/// Task and penalty, with the very noise that comes next in the state.
double lossAt(GateMethod& method, const GateMethod::State& state, const std::vector<double>& task) {
  method.restore(state);
  const std::vector<double> gates = method.draw();
  GateTerms terms;
  (void)method.differentiate(task, terms);
  return std::inner_product(gates.begin(), gates.end(), task.begin(), 0.0) +
         terms.lambda * (terms.penalty + terms.lambdaC * terms.concentration);
}

double centralDifference(const std::function<double(double)>& loss, double at) {
  constexpr double kStep = 1e-6;
  return (loss(at + kStep) - loss(at - kStep)) / (2 * kStep);
}

TEST(MethodGradients, matchFiniteDifferencesOfTaskAndPenaltyTogether) {
  const std::vector<Differentiated> methods{
      {"l0", "log_alpha", {150}},
      {"pass", "log_alpha", {150, 1e5, 0, 0, 1}},
      {"pass", "log_alpha", {150, 1e5, 0, 0, 1}, true},
      {"passconc", "log_alpha", {150, 1e5, 0, 7, 1}},
      {"lagrangian", "gates", {150, 0.7, 1.3}},
      {"dsp", "log_alpha", {138}},  // where the temperature is 0.7
  };
  for (const Differentiated& what : methods)
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(what.method + (what.baseLoss ? " with the base loss" : "") + ", seed " + std::to_string(seed));
      const auto method = makeDifferentiated(what, seed);
      const GateMethod::State state = midwayState(*method, what, seed);
      const std::vector<double> task = gateGradient(seed);
      (void)lossAt(*method, state, task);
      GateTerms terms;
      const std::vector<double> gradient = method->differentiate(task, terms);
      ASSERT_EQ(gradient.size(), state.arrays.at(what.array).size());
      for (size_t i = 0; i < gradient.size(); ++i) {
        GateMethod::State moved = state;
        const auto loss = [&](double value) {
          moved.arrays.at(what.array)[i] = value;
          return lossAt(*method, moved, task);
        };
        EXPECT_NEAR(gradient[i], centralDifference(loss, state.arrays.at(what.array)[i]), 1e-6) << "parameter " << i;
      }
    }
}

/// The penalties alone, which the task's gradient must not hide.
TEST(MethodGradients, ofThePenaltiesMatchFiniteDifferencesAndAreThere) {
  const std::vector<Differentiated> methods{{"l0", "log_alpha", {150}},
                                            {"pass", "log_alpha", {150, 1e5, 0, 0, 1}},
                                            {"pass", "log_alpha", {150, 1e5, 0, 0, 1}, true},
                                            {"passconc", "log_alpha", {150, 1e5, 0, 7, 1}},
                                            {"lagrangian", "gates", {150, 0.7, 1.3}}};
  const std::vector<double> none(8, 0.0);
  for (const Differentiated& what : methods) {
    SCOPED_TRACE(what.method + (what.baseLoss ? " with the base loss" : ""));
    const auto method = makeDifferentiated(what);
    const GateMethod::State state = midwayState(*method, what);
    (void)lossAt(*method, state, none);
    GateTerms terms;
    const std::vector<double> gradient = method->differentiate(none, terms);
    for (size_t i = 0; i < gradient.size(); ++i) {
      GateMethod::State moved = state;
      const auto loss = [&](double value) {
        moved.arrays.at(what.array)[i] = value;
        return lossAt(*method, moved, none);
      };
      EXPECT_NEAR(gradient[i], centralDifference(loss, state.arrays.at(what.array)[i]), 1e-7) << "parameter " << i;
      EXPECT_GT(std::abs(gradient[i]), 1e-5) << "parameter " << i;
    }
  }
}

TEST(MethodGradients, lagrangeMultipliersClimbTheirOwnSlopes) {
  const Differentiated what{"lagrangian", "gates", {150, 0.7, 1.3}};
  const auto method = makeDifferentiated(what);
  const GateMethod::State state = midwayState(*method, what);
  const std::vector<double> none(8, 0.0);
  std::vector<double> slopes;
  for (const size_t multiplier : {1, 2}) {
    GateMethod::State moved = state;
    const auto loss = [&](double value) {
      moved.arrays.at("scalars")[multiplier] = value;
      return lossAt(*method, moved, none);
    };
    slopes.push_back(centralDifference(loss, what.scalars[multiplier]));
  }
  (void)lossAt(*method, state, none);
  GateTerms terms;
  method->update(method->differentiate(none, terms), 1);
  const std::vector<double> after = method->save().arrays.at("scalars");
  const double first = after[1] - 0.7, second = after[2] - 1.3;
  EXPECT_GT(first * slopes[0], 0);
  EXPECT_GT(second * slopes[1], 0);
  EXPECT_NEAR(first * slopes[1], second * slopes[0], 1e-6) << "both at one rate";
}

TEST(MethodGradients, wdPruningsSharesFollowTheNumberOfHeadsThatTheyStandFor) {
  const Differentiated what{"wdpruning", "values", {150, 0.8}};
  const std::vector<double> task = gateGradient();
  for (const int keep : {3, 8}) {
    SCOPED_TRACE(keep);
    const auto method = makeDifferentiated(what, 1, keep);
    GateMethod::State state = midwayState(*method, what);
    std::vector<double>& values = state.arrays.at("values");
    values[8] = 1.2;   // of five heads four are open
    values[9] = -0.3;  // of three two
    method->restore(state);
    const std::vector<double> gates = method->draw();
    GateTerms terms;
    const std::vector<double> gradient = method->differentiate(task, terms);
    ASSERT_EQ(gradient.size(), 10U);
    EXPECT_DOUBLE_EQ(terms.penalty, keep == 3 ? 3 : 0) << "heads too many";
    for (size_t head = 0; head < 8; ++head) EXPECT_EQ(gradient[head], task[head]) << "straight through";
    for (const int block : {0, 1}) {
      const int first = kFiveAndThree.firstOf(block), heads = kFiveAndThree.headsIn(block);
      const double useful = std::inner_product(gates.begin() + first, gates.begin() + first + heads,
                                               task.begin() + first, 0.0),
                   pressed = keep == 3 ? 0.8 * heads : 0;
      const auto loss = [&](double logit) { return (useful + pressed) / (1 + std::exp(-logit)); };
      const size_t place = 8 + static_cast<size_t>(block);
      EXPECT_NEAR(gradient[place], centralDifference(loss, values[place]), 1e-7) << "block " << block;
    }
  }
}

TEST(MethodGradients, passStraightThroughWhereGatesAreHardFromTheFirstStep) {
  for (const char* name : {"ste", "movement"}) {
    const auto method = makeDifferentiated({name, "log_alpha", {0}});
    (void)method->draw();
    GateTerms terms;
    EXPECT_EQ(method->differentiate(gateGradient(), terms), gateGradient()) << name;
    EXPECT_EQ(terms.lambda * terms.penalty, 0) << name;
  }
}

}  // namespace
}  // namespace headroom
