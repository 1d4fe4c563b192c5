// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/head_map_geometry.h"

#include <algorithm>
#include <cmath>

namespace headroom {
namespace {

// Few heads in a large window would otherwise become posters.
constexpr double kWidestColumn = 120;
constexpr double kTallestRow = 92;
constexpr double kTallestBracket = 9;

std::vector<HeadMapPane> panesOf(const HeadLayout& layout) {
  std::vector<HeadMapPane> panes;
  std::string group;
  for (int block = 0; block < layout.blockCount(); ++block) {
    const std::string name = blockGroupName(layout.blocks()[static_cast<size_t>(block)].id);
    if (panes.empty() || name != group) panes.push_back({block, 0, 0, {}});
    group = name;
    ++panes.back().blocks;
    panes.back().columns = std::max(panes.back().columns, layout.headsIn(block));
  }
  return panes;
}

}  // namespace

HeadMapGeometry::HeadMapGeometry(HeadLayout layout, QSizeF size, HeadMapMetrics metrics)
    : m_layout(std::move(layout)), m_metrics(metrics), m_panes(panesOf(m_layout)) {
  if (m_layout.widestBlock() == 0) return;
  int columns = 0, rows = 0;
  for (const HeadMapPane& pane : m_panes) {
    columns += std::max(1, pane.columns);
    rows = std::max(rows, pane.blocks);
  }
  const double perPane = metrics.labelWidth + metrics.marginWidth;
  const double room = size.width() - 2 * metrics.padding - perPane * static_cast<double>(m_panes.size());
  const double height = size.height() - 2 * metrics.padding - metrics.axisHeight - metrics.titleHeight;
  m_columnWidth = std::clamp(room / columns, 1.0, kWidestColumn);
  m_rowHeight = std::clamp(height / rows, 1.0, kTallestRow);
  m_gap = std::clamp(std::min(m_columnWidth, m_rowHeight) * 0.07, 1.0, 4.0);
  if (m_layout.grouped()) m_bracketHeight = std::min(kTallestBracket, 0.25 * m_rowHeight);
  const double spareX = std::max(0.0, room - columns * m_columnWidth);
  const double spareY = std::max(0.0, height - rows * m_rowHeight);
  double left = metrics.padding + spareX / 2;
  const double bottom = metrics.padding + metrics.titleHeight + spareY / 2 + rows * m_rowHeight;
  for (HeadMapPane& pane : m_panes) {
    left += metrics.labelWidth;
    pane.cells = QRectF(left, bottom - pane.blocks * m_rowHeight, std::max(1, pane.columns) * m_columnWidth,
                        pane.blocks * m_rowHeight);
    left = pane.cells.right() + metrics.marginWidth;
    m_cells = m_cells.united(pane.cells);
  }
}

size_t HeadMapGeometry::paneOf(int block) const {
  size_t pane = 0;
  while (pane + 1 < m_panes.size() && block >= m_panes[pane + 1].firstBlock) ++pane;
  return pane;
}

QRectF HeadMapGeometry::row(int block) const {
  const HeadMapPane& pane = m_panes[paneOf(block)];
  const int fromTop = pane.blocks - 1 - (block - pane.firstBlock);
  return {pane.cells.left(), pane.cells.top() + fromTop * m_rowHeight, pane.cells.width(), m_rowHeight};
}

QRectF HeadMapGeometry::cell(HeadId id) const {
  const QRectF line = row(id.block);
  return QRectF(line.left() + id.head * m_columnWidth, line.top(), m_columnWidth, m_rowHeight - m_bracketHeight)
      .adjusted(m_gap / 2, m_gap / 2, -m_gap / 2, -m_gap / 2);
}

std::optional<HeadId> HeadMapGeometry::headAt(QPointF point) const {
  if (empty()) return std::nullopt;
  for (const HeadMapPane& pane : m_panes) {
    if (!pane.cells.contains(point)) continue;
    const int fromTop = static_cast<int>((point.y() - pane.cells.top()) / m_rowHeight);
    const HeadId id{pane.firstBlock + pane.blocks - 1 - fromTop,
                    static_cast<int>((point.x() - pane.cells.left()) / m_columnWidth)};
    if (m_layout.contains(id) && cell(id).contains(point)) return id;
  }
  return std::nullopt;
}

QRectF HeadMapGeometry::paneTitle(const HeadMapPane& pane) const {
  return {pane.cells.left() - m_metrics.labelWidth, pane.cells.top() - m_metrics.titleHeight,
          pane.cells.width() + m_metrics.labelWidth + m_metrics.marginWidth - 12, m_metrics.titleHeight};
}

QRectF HeadMapGeometry::blockLabel(int block) const {
  const QRectF line = cell({block, 0});
  return {m_panes[paneOf(block)].cells.left() - m_metrics.labelWidth, line.top(), m_metrics.labelWidth - 8,
          line.height()};
}

QRectF HeadMapGeometry::blockMargin(int block) const {
  const QRectF line = cell({block, 0});
  return {m_panes[paneOf(block)].cells.right() + 12, line.top(), m_metrics.marginWidth - 12, line.height()};
}

QRectF HeadMapGeometry::headLabel(const HeadMapPane& pane, int head) const {
  return {pane.cells.left() + head * m_columnWidth, pane.cells.bottom() + 4, m_columnWidth,
          m_metrics.axisHeight / 2 - 2};
}

QRectF HeadMapGeometry::axisTitle(const HeadMapPane& pane) const {
  return {pane.cells.left(), pane.cells.bottom() + m_metrics.axisHeight / 2 + 2, pane.cells.width(),
          m_metrics.axisHeight / 2 - 2};
}

QRectF HeadMapGeometry::legend() const {
  const QRectF title = axisTitle(m_panes.front());
  // With several panes the words may reach under the next one's layer names.
  return m_panes.size() == 1 ? title
                             : QRectF(title.left(), title.top(), title.width() + m_metrics.marginWidth, title.height());
}

QRectF HeadMapGeometry::colourScale() const {
  return {m_cells.right() + 12, m_cells.bottom() + 4, m_metrics.marginWidth - 24, m_metrics.axisHeight - 4};
}

QRectF HeadMapGeometry::bracket(int block, int keyValueHead) const {
  const AttentionBlock& shape = m_layout.blocks()[static_cast<size_t>(block)];
  if (!shape.grouped()) return {};
  QRectF under;
  for (int head = 0; head < shape.heads; ++head)
    if (shape.keyValueOf(head) == keyValueHead) under = under.united(cell({block, head}));
  if (under.isEmpty()) return {};
  return {under.left() + 1, under.bottom() + 1, under.width() - 2, m_bracketHeight - 1};
}

std::optional<HeadId> HeadMapGeometry::groupAt(QPointF point) const {
  for (int block = 0; block < m_layout.blockCount(); ++block) {
    const AttentionBlock& shape = m_layout.blocks()[static_cast<size_t>(block)];
    if (!shape.grouped() || !row(block).contains(point)) continue;
    for (int head = 0; head < shape.heads; ++head)
      if (bracket(block, shape.keyValueOf(head)).adjusted(0, 0, 0, m_gap).contains(point)) return HeadId{block, head};
  }
  return std::nullopt;
}

/// The head beside the end of a row, in the same layer of the next pane.
std::optional<HeadId> HeadMapGeometry::beside(HeadId from, int direction) const {
  const size_t here = paneOf(from.block);
  const int layer = from.block - m_panes[here].firstBlock;
  for (size_t pane = here + static_cast<size_t>(direction); pane < m_panes.size();
       pane += static_cast<size_t>(direction)) {
    const int block = m_panes[pane].firstBlock + std::min(layer, m_panes[pane].blocks - 1);
    if (m_layout.headsIn(block) > 0) return HeadId{block, direction > 0 ? 0 : m_layout.headsIn(block) - 1};
  }
  return std::nullopt;
}

HeadId HeadMapGeometry::moved(HeadId from, int dBlock, int dHead) const {
  HeadId to = from;
  const HeadMapPane& pane = m_panes[paneOf(from.block)];
  const int direction = dBlock > 0 ? 1 : -1;
  for (int left = std::abs(dBlock); left > 0;) {
    int block = to.block + direction;
    const auto inside = [&pane](int b) { return b >= pane.firstBlock && b < pane.firstBlock + pane.blocks; };
    while (inside(block) && m_layout.headsIn(block) == 0) block += direction;
    if (!inside(block)) break;
    to.block = block;
    --left;
  }
  to.head = from.head + dHead;
  if (to.head < 0 || to.head >= m_layout.headsIn(to.block))
    if (const auto next = dHead == 0 ? std::nullopt : beside(to, dHead > 0 ? 1 : -1)) return *next;
  to.head = std::clamp(to.head, 0, m_layout.headsIn(to.block) - 1);
  return to;
}

HeadId HeadMapGeometry::rowEnd(HeadId from) const { return {from.block, m_layout.headsIn(from.block) - 1}; }

std::optional<HeadId> HeadMapGeometry::firstHead() const {
  for (const HeadMapPane& pane : m_panes)
    for (int block = pane.firstBlock + pane.blocks - 1; block >= pane.firstBlock; --block)
      if (m_layout.headsIn(block) > 0) return HeadId{block, 0};
  return std::nullopt;
}

std::optional<HeadId> HeadMapGeometry::lastHead() const {
  for (auto pane = m_panes.rbegin(); pane != m_panes.rend(); ++pane)
    for (int block = pane->firstBlock; block < pane->firstBlock + pane->blocks; ++block)
      if (m_layout.headsIn(block) > 0) return HeadId{block, m_layout.headsIn(block) - 1};
  return std::nullopt;
}

}  // namespace headroom
