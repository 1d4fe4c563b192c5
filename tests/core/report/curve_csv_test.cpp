// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/curve_csv.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/report/run_report.h"

namespace headroom {
namespace {

TEST(CurveCsv, HasALineOfNamesAndOneAPoint) {
  Curve curve;
  curve.layout = HeadLayout({{{Stack::Decoder, AttentionKind::Self, 0}, 4, 2}});
  curve.order = {2, 3, 0, 1};
  CurvePoint some;
  some.kept = 2;
  some.metric = {"accuracy", 0.75, 0.5, 0.875, 40};
  some.toFull.value = -0.125;
  some.toFull.low = -0.25;
  some.toFull.high = 0.0625;
  some.loss = 0.5;
  some.trained = true;
  CurvePoint all;
  all.kept = 4;
  all.metric = {"accuracy", 1.0 / 3, 0.25, 0.5, 40};
  curve.points = {some, all};
  EXPECT_EQ(curveCsv(curve),
            "heads kept,accuracy,low,high,examples,difference to unpruned,difference low,difference high,loss "
            "[nat],trained,key/value heads kept\n"
            "2,0.75,0.5,0.875,40,-0.125,-0.25,0.0625,0.5,1,1\n"
            "4,0.3333333333,0.25,0.5,40,0,0,0,0,0,2\n");
}

TEST(RunReport, NeverReplacesTheRunItIsMadeOf) {
  const std::string path = ::testing::TempDir() + "run_report_test.h5";
  writeFileAtomically(path, "a run");
  try {
    writeRunReport(path, path);
    FAIL() << "the run was replaced";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("found the run itself"), std::string::npos) << error.what();
  }
  EXPECT_EQ(readTextFile(path), "a run");
}

}  // namespace
}  // namespace headroom
