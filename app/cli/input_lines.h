// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/base/job_context.h"

namespace headroom::cli {

/// The lines of standard input. Unlike std::getline, waiting for one ends when a stop is asked for: throws Cancelled.
class InputLines {
 public:
  explicit InputLines(const JobContext& context) : m_context(context) {}
  /// Without its line feed; absent at the end. Throws Error(Io).
  [[nodiscard]] std::optional<std::string> next();
  [[nodiscard]] std::int64_t count() const { return m_count; }

 private:
  /// False at the end of the input.
  bool readMore();

  const JobContext& m_context;
  std::string m_text;    ///< read and not yet given
  std::size_t m_at = 0;  ///< of m_text, where the next line begins
  std::int64_t m_count = 0;
};

}  // namespace headroom::cli
