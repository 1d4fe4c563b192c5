// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/svg_head_map.h"

#include <algorithm>

#include "core/report/svg_chart.h"

namespace headroom {

namespace {

constexpr int kCell = 22, kLabels = 150, kMapTop = 30;

std::string cell(int x, int y, bool kept, double shade, const std::string& name) {
  const std::string place = "x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\"";
  const int side = kCell - 3;
  std::string svg =
      "<g><title>" + escaped(name) + "</title><rect " + place + " width=\"" + std::to_string(side) + "\" height=\"" +
      std::to_string(side) + "\" stroke=\"#606060\" fill=\"" + (kept ? "#0072b2" : "#ffffff") + "\"" +
      (kept ? " fill-opacity=\"" + shortNumber(0.25 + 0.75 * std::clamp(shade, 0.0, 1.0)) + "\"" : "") + "/>";
  if (!kept)
    svg += "<path d=\"M" + std::to_string(x + 5) + " " + std::to_string(y + 5) + " l" + std::to_string(side - 10) +
           " " + std::to_string(side - 10) + " m0 -" + std::to_string(side - 10) + " l-" + std::to_string(side - 10) +
           " " + std::to_string(side - 10) + "\" stroke=\"#909090\"/>";
  return svg + "</g>\n";
}

}  // namespace

std::string svgHeadMap(const HeadMask& mask, std::span<const double> shades, const std::string& title) {
  const HeadLayout& layout = mask.layout();
  const int width = kLabels + kCell * std::max(1, layout.widestBlock()) + 60,
            height = kMapTop + kCell * layout.blockCount() + 8;
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + std::to_string(width) + "\" height=\"" +
                    std::to_string(height) +
                    "\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"" + escaped(title) +
                    "\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"4\" y=\"18\" "
                    "font-weight=\"bold\" fill=\"#202020\">" +
                    escaped(title) + "</text>\n";
  for (int block = 0; block < layout.blockCount(); ++block) {
    const int y = kMapTop + kCell * (layout.blockCount() - 1 - block);
    const std::string label = blockLabel(layout.blocks()[static_cast<size_t>(block)].id, layout.onlyOneKind());
    svg += "<text x=\"" + std::to_string(kLabels - 8) + "\" y=\"" + std::to_string(y + 14) +
           "\" text-anchor=\"end\" fill=\"#202020\">" + escaped(label) + "</text>\n";
    for (int head = 0; head < layout.headsIn(block); ++head) {
      const int flat = layout.flat({block, head});
      svg += cell(kLabels + kCell * head, y, mask.kept(flat), shades.empty() ? 1 : shades[static_cast<size_t>(flat)],
                  label + ", head " + std::to_string(head) + (mask.kept(flat) ? ": kept" : ": pruned"));
    }
    svg += "<text x=\"" + std::to_string(kLabels + kCell * layout.headsIn(block) + 6) + "\" y=\"" +
           std::to_string(y + 14) + "\" fill=\"#606060\">" + std::to_string(mask.keptIn(block)) + "</text>\n";
  }
  return svg + "</svg>\n";
}

}  // namespace headroom
