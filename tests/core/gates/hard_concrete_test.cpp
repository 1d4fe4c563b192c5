// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/hard_concrete.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/rng.h"
#include "core/gates/pass_loss.h"

namespace headroom {
namespace {

namespace hc = hard_concrete;

nlohmann::json authorsVectors() {
  std::ifstream in(HEADROOM_FIXTURES "/pass_gate_vectors.json");
  return nlohmann::json::parse(in);
}

void expectClose(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << "gate " << i;
}

TEST(HardConcrete, gatesEqualTheAuthorsGivenTheSameNoise) {
  for (const auto& test : authorsVectors()["cases"]) {
    const auto logAlpha = test["log_a"].get<std::vector<double>>(), noise = test["u"].get<std::vector<double>>();
    std::vector<double> sampled, tested;
    for (size_t i = 0; i < logAlpha.size(); ++i) {
      sampled.push_back(hc::sampleGate(logAlpha[i], noise[i]).value);
      tested.push_back(hc::testGate(logAlpha[i]));
    }
    expectClose(sampled, test["gates_train_given_u"], 1e-5);
    expectClose(tested, test["gates_eval"], 1e-6);
  }
}

TEST(HardConcrete, probabilitiesAndTheirGradientsEqualTheAuthors) {
  for (const auto& test : authorsVectors()["cases"]) {
    const auto logAlpha = test["log_a"].get<std::vector<double>>();
    double open = 0, closed = 0, between = 0;
    std::vector<double> openSlope, closedSlope, betweenSlope, liveSlope;
    for (const double phi : logAlpha) {
      open += hc::openProbability(phi).value;
      closed += hc::closedProbability(phi).value;
      between += hc::betweenProbability(phi).value;
      openSlope.push_back(hc::openProbability(phi).slope);
      closedSlope.push_back(hc::closedProbability(phi).slope);
      betweenSlope.push_back(hc::betweenProbability(phi).slope);
      liveSlope.push_back(-hc::closedProbability(phi).slope);
    }
    const double count = static_cast<double>(logAlpha.size());
    EXPECT_NEAR(count - closed, test["get_penalty"].get<double>(), 1e-5);
    EXPECT_NEAR(open, test["get_penalty_p1"].get<double>(), 1e-5);
    EXPECT_NEAR(closed, test["get_penalty_p0"].get<double>(), 1e-5);
    EXPECT_NEAR(between, test["get_penalty_pnb"].get<double>(), 1e-5);
    expectClose(liveSlope, test["d_get_penalty"], 1e-6);
    expectClose(openSlope, test["d_get_penalty_p1"], 1e-6);
    expectClose(closedSlope, test["d_get_penalty_p0"], 1e-6);
    expectClose(betweenSlope, test["d_get_penalty_pnb"], 1e-6);
  }
}

TEST(HardConcrete, concentratorEqualsTheAuthors) {
  for (const auto& test : authorsVectors()["cases"]) {
    const auto logAlpha = test["log_a"].get<std::vector<double>>();
    const int heads = static_cast<int>(logAlpha.size());
    const HeadLayout oneBlock({{{Stack::Encoder, AttentionKind::Self, 0}, heads, heads}});
    const ConcentratorPenalty penalty = concentratorPenalty(oneBlock, logAlpha);
    EXPECT_NEAR(penalty.value, test["get_penalty_concentrator"].get<double>(), 1e-5);
    expectClose(penalty.gradient, test["d_get_penalty_concentrator"], 1e-6);
  }
}

TEST(HardConcrete, hundredThousandSamplesMatchTheProbabilities) {
  Rng rng(5);
  for (const double phi : {-3.0, -0.5, 0.0, 1.0, 3.0}) {
    int closed = 0, open = 0;
    constexpr int kSamples = 100000;
    for (int i = 0; i < kSamples; ++i) {
      const double gate = hc::sampleGate(phi, rng.uniform()).value;
      closed += gate == 0 ? 1 : 0;
      open += gate == 1 ? 1 : 0;
    }
    EXPECT_NEAR(closed / double(kSamples), hc::closedProbability(phi).value, 0.01) << phi;
    EXPECT_NEAR(open / double(kSamples), hc::openProbability(phi).value, 0.01) << phi;
  }
}

TEST(HardConcrete, slopesMatchFiniteDifferences) {
  constexpr double kStep = 1e-5;
  for (const double phi : {-6.0, -2.0, -0.3, 0.0, 0.7, 2.4, 5.0}) {
    const auto difference = [phi](auto f) { return (f(phi + kStep).value - f(phi - kStep).value) / (2 * kStep); };
    EXPECT_NEAR(hc::openProbability(phi).slope, difference(hc::openProbability), 1e-8);
    EXPECT_NEAR(hc::closedProbability(phi).slope, difference(hc::closedProbability), 1e-8);
    EXPECT_NEAR(hc::betweenProbability(phi).slope, difference(hc::betweenProbability), 1e-8);
    for (const double u : {0.2, 0.45, 0.6})
      EXPECT_NEAR(hc::sampleGate(phi, u).slope, difference([u](double x) { return hc::sampleGate(x, u); }), 1e-6);
  }
}

TEST(HardConcrete, testGateIsExactlyBinaryFromTheSettledBoundOn) {
  EXPECT_EQ(hc::testGate(hc::kSettled), 1.0);
  EXPECT_EQ(hc::testGate(-hc::kSettled), 0.0);
  EXPECT_LT(hc::testGate(2.39), 1.0);
  EXPECT_GT(hc::testGate(-2.39), 0.0);
}

TEST(HardConcrete, extremeLogAlphaStaysFinite) {
  for (const double phi : {-1000.0, 1000.0}) {
    EXPECT_TRUE(std::isfinite(hc::openProbability(phi).value));
    EXPECT_EQ(hc::openProbability(phi).slope, 0.0);
    EXPECT_TRUE(std::isfinite(hc::sampleGate(phi, 0.0).value));
    EXPECT_TRUE(std::isfinite(hc::sampleGate(phi, 1.0).value));
  }
}

}  // namespace
}  // namespace headroom
