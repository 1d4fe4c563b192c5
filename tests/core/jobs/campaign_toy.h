// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/jobs/compare_methods.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom::test {

/// A toy with a small campaign of it to ask for.
struct CampaignToy : OpenToyClassifier {
  CompareRequest request;

  CampaignToy() {
    request.methods = {"random", "taylor", "passconc"};
    request.keeps = {3, 6};
    request.seeds = {1, 2};
    request.steps = 6;
    request.batch = 8;
    request.examples = 32;
    request.outPath = folder.file("campaign");
  }
};

inline const CompareCell& cellOf(const Comparison& comparison, std::string_view name) {
  for (const CompareCell& cell : comparison.cells)
    if (cell.name() == name) return cell;
  throw Error(ErrorKind::BadInput, "no cell " + std::string(name));
}

}  // namespace headroom::test
