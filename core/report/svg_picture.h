// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// An SVG picture as the bytes of the kind of file that `path` ends with: .svg, .pdf (vectors, as wide as the SVG says)
/// or .png (with `dpi` dots per inch). Throws Error for another ending, and where the program was built without
/// librsvg.
[[nodiscard]] std::string pictureFor(const std::string& path, const std::string& svg, double dpi);

}  // namespace headroom
