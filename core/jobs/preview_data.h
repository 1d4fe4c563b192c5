// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/data_preview.h"
#include "core/base/job_context.h"
#include "core/jobs/workspace.h"

namespace headroom {

struct PreviewDataRequest {
  std::string path;
  std::vector<std::string> textColumns;  ///< empty = guess
  std::string labelColumn;               ///< empty = guess
  int maxLength = 128;                   ///< tokens an example
  int mostRows = 50;
};
/// Reads a file as openData() would, and changes nothing: how it is understood, what is skipped and why, the first
/// rows.
[[nodiscard]] DataPreview previewData(Workspace& workspace, const PreviewDataRequest& request,
                                      const JobContext& context);

}  // namespace headroom
