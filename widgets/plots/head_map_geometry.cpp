// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/head_map_geometry.h"

#include <algorithm>
#include <cmath>

namespace headroom {
namespace {

// Few heads in a large window would otherwise become posters.
constexpr double kWidestColumn = 120;
constexpr double kTallestRow = 92;

}  // namespace

HeadMapGeometry::HeadMapGeometry(HeadLayout layout, QSizeF size, HeadMapMetrics metrics)
    : m_layout(std::move(layout)), m_metrics(metrics) {
  const int columns = m_layout.widestBlock();
  const int rows = m_layout.blockCount();
  if (columns == 0) return;
  const double room = size.width() - 2 * metrics.padding - metrics.labelWidth - metrics.marginWidth;
  const double height = size.height() - 2 * metrics.padding - metrics.axisHeight;
  m_columnWidth = std::clamp(room / columns, 1.0, kWidestColumn);
  m_rowHeight = std::clamp(height / rows, 1.0, kTallestRow);
  m_gap = std::clamp(std::min(m_columnWidth, m_rowHeight) * 0.07, 1.0, 4.0);
  const double spareX = std::max(0.0, room - columns * m_columnWidth);
  const double spareY = std::max(0.0, height - rows * m_rowHeight);
  m_cells = QRectF(metrics.padding + metrics.labelWidth + spareX / 2, metrics.padding + spareY / 2,
                   columns * m_columnWidth, rows * m_rowHeight);
}

QRectF HeadMapGeometry::cell(HeadId id) const {
  const int row = m_layout.blockCount() - 1 - id.block;
  return QRectF(m_cells.left() + id.head * m_columnWidth, m_cells.top() + row * m_rowHeight, m_columnWidth, m_rowHeight)
      .adjusted(m_gap / 2, m_gap / 2, -m_gap / 2, -m_gap / 2);
}

std::optional<HeadId> HeadMapGeometry::headAt(QPointF point) const {
  if (empty() || !m_cells.contains(point)) return std::nullopt;
  const int row = static_cast<int>((point.y() - m_cells.top()) / m_rowHeight);
  const HeadId id{m_layout.blockCount() - 1 - row, static_cast<int>((point.x() - m_cells.left()) / m_columnWidth)};
  if (!m_layout.contains(id) || !cell(id).contains(point)) return std::nullopt;
  return id;
}

QRectF HeadMapGeometry::blockLabel(int block) const {
  const QRectF row = cell({block, 0});
  return {m_cells.left() - m_metrics.labelWidth, row.top(), m_metrics.labelWidth - 8, row.height()};
}

QRectF HeadMapGeometry::blockMargin(int block) const {
  const QRectF row = cell({block, 0});
  return {m_cells.right() + 12, row.top(), m_metrics.marginWidth - 12, row.height()};
}

QRectF HeadMapGeometry::headLabel(int head) const {
  return {m_cells.left() + head * m_columnWidth, m_cells.bottom() + 4, m_columnWidth, m_metrics.axisHeight / 2 - 2};
}

QRectF HeadMapGeometry::axisTitle() const {
  return {m_cells.left(), m_cells.bottom() + m_metrics.axisHeight / 2 + 2, m_cells.width(),
          m_metrics.axisHeight / 2 - 2};
}

QRectF HeadMapGeometry::colourScale() const {
  return {m_cells.right() + 12, m_cells.bottom() + 4, m_metrics.marginWidth - 24, m_metrics.axisHeight - 4};
}

HeadId HeadMapGeometry::moved(HeadId from, int dBlock, int dHead) const {
  HeadId to = from;
  const int direction = dBlock > 0 ? 1 : -1;
  for (int left = std::abs(dBlock); left > 0;) {
    int block = to.block + direction;
    while (block >= 0 && block < m_layout.blockCount() && m_layout.headsIn(block) == 0) block += direction;
    if (block < 0 || block >= m_layout.blockCount()) break;
    to.block = block;
    --left;
  }
  to.head = std::clamp(from.head + dHead, 0, m_layout.headsIn(to.block) - 1);
  return to;
}

HeadId HeadMapGeometry::rowEnd(HeadId from) const { return {from.block, m_layout.headsIn(from.block) - 1}; }

std::optional<HeadId> HeadMapGeometry::firstHead() const {
  for (int block = m_layout.blockCount() - 1; block >= 0; --block)
    if (m_layout.headsIn(block) > 0) return HeadId{block, 0};
  return std::nullopt;
}

}  // namespace headroom
