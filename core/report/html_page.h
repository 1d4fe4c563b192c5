// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/metric_name.h"
#include "core/base/snapshots.h"

namespace headroom {

/// A self-contained page: no script, nothing that is fetched.
class HtmlPage {
 public:
  explicit HtmlPage(const std::string& title);
  void heading(const std::string& text);
  void paragraph(const std::string& text);
  /// A table of two columns.
  void facts(const std::vector<std::pair<std::string, std::string>>& rows);
  void table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);
  /// An SVG element with what it shows.
  void figure(const std::string& svg, const std::string& caption);
  [[nodiscard]] std::string text() const;

 private:
  std::string m_body;
};

/// "94.6 % (93.5 to 95.5)"; plain numbers where the metric is no share.
[[nodiscard]] std::string metricText(const MetricValue& metric);
/// "41.0 to 52.3 %"; likewise.
[[nodiscard]] std::string rangeText(const std::string& metric, double least, double most);

}  // namespace headroom
