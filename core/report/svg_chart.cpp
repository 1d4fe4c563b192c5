// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace headroom {

namespace {

// Okabe & Ito's colours, the darker ones first.
constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000"};
constexpr const char* kDashes[] = {"", "6 3", "2 2", "8 3 2 3"};
constexpr double kLeft = 62, kRight = 12, kTop = 30, kBottom = 44;  // pixels around the plot
constexpr double kPixelsPerMm = 96 / 25.4, kLegendRow = 16;

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  void widen() {
    if (!(low <= high)) *this = {0, 1};
    // Means of equal values differ in their last digit: between these lies no number that a tick could have.
    if (high - low <= 1e-9 * std::max(std::abs(low), std::abs(high))) *this = {low - 0.5, high + 0.5};
    const double margin = 0.04 * (high - low);
    low -= margin;
    high += margin;
  }
};

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
  [[nodiscard]] bool meets(const Box& other) const {
    return x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height;
  }
};

class Drawing {
 public:
  explicit Drawing(const Chart& chart)
      : m_chart(chart),
        m_width(chart.widthMm * kPixelsPerMm),
        m_height(chart.heightMm * kPixelsPerMm + legendHeight()) {
    for (const ChartSeries& series : chart.series)
      for (const ChartPoint& point : series.points) {
        m_x.take(along(point.x));
        for (const double y :
             {point.y, point.high > point.low ? point.low : point.y, point.high > point.low ? point.high : point.y})
          m_y.take(y);
      }
    m_x.widen();
    m_y.widen();
  }

  std::string draw() {
    m_svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(m_chart.widthMm) + "mm\" viewBox=\"0 0 " +
            number(m_width) + " " + number(m_height) +
            "\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"" + escaped(m_chart.title) +
            "\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    text(kLeft, 18, "start", m_chart.title, " font-weight=\"bold\"");
    axes();
    for (size_t i = 0; i < m_chart.series.size(); ++i) line(m_chart.series[i], i);
    legend();
    return m_svg + "</svg>\n";
  }

 private:
  [[nodiscard]] bool hasLegend() const { return m_chart.series.size() > 1 && !m_chart.series.front().name.empty(); }
  [[nodiscard]] double legendHeight() const {
    return hasLegend() ? kLegendRow * std::ceil(static_cast<double>(m_chart.series.size()) / 3) + 6 : 0;
  }
  [[nodiscard]] double bottom() const { return m_height - kBottom - legendHeight(); }
  /// Where a value lies on the x axis: itself, or its logarithm.
  [[nodiscard]] double along(double value) const {
    if (!m_chart.logX) return value;
    return value > 0 ? std::log10(value) : std::numeric_limits<double>::quiet_NaN();
  }
  [[nodiscard]] double x(double value) const {
    return kLeft + (along(value) - m_x.low) / (m_x.high - m_x.low) * (m_width - kLeft - kRight);
  }
  [[nodiscard]] double y(double value) const {
    return bottom() - (value - m_y.low) / (m_y.high - m_y.low) * (bottom() - kTop);
  }

  void text(double atX, double atY, const char* anchor, const std::string& content, const std::string& more = {}) {
    m_svg += "<text x=\"" + number(atX) + "\" y=\"" + number(atY) + "\" text-anchor=\"" + anchor +
             "\" fill=\"#202020\"" + more + ">" + escaped(content) + "</text>\n";
  }
  void stroke(double x1, double y1, double x2, double y2, const char* colour) {
    m_svg += "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" + number(y2) +
             "\" stroke=\"" + colour + "\"/>\n";
  }

  [[nodiscard]] std::vector<double> ticksAlong() const {
    if (!m_chart.logX) return roundTicks(m_x.low, m_x.high, 8);
    const std::vector<double> factors = m_x.high - m_x.low > 3 ? std::vector{1.0} : std::vector{1.0, 2.0, 5.0};
    std::vector<double> ticks;
    for (double power = std::floor(m_x.low); power <= m_x.high; ++power)
      for (const double factor : factors)
        if (const double tick = factor * std::pow(10, power); along(tick) >= m_x.low && along(tick) <= m_x.high)
          ticks.push_back(tick);
    // Within less than a decade there may be none of them.
    return ticks.size() > 1 ? ticks : roundTicks(std::pow(10, m_x.low), std::pow(10, m_x.high), 5);
  }

  /// Dots with bars for their intervals; labels stand beside their dots where they cover no other, all of them in the
  /// dots' own texts.
  void scatter(const ChartSeries& series, const char* colour) {
    for (const ChartPoint& point : series.points) {
      if (!std::isfinite(point.y) || !std::isfinite(along(point.x))) continue;
      if (point.high > point.low) stroke(x(point.x), y(point.low), x(point.x), y(point.high), colour);
      m_svg += "<circle cx=\"" + number(x(point.x)) + "\" cy=\"" + number(y(point.y)) + "\" r=\"3\" fill=\"" + colour +
               "\"><title>" + escaped(point.label) + "</title></circle>\n";
      placeLabel(point);
    }
  }

  void placeLabel(const ChartPoint& point) {
    constexpr double kLetter = 5.6, kLine = 11;
    const double width = kLetter * static_cast<double>(point.label.size());
    for (const bool right : {true, false}) {
      const Box box{x(point.x) + (right ? 6 : -6 - width), y(point.y) - kLine / 2, width, kLine};
      const bool inside = box.x >= kLeft && box.x + width <= m_width;
      if (!inside || std::any_of(m_labels.begin(), m_labels.end(), [&](const Box& other) { return box.meets(other); }))
        continue;
      m_labels.push_back(box);
      return text(right ? box.x : box.x + width, y(point.y) + 4, right ? "start" : "end", point.label,
                  " font-size=\"10\"");
    }
  }

  void axes() {
    for (const double tick : ticksAlong()) {
      stroke(x(tick), kTop, x(tick), bottom(), "#e4e4e4");
      text(x(tick), bottom() + 16, "middle", shortNumber(tick));
    }
    for (const double tick : roundTicks(m_y.low, m_y.high, 6)) {
      stroke(kLeft, y(tick), m_width - kRight, y(tick), "#e4e4e4");
      text(kLeft - 6, y(tick) + 4, "end", shortNumber(tick));
    }
    stroke(kLeft, bottom(), m_width - kRight, bottom(), "#606060");
    stroke(kLeft, kTop, kLeft, bottom(), "#606060");
    text((kLeft + m_width - kRight) / 2, bottom() + 34, "middle", m_chart.xLabel);
    const double middle = (kTop + bottom()) / 2;
    text(14, middle, "middle", m_chart.yLabel, " transform=\"rotate(-90 14 " + number(middle) + ")\"");
  }

  void line(const ChartSeries& series, size_t index) {
    const std::string colour = series.background ? "#a0a0a0" : kColours[index % std::size(kColours)];
    if (series.scattered) return scatter(series, colour.c_str());
    const std::string dash = series.background ? "" : kDashes[index / std::size(kColours) % std::size(kDashes)];
    std::string path, upper, lower;
    bool band = false;
    for (const ChartPoint& point : series.points) {
      if (!std::isfinite(point.y)) continue;
      path += (path.empty() ? "M" : " L") + number(x(point.x)) + " " + number(y(point.y));
      const bool has = point.high > point.low;
      band = band || has;
      upper += (upper.empty() ? "M" : " L") + number(x(point.x)) + " " + number(y(has ? point.high : point.y));
      lower = " L" + number(x(point.x)) + " " + number(y(has ? point.low : point.y)) + lower;
    }
    if (band) m_svg += "<path d=\"" + upper + lower + " Z\" fill=\"" + colour + "\" fill-opacity=\"0.15\"/>\n";
    if (!path.empty())
      m_svg += "<path d=\"" + path + "\" fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"" +
               (series.background ? "0.7" : "1.5") + "\"" + (dash.empty() ? "" : " stroke-dasharray=\"" + dash + "\"") +
               "/>\n";
    if (!series.marks) return;
    for (const ChartPoint& point : series.points)
      if (std::isfinite(point.y))
        m_svg += "<circle cx=\"" + number(x(point.x)) + "\" cy=\"" + number(y(point.y)) + "\" r=\"2.5\" fill=\"" +
                 colour + "\"/>\n";
  }

  void legend() {
    if (!hasLegend()) return;
    const double column = (m_width - kLeft - kRight) / 3;
    for (size_t i = 0; i < m_chart.series.size(); ++i) {
      const double atX = kLeft + column * static_cast<double>(i % 3),
                   atY = m_height - legendHeight() + kLegendRow * static_cast<double>(i / 3) + 4;
      const std::string dash = kDashes[i / std::size(kColours) % std::size(kDashes)];
      m_svg += "<line x1=\"" + number(atX) + "\" y1=\"" + number(atY) + "\" x2=\"" + number(atX + 22) + "\" y2=\"" +
               number(atY) + "\" stroke=\"" + kColours[i % std::size(kColours)] + "\" stroke-width=\"2\"" +
               (dash.empty() ? "" : " stroke-dasharray=\"" + dash + "\"") + "/>\n";
      text(atX + 28, atY + 4, "start", m_chart.series[i].name);
    }
  }

  const Chart& m_chart;
  double m_width, m_height;
  Range m_x, m_y;
  std::vector<Box> m_labels;  ///< that stand already
  std::string m_svg;
};

}  // namespace

std::string svgChart(const Chart& chart) { return Drawing(chart).draw(); }

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

std::string shortNumber(double value) {
  if (std::abs(value) < 1e-12) return "0";
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::vector<double> roundTicks(double low, double high, int count) {
  std::vector<double> ticks;
  if (!(high > low) || !std::isfinite(high - low)) return ticks;
  if (high - low <= 1e-12 * std::max(std::abs(low), std::abs(high))) return {low};  // a step would be lost in rounding
  const double rough = (high - low) / std::max(1, count), power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough) {
      step = factor * power;
      break;
    }
  for (double tick = std::ceil(low / step) * step; tick <= high + 1e-9 * step; tick += step)
    ticks.push_back(std::abs(tick) < 1e-9 * step ? 0 : tick);
  return ticks;
}

}  // namespace headroom
