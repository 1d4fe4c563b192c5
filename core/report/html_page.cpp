// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/html_page.h"

#include <cstdio>

#include "core/report/svg_chart.h"

namespace headroom {

namespace {

constexpr const char* kStyle =
    "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 "
    "1em;color:#202020;background:#fff;line-height:1.4}"
    "table{border-collapse:collapse;margin:.7em 0}td,th{border-bottom:1px solid #ddd;padding:.25em .8em .25em "
    "0;text-align:left;vertical-align:top}"
    "td.n{text-align:right}figure{margin:1em 0}figcaption{color:#555;font-size:90%}svg{max-width:100%;height:auto}";

}  // namespace

HtmlPage::HtmlPage(const std::string& title)
    : m_body("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + escaped(title) +
             "</title><style>" + kStyle + "</style></head><body>\n<h1>" + escaped(title) + "</h1>\n") {}

void HtmlPage::heading(const std::string& text) { m_body += "<h2>" + escaped(text) + "</h2>\n"; }
void HtmlPage::paragraph(const std::string& text) { m_body += "<p>" + escaped(text) + "</p>\n"; }

void HtmlPage::facts(const std::vector<std::pair<std::string, std::string>>& rows) {
  m_body += "<table>\n";
  for (const auto& [name, value] : rows)
    m_body += "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" + escaped(value) + "</td></tr>\n";
  m_body += "</table>\n";
}

void HtmlPage::table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  m_body += "<table>\n<tr>";
  for (const std::string& name : head) m_body += "<th scope=\"col\">" + escaped(name) + "</th>";
  m_body += "</tr>\n";
  for (const std::vector<std::string>& row : rows) {
    m_body += "<tr>";
    for (const std::string& value : row) m_body += "<td>" + escaped(value) + "</td>";
    m_body += "</tr>\n";
  }
  m_body += "</table>\n";
}

void HtmlPage::figure(const std::string& svg, const std::string& caption) {
  m_body += "<figure>" + svg + "<figcaption>" + escaped(caption) + "</figcaption></figure>\n";
}

std::string HtmlPage::text() const { return m_body + "</body></html>\n"; }

std::string metricText(const MetricValue& metric) {
  const bool share = isShare(metric.name);
  const double factor = share ? 100 : 1;
  char text[128];
  std::snprintf(text, sizeof text, "%.*f%s (%.*f to %.*f)", share ? 1 : 3, factor * metric.value, share ? " %" : "",
                share ? 1 : 3, factor * metric.low, share ? 1 : 3, factor * metric.high);
  return text;
}

std::string rangeText(const std::string& metric, double least, double most) {
  const bool share = isShare(metric);
  const double factor = share ? 100 : 1;
  char text[96];
  std::snprintf(text, sizeof text, "%.*f to %.*f%s", share ? 1 : 3, factor * least, share ? 1 : 3, factor * most,
                share ? " %" : "");
  return text;
}

}  // namespace headroom
