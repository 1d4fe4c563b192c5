// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stop_token>
#include <thread>

namespace headroom::cli {

/// Turns the first Ctrl-C (or SIGTERM) into a stop request; the second ends the process at once. Make it before any
/// other thread, so that all of them leave the signals to it.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  [[nodiscard]] std::stop_token token() const { return m_source.get_token(); }

 private:
  std::stop_source m_source;
  std::thread m_waiter;
};

}  // namespace headroom::cli
