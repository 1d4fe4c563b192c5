// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/base/example_prediction.h"
#include "core/base/head_mask.h"
#include "core/base/job_context.h"
#include "core/jobs/workspace.h"

namespace headroom {

struct PredictExampleRequest {
  std::int64_t index = 0;
  HeadMask mask;
  int mostChoices = 5;
};
/// One example of the open dev data through the open model, with every head and under a mask. Of a text stream the
/// token that comes after the window; translations by the model's own settings, greedily where these name none.
[[nodiscard]] ExamplePrediction predictExample(Workspace& workspace, const PredictExampleRequest& request,
                                               const JobContext& context);

}  // namespace headroom
