// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <QSizeF>
#include <optional>

#include "core/base/head_layout.h"

namespace headroom {

/// Room that the map's text needs, in pixels.
struct HeadMapMetrics {
  double labelWidth = 60;    ///< "layer 11" on the left
  double marginWidth = 120;  ///< kept heads per block on the right
  double axisHeight = 40;    ///< head numbers, title and colour scale below
  double padding = 8;
};

/// Where every part of the head map lies: pixels <-> HeadId as a value, without a window.
/// Block 0 is at the bottom, head 0 on the left; blocks may have different numbers of heads, or none.
class HeadMapGeometry {
 public:
  HeadMapGeometry() = default;
  HeadMapGeometry(HeadLayout layout, QSizeF size, HeadMapMetrics metrics);

  [[nodiscard]] bool empty() const { return m_layout.headCount() == 0; }
  [[nodiscard]] QRectF cell(HeadId id) const;
  /// The head whose cell contains `point`; none between cells and beside them.
  [[nodiscard]] std::optional<HeadId> headAt(QPointF point) const;
  [[nodiscard]] QRectF cells() const { return m_cells; }
  [[nodiscard]] QRectF blockLabel(int block) const;
  /// The whole right margin of a block's row; its bar starts at the left edge.
  [[nodiscard]] QRectF blockMargin(int block) const;
  [[nodiscard]] QRectF headLabel(int head) const;
  [[nodiscard]] QRectF axisTitle() const;
  [[nodiscard]] QRectF colourScale() const;

  /// The head `dBlock` rows up and `dHead` columns right of `from`; empty blocks are stepped over, ends are kept.
  [[nodiscard]] HeadId moved(HeadId from, int dBlock, int dHead) const;
  /// First and last head of a block's row.
  [[nodiscard]] HeadId rowStart(HeadId from) const { return {from.block, 0}; }
  [[nodiscard]] HeadId rowEnd(HeadId from) const;
  /// The head to begin with: head 0 of the highest block that has one.
  [[nodiscard]] std::optional<HeadId> firstHead() const;

 private:
  HeadLayout m_layout;
  HeadMapMetrics m_metrics;
  QRectF m_cells;
  double m_columnWidth = 0;
  double m_rowHeight = 0;
  double m_gap = 0;
};

}  // namespace headroom
