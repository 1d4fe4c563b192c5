// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/methods/gate_method.h"

namespace headroom {

/// PASS (almost-sure sparsity) and, with `concentrate`, PASSCONC: hard-concrete gates trained until exactly K heads are
/// open with probability 1; clip and selective reopening at the settings' events; the concentrator empties whole
/// blocks. settings.published takes the authors' own BERT schedule: events at steps 2000, 3000, 4000, lambda uncapped
/// and unstretched, raw-score confidence on every step, gates' learning rate decaying linearly; settings.perEpoch the
/// one for translation: lambda doubled and heads reopened before each epoch, gates' learning rate constant.
[[nodiscard]] std::unique_ptr<GateMethod> makePass(const HeadLayout& layout, const TrainSettings& settings,
                                                   const RunLength& length, bool concentrate);

}  // namespace headroom
