// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/svg_survivors.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/report/svg_chart.h"

namespace headroom {

namespace {

constexpr int kBarsTop = 30, kNames = 120;
constexpr const char* kInk = "#202020";
constexpr const char* kBlue = "#0072b2";
constexpr const char* kOrange = "#d55e00";

std::string fixed(double value, int decimals) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string begun(double width, double height, const std::string& title) {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + fixed(width, 0) + "\" height=\"" + fixed(height, 0) +
         "\" viewBox=\"0 0 " + fixed(width, 0) + " " + fixed(height, 0) +
         "\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"" + escaped(title) +
         "\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"4\" y=\"18\" font-weight=\"bold\" "
         "fill=\"" +
         kInk + "\">" + escaped(title) + "</text>\n";
}

std::string label(double x, double y, const char* anchor, const std::string& text, const char* colour = kInk,
                  const std::string& more = {}) {
  return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" text-anchor=\"" + anchor + "\" fill=\"" + colour +
         "\"" + more + ">" + escaped(text) + "</text>\n";
}

/// #rrggbb laid on white, `strength` 0..1: solid, as not every reader of SVG knows opacity.
std::string onWhite(const char* colour, double strength) {
  const unsigned long all = std::stoul(colour + 1, nullptr, 16);
  std::string mixed = "#";
  for (const int shift : {16, 8, 0}) {
    const double channel = static_cast<double>((all >> shift) & 255U);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%02x",
                  static_cast<unsigned>(std::lround(255 + (channel - 255) * std::clamp(strength, 0.0, 1.0))));
    mixed += digits;
  }
  return mixed;
}

/// A rectangle of a colour on white, `strength` 0..1.
std::string box(double x, double y, double width, double height, const char* colour, double strength,
                const std::string& says) {
  return "<rect x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1) + "\" width=\"" + fixed(width, 1) + "\" height=\"" +
         fixed(height, 1) + "\" fill=\"" + onWhite(colour, strength) + "\" stroke=\"#c8c8c8\"><title>" + escaped(says) +
         "</title></rect>\n";
}

std::string nameOf(const CellChoice& choice) {
  return choice.method + (choice.seed ? ", seed " + std::to_string(*choice.seed) : "");
}

}  // namespace

std::string svgShareMaps(const HeadLayout& layout, const std::vector<ShareMap>& maps, const std::string& title) {
  constexpr int kCell = 13, kGap = 22, kRowNames = 76;
  const int mapWidth = std::max(kCell * layout.widestBlock(), 64);
  const double width = kRowNames + static_cast<double>(maps.size()) * (mapWidth + kGap),
               height = kBarsTop + 18 + kCell * layout.blockCount() + 8;
  std::string svg = begun(std::max(width, 320.0), height, title);
  for (int block = 0; block < layout.blockCount(); ++block) {
    const double y = kBarsTop + 18 + kCell * (layout.blockCount() - 1 - block);
    const std::string row = blockLabel(layout.blocks()[static_cast<size_t>(block)].id, layout.onlyOneKind());
    svg += label(kRowNames - 8, y + 10, "end", row, "#606060", " font-size=\"10\"");
    for (size_t i = 0; i < maps.size(); ++i)
      for (int head = 0; head < layout.headsIn(block); ++head) {
        const double share = maps[i].shares[static_cast<size_t>(layout.flat({block, head}))];
        svg += box(kRowNames + static_cast<double>(i) * (mapWidth + kGap) + kCell * head, y, kCell - 2, kCell - 2,
                   kBlue, share, row + ", head " + std::to_string(head) + ": " + fixed(share, 2));
      }
  }
  for (size_t i = 0; i < maps.size(); ++i)
    svg += label(kRowNames + static_cast<double>(i) * (mapWidth + kGap), kBarsTop + 10, "start", maps[i].label);
  return svg + "</svg>\n";
}

std::string svgOverlap(const OverlapMatrix& matrix, const std::string& title) {
  constexpr int kCell = 40;
  const size_t n = matrix.choices.size();
  const double side = kCell * static_cast<double>(n), left = kNames + 8;
  std::string svg = begun(std::max(left + side + 60, 480.0), kBarsTop + side + kNames, title);
  for (size_t row = 0; row < n; ++row) {
    const double y = kBarsTop + kCell * static_cast<double>(row);
    svg += label(kNames, y + kCell / 2.0 + 4, "end", nameOf(matrix.choices[row]));
    const double x = left + kCell * static_cast<double>(row) + kCell / 2.0;
    svg += label(x, kBarsTop + side + 14, "end", nameOf(matrix.choices[row]), kInk,
                 " transform=\"rotate(-45 " + fixed(x, 1) + " " + fixed(kBarsTop + side + 14, 1) + ")\"");
    for (size_t column = 0; column < n; ++column) {
      const double value = matrix.at(row, column), cellX = left + kCell * static_cast<double>(column);
      const std::string says = nameOf(matrix.choices[row]) + " and " + nameOf(matrix.choices[column]);
      if (std::isnan(value)) {
        svg += box(cellX, y, kCell - 2, kCell - 2, "#ffffff", 1, says + ": one cell only");
        continue;
      }
      const bool more = value >= matrix.chance;
      const double strength = more ? (value - matrix.chance) / std::max(1e-9, 1 - matrix.chance)
                                   : (matrix.chance - value) / std::max(1e-9, matrix.chance - matrix.least);
      svg += box(cellX, y, kCell - 2, kCell - 2, more ? kBlue : kOrange, 0.8 * strength,
                 says + ": " + fixed(value, 3) + ", chance " + fixed(matrix.chance, 3));
      svg += label(cellX + kCell / 2.0 - 1, y + kCell / 2.0 + 4, "middle", fixed(value, 2),
                   strength > 0.75 ? "#ffffff" : kInk);
    }
  }
  return svg + "</svg>\n";
}

std::string svgDepths(const std::vector<DepthRow>& rows, const HeadLayout& layout, const std::string& title) {
  constexpr int kRow = 22, kColumn = 150;
  constexpr const char* kThirds[] = {"bottom third (input)", "middle third", "top third (output)"};
  const double below = kBarsTop + 22 + kRow * static_cast<double>(rows.size()), left = kNames + 8;
  std::string svg = begun(left + 3 * (kColumn + 40), below + 22, title);
  const DepthThirds all = keptByDepth(HeadMask(layout));
  for (size_t third = 0; third < all.size(); ++third) {
    const double x = left + static_cast<double>(third) * (kColumn + 40);
    svg += label(x, kBarsTop + 12, "start", kThirds[third]);
    for (size_t i = 0; i < rows.size(); ++i) {
      const double sum = rows[i].kept[0] + rows[i].kept[1] + rows[i].kept[2];
      const double share = sum > 0 ? rows[i].kept[third] / sum : 0, y = kBarsTop + 20 + kRow * static_cast<double>(i);
      svg += box(x, y, share * kColumn, kRow - 6, kBlue, 0.8,
                 rows[i].method + ": " + fixed(100 * share, 0) + " % of its survivors");
      svg += label(x + share * kColumn + 4, y + 12, "start", fixed(rows[i].kept[third], 1));
      if (third == 0) svg += label(kNames, y + 12, "end", rows[i].method);
    }
    const double chance = x + kColumn * all[third] / std::max(1, layout.headCount());
    svg += "<line x1=\"" + fixed(chance, 1) + "\" y1=\"" + fixed(kBarsTop + 17, 1) + "\" x2=\"" + fixed(chance, 1) +
           "\" y2=\"" + fixed(below, 1) + "\" stroke=\"" + kInk + "\" stroke-dasharray=\"3 3\"/>\n";
    svg += label(chance, below + 14, "middle", "by chance", "#606060", " font-size=\"10\"");
  }
  return svg + "</svg>\n";
}

}  // namespace headroom
