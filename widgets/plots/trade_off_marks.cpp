// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/trade_off_marks.h"

#include <qcustomplot.h>

#include <QLineF>
#include <algorithm>
#include <utility>

#include "widgets/plots/direct_labels.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

TradeOffMarks::TradeOffMarks(QCustomPlot* plot, std::function<QCPItemText*()> makeName)
    : m_plot(plot), m_makeName(std::move(makeName)) {
  for (Drawn& drawn : m_drawn) {
    drawn.dots = plot->addGraph();
    drawn.dots->setLineStyle(QCPGraph::lsNone);
    drawn.bars = new QCPErrorBars(plot->xAxis, plot->yAxis);
    drawn.bars->setDataPlottable(drawn.dots);
    drawn.bars->setWhiskerWidth(5);
  }
}

void TradeOffMarks::set(Kind kind, std::vector<TradeOffMark> marks) { m_drawn[kind].marks = std::move(marks); }

void TradeOffMarks::applyColours(const PlotTheme& theme) {
  const auto colour = [&](Kind kind, QCPScatterStyle::ScatterShape shape, const QPen& pen, double size) {
    m_drawn[kind].dots->setScatterStyle(QCPScatterStyle(shape, pen, QBrush(theme.panel), size));
    m_drawn[kind].bars->setPen(QPen(pen.color(), 1));
  };
  colour(OtherRuns, QCPScatterStyle::ssCircle, QPen(theme.secondary, 1.6), 9);
  colour(Timed, QCPScatterStyle::ssSquare, QPen(theme.text, 1.4), 8);
  colour(Pins, QCPScatterStyle::ssTriangle, QPen(theme.text, 1.6), 10);
}

void TradeOffMarks::draw(const PlotTheme& theme) {
  for (const Drawn& drawn : m_drawn) {
    // By key, as the graph sorts its own values: the error bars go by place.
    std::vector<const TradeOffMark*> sorted;
    for (const TradeOffMark& mark : drawn.marks) sorted.push_back(&mark);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const TradeOffMark* a, const TradeOffMark* b) { return a->x < b->x; });
    QVector<QCPGraphData> values;
    QVector<QCPErrorBarsData> errors;
    for (const TradeOffMark* mark : sorted) {
      values.append({mark->x, 100 * mark->value});
      errors.append({100 * (mark->value - mark->low), 100 * (mark->high - mark->value)});
    }
    drawn.dots->data()->set(values, true);
    drawn.bars->data()->swap(errors);
  }
  drawNames(theme);
}

void TradeOffMarks::drawNames(const PlotTheme& theme) {
  const std::vector<TradeOffMark>&runs = m_drawn[OtherRuns].marks, &pins = m_drawn[Pins].marks;
  const size_t others = runs.size(), all = others + pins.size();
  while (m_names.size() < all) m_names.push_back(m_makeName());
  for (size_t i = 0; i < m_names.size(); ++i) {
    QCPItemText* name = m_names[i];
    name->setVisible(i < all);
    if (i >= all) continue;
    const bool pin = i >= others;
    const TradeOffMark& mark = pin ? pins[i - others] : runs[i];
    name->setText(mark.name);
    name->setFont(themeFont(TextRole::Axis, pin));
    name->setColor(pin ? theme.text : theme.secondary);
    name->setBrush(labelGround(theme));
    // Pins above their intervals, runs below theirs: two marks at one number of heads keep both names.
    name->setPositionAlignment(Qt::AlignHCenter | (pin ? Qt::AlignBottom : Qt::AlignTop));
    name->position->setCoords(mark.x, 100 * (pin ? mark.high : mark.low));
  }
}

void TradeOffMarks::forEach(const std::function<void(const TradeOffMark&)>& visit) const {
  for (const Drawn& drawn : m_drawn)
    for (const TradeOffMark& mark : drawn.marks) visit(mark);
}

int TradeOffMarks::pinAt(QPointF place, double reach) const {
  const std::vector<TradeOffMark>& pins = m_drawn[Pins].marks;
  for (size_t i = 0; i < pins.size(); ++i) {
    const QPointF pin(m_plot->xAxis->coordToPixel(pins[i].x), m_plot->yAxis->coordToPixel(100 * pins[i].value));
    if (QLineF(pin, place).length() <= reach) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace headroom
