// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace headroom {

struct ChartPoint {
  double x = 0;
  double y = 0;
  double low = 0, high = 0;  ///< interval; drawn where high > low
  std::string label{};       ///< beside the dot of a scattered series
};

/// One line of a chart, with a band where its points have intervals.
struct ChartSeries {
  std::string name;
  std::vector<ChartPoint> points;  ///< by increasing x
  bool marks = false;              ///< a dot at every point
  bool background = false;         ///< thin and grey, whatever its place
  bool scattered = false;          ///< dots with their intervals as bars, no line
};

struct Chart {
  std::string title;
  std::string xLabel, yLabel;  ///< with units
  std::vector<ChartSeries> series;
  double widthMm = 160, heightMm = 90;
  bool logX = false;  ///< points with x <= 0 are left out
};

/// The chart as one SVG element of that size: axes with round ticks, a legend where there are several lines with
/// names. Colours that people with
/// any kind of colour vision tell apart, and dashes beside them.
[[nodiscard]] std::string svgChart(const Chart& chart);

/// &lt; &gt; &amp; &quot; for what goes into HTML or SVG.
[[nodiscard]] std::string escaped(const std::string& text);
/// A number as a person would write it: four digits at most.
[[nodiscard]] std::string shortNumber(double value);
/// Round numbers from `low` to `high`, about `count` of them.
[[nodiscard]] std::vector<double> roundTicks(double low, double high, int count);

}  // namespace headroom
