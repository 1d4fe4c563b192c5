// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/rank_plot.h"

#include <qcustomplot.h>

#include <QHelpEvent>
#include <QToolTip>
#include <cmath>

#include "core/base/rank_correlation.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {

namespace {

constexpr double kHeadReach = 8;  // pixels around a dot that belong to it

}  // namespace

RankPlot::RankPlot(QWidget* parent) : PlotCanvas(tr("ranks of the heads, 1 = kept first"), parent) {
  for (QCPAxis* axis : {plot()->xAxis, plot()->yAxis}) axis->setTicker(QSharedPointer<StepTicker>::create());
  m_diagonal = plot()->addGraph();
  m_dots = plot()->addGraph();
  m_dots->setLineStyle(QCPGraph::lsNone);
  for (QCPItemStraightLine** line : {&m_keptAcross, &m_keptUp}) {
    *line = new QCPItemStraightLine(plot());
    (*line)->setSelectable(false);
  }
}

void RankPlot::setRanks(const HeadLayout& layout, const HeadRanks& across, const HeadRanks& up) {
  m_layout = layout;
  m_across = across;
  m_up = up;
  scheduleRebuild();
}

void RankPlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  QColor dot = theme.accent;
  dot.setAlphaF(0.75F);
  m_dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, dot, dot, 6));
  m_diagonal->setPen(QPen(theme.secondary, 1, Qt::DotLine));
  for (QCPItemStraightLine* line : {m_keptAcross, m_keptUp}) line->setPen(QPen(theme.cursor, 1, Qt::DashLine));
}

void RankPlot::rebuild() {
  const bool known = !m_across.ranks.empty() && !m_up.ranks.empty();
  const HeadRanks& missing = m_across.ranks.empty() ? m_across : m_up;
  setEmptyText(
      known ? QString()
      : missing.name.isEmpty()
          ? tr("How alike two choices rank the heads appears here once cells are done.")
          : tr("No order of all heads is known of %1: it gives a mask alone, or was compared before orders were kept.")
                .arg(missing.name));
  if (!known) return setTitle(tr("ranks of the heads, 1 = kept first"));
  const std::optional<double> tau = kendallTau(m_across.ranks, m_up.ranks);
  setTitle(
      tr("ranks of the heads, 1 = kept first · Kendall's τ %1").arg(tau ? signedText(*tau, 2) : tr("not defined")));
  plot()->xAxis->setLabel(m_across.name);
  plot()->yAxis->setLabel(m_up.name);
  QVector<QCPGraphData> dots;
  for (size_t i = 0; i < m_across.ranks.size(); ++i) dots.append({m_across.ranks[i], m_up.ranks[i]});
  m_dots->data()->set(dots);
  const double heads = static_cast<double>(dots.size());
  m_diagonal->data()->set(QVector<QCPGraphData>{{1, 1}, {heads, heads}});
  m_keptAcross->point1->setCoords(m_across.keep + 0.5, 0);
  m_keptAcross->point2->setCoords(m_across.keep + 0.5, 1);
  m_keptUp->point1->setCoords(0, m_up.keep + 0.5);
  m_keptUp->point2->setCoords(1, m_up.keep + 0.5);
  for (QCPAxis* axis : {plot()->xAxis, plot()->yAxis}) axis->setRange(0, heads + 1);
  setAccessibleDescription(
      tr("%1 against %2, %3 heads, Kendall's tau %4. Dashed: K.")
          .arg(m_up.name, m_across.name, countText(dots.size()), tau ? signedText(*tau, 2) : tr("not defined")));
}

bool RankPlot::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip || m_across.ranks.size() != m_up.ranks.size()) return PlotCanvas::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const QPointF at = plot()->mapFrom(this, help->pos());
  QStringList heads;
  for (size_t i = 0; i < m_across.ranks.size() && heads.size() < 6; ++i) {
    const double dx = plot()->xAxis->coordToPixel(m_across.ranks[i]) - at.x(),
                 dy = plot()->yAxis->coordToPixel(m_up.ranks[i]) - at.y();
    if (std::hypot(dx, dy) > kHeadReach) continue;
    const HeadId id = m_layout.at(static_cast<int>(i));
    heads << tr("%1, head %2: ranks %3 and %4")
                 .arg(blockText(m_layout, id.block))
                 .arg(id.head)
                 .arg(shortText(m_across.ranks[i]), shortText(m_up.ranks[i]));
  }
  heads.isEmpty() ? QToolTip::hideText() : QToolTip::showText(help->globalPos(), heads.join(QLatin1Char('\n')), this);
  return true;
}

}  // namespace headroom
