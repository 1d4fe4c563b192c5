// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// librsvg and cairo behind a door of their own, for the same reason as SentencePieceLibrary.
class RsvgLibrary {
 public:
  virtual ~RsvgLibrary() = default;
  /// The picture as a file's bytes: "png" with so many dots per inch, or "pdf" (vectors), as wide as the picture
  /// says. Returns what went wrong; empty = done.
  [[nodiscard]] virtual std::string draw(const std::string& svg, const std::string& format, double dpi,
                                         std::string& bytes) = 0;
};

using MakeRsvg = RsvgLibrary* (*)();
constexpr const char* kMakeRsvg = "headroomMakeRsvg";

}  // namespace headroom
