// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sample_table.h"

#include "core/base/error.h"

namespace headroom {

const std::vector<Sample>& samples() {
  static const std::vector<Sample> table{sentimentBert(), inductionGpt2(), recallLlama(), rewriteMarian(), shapesVit()};
  return table;
}

const Sample& findSample(const std::string& name) {
  std::string names;
  for (const Sample& sample : samples()) {
    if (sample.name == name) return sample;
    names += (names.empty() ? "" : ", ") + sample.name;
  }
  throw Error(ErrorKind::BadInput, "sample: found \"" + name + "\", expected one of " + names);
}

}  // namespace headroom
