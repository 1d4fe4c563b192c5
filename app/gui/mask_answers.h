// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <unordered_map>

#include "core/base/snapshots.h"

namespace headroom {

/// What is known of masks under the weights that are open, by mask hash. Cleared whenever the weights change.
class MaskAnswers {
 public:
  void clear() { m_answers.clear(); }
  /// Keeps complete answers only: an estimate may be refined.
  void remember(const EvalResult& answer);
  /// Every measured point of the curve answers for its mask.
  void remember(const Curve& curve);
  /// nullptr when this mask was not measured.
  [[nodiscard]] const EvalResult* find(const HeadMask& mask) const;

 private:
  std::unordered_map<std::string, EvalResult> m_answers;
};

}  // namespace headroom
