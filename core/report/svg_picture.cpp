// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/svg_picture.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>

#include "core/base/error.h"
#include "core/base/side_module.h"
#include "core/report/rsvg/library.h"

namespace headroom {

std::string pictureFor(const std::string& path, const std::string& svg, double dpi) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (ending == ".svg") return svg;
  if (ending != ".png" && ending != ".pdf")
    throw Error(ErrorKind::BadInput, path + ": found the ending \"" + ending + "\", expected .svg, .pdf or .png");
  static const auto make = reinterpret_cast<MakeRsvg>(sideModuleFunction("libheadroom_rsvg.so", kMakeRsvg));
  const std::unique_ptr<RsvgLibrary> library(make());
  std::string bytes;
  const std::string complaint = library->draw(svg, ending.substr(1), dpi, bytes);
  if (!complaint.empty()) throw Error(ErrorKind::Io, path + ": " + complaint.substr(0, complaint.find('\n')));
  return bytes;
}

}  // namespace headroom
