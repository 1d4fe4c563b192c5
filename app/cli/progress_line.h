// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "core/base/job_context.h"

namespace headroom::cli {

/// Progress on standard error: JSON lines for programs, one line with a bar on a terminal, nothing elsewhere. At most
/// ten a second (JSON: two), and always the last.
class ProgressLine {
 public:
  explicit ProgressLine(bool json);
  void show(const Progress& progress);
  /// Ends the line.
  void finish();

 private:
  void draw(const Progress& progress) const;

  bool m_json;
  bool m_terminal;
  bool m_drawn = false;
  std::string m_task;
  std::chrono::steady_clock::time_point m_last{};
};

}  // namespace headroom::cli
