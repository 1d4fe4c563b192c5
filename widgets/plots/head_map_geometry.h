// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QRectF>
#include <QSizeF>
#include <optional>
#include <vector>

#include "core/base/head_layout.h"

namespace headroom {

/// Room that the map's text needs, in pixels.
struct HeadMapMetrics {
  double labelWidth = 60;    ///< "layer 11" on the left of each pane
  double marginWidth = 120;  ///< kept heads per block on the right of each pane
  double axisHeight = 40;    ///< head numbers, title and colour scale below
  double titleHeight = 0;    ///< the kind of attention above each pane; 0 where there is only one kind
  double padding = 8;
};

/// The blocks of one kind of attention, drawn beside those of the other kinds.
struct HeadMapPane {
  int firstBlock = 0;
  int blocks = 0;
  int columns = 0;
  QRectF cells;
};

/// Where every part of the head map lies: pixels <-> HeadId as a value, without a window.
/// One pane a kind of attention (encoder, decoder, cross), side by side; in each the first layer is at the bottom, head
/// 0 on the left; blocks may have different numbers of heads, or none. Under query heads that share a key/value head
/// there is room for a bracket.
class HeadMapGeometry {
 public:
  HeadMapGeometry() = default;
  HeadMapGeometry(HeadLayout layout, QSizeF size, HeadMapMetrics metrics);

  [[nodiscard]] bool empty() const { return m_layout.headCount() == 0; }
  [[nodiscard]] const std::vector<HeadMapPane>& panes() const { return m_panes; }
  [[nodiscard]] QRectF cell(HeadId id) const;
  /// The head whose cell contains `point`; none between cells and beside them.
  [[nodiscard]] std::optional<HeadId> headAt(QPointF point) const;
  /// All cells of all panes.
  [[nodiscard]] QRectF cells() const { return m_cells; }
  [[nodiscard]] QRectF paneTitle(const HeadMapPane& pane) const;
  [[nodiscard]] QRectF blockLabel(int block) const;
  /// The whole right margin of a block's row; its bar starts at the left edge.
  [[nodiscard]] QRectF blockMargin(int block) const;
  [[nodiscard]] QRectF headLabel(const HeadMapPane& pane, int head) const;
  [[nodiscard]] QRectF axisTitle(const HeadMapPane& pane) const;
  /// Below the first pane's left part, and below the last pane's margin.
  [[nodiscard]] QRectF legend() const;
  [[nodiscard]] QRectF colourScale() const;

  /// Under the cells of the query heads that read a key/value head; empty where each has its own.
  [[nodiscard]] QRectF bracket(int block, int keyValueHead) const;
  /// Any query head of the bracket at `point`, with some room around it.
  [[nodiscard]] std::optional<HeadId> groupAt(QPointF point) const;

  /// The head `dBlock` rows up and `dHead` columns right of `from`. Empty blocks are stepped over; beyond a row's end
  /// the walk goes on in the same layer of the next pane, where there is one.
  [[nodiscard]] HeadId moved(HeadId from, int dBlock, int dHead) const;
  /// First and last head of a block's row.
  [[nodiscard]] HeadId rowStart(HeadId from) const { return {from.block, 0}; }
  [[nodiscard]] HeadId rowEnd(HeadId from) const;
  /// The head to begin with: head 0 of the highest block of the first pane that has one.
  [[nodiscard]] std::optional<HeadId> firstHead() const;
  /// The last head of the lowest block of the last pane that has one.
  [[nodiscard]] std::optional<HeadId> lastHead() const;

 private:
  [[nodiscard]] size_t paneOf(int block) const;
  [[nodiscard]] QRectF row(int block) const;
  [[nodiscard]] std::optional<HeadId> beside(HeadId from, int direction) const;

  HeadLayout m_layout;
  HeadMapMetrics m_metrics;
  std::vector<HeadMapPane> m_panes;
  QRectF m_cells;
  double m_columnWidth = 0;
  double m_rowHeight = 0;
  double m_gap = 0;
  double m_bracketHeight = 0;
};

}  // namespace headroom
