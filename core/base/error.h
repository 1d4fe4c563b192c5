// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace headroom {

/// What went wrong, so that a caller can choose the remedy it offers.
enum class ErrorKind {
  BadFile,    ///< a file is damaged, cut short or contradicts itself
  BadInput,   ///< a setting, mask or data row that cannot be used
  Io,         ///< the system refused to read or write
  Busy,       ///< somebody else has it open
  Numerical,  ///< a loss or a weight stopped being a number
  Memory,     ///< the device's memory is too small
  Usage,      ///< the command line was wrong
};

/// The one exception of the core. what() is one clear line: where, what was found, what was expected, the remedy.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), m_kind(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return m_kind; }

 private:
  ErrorKind m_kind;
};

/// Thrown by JobContext::checkStop; never an error to show.
class Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("cancelled") {}
};

}  // namespace headroom
