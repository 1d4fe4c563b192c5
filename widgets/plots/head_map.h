// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>
#include <set>
#include <vector>

#include "core/base/head_mask.h"
#include "widgets/plots/figure.h"
#include "widgets/plots/head_map_geometry.h"

namespace headroom {

/// Every head of the model as a cell: blocks bottom-up, heads from left to right; state as glyph and as colour.
/// A click or Space asks to switch a head (headClicked), a click on a name or a number a row or a column, a drag all
/// heads within the frame (headsClicked); L asks to lock one, E what switching it changes. The map itself never changes
/// its mask.
class HeadMap : public QWidget, public Figure {
  Q_OBJECT
 public:
  enum class Mode { OpenProbability, LogAlpha, Kept };

  explicit HeadMap(QWidget* parent = nullptr);

  /// Forgets mask, values and selection.
  void setHeadLayout(const HeadLayout& layout);
  /// Ignored when it belongs to another layout.
  void setMask(const HeadMask& mask);
  /// One value a head in flat order, or empty = unknown.
  void setValues(std::vector<float> pOpen, std::vector<float> logAlpha);
  void setMode(Mode mode);
  void setSelected(std::optional<HeadId> head);
  /// Flat indices of the heads that the last event opened again.
  void setReopened(std::set<int> heads);
  /// Flat indices of the heads that no edit moves: they carry a lock.
  void setLocked(std::set<int> heads);
  /// Heads whose |log alpha| stands at this bound carry the clip mark; 0 = no marks.
  void setClipAt(double clipAt);

  [[nodiscard]] const HeadLayout& headLayout() const { return m_layout; }
  [[nodiscard]] const HeadMask& mask() const { return m_mask; }
  [[nodiscard]] Mode mode() const { return m_mode; }
  [[nodiscard]] std::optional<HeadId> selected() const { return m_selected; }
  [[nodiscard]] HeadMapGeometry geometryOfHeads() const;
  /// "layer 3, head 7, P(open) 0.82, log alpha 3.1, kept": what a screen reader says.
  [[nodiscard]] QString spokenText(HeadId head) const;

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;
  [[nodiscard]] QSize figureSize() const override { return size(); }
  void drawFigure(QCPPainter& painter) override;

 signals:
  /// The user wants this head switched.
  void headClicked(headroom::HeadId head);
  /// The user wants all query heads switched that read the same key/value head as this one.
  void groupClicked(headroom::HeadId head);
  /// The user wants all of these switched: closed where all are open, else opened.
  void headsClicked(const std::vector<headroom::HeadId>& heads);
  /// The user wants this head to stay as it is, or to be free again.
  void lockClicked(headroom::HeadId head);
  /// The user wants to know what switching this head changes.
  void effectWanted(headroom::HeadId head);
  /// The frame moved, by mouse or keys.
  void headSelected(headroom::HeadId head);

 protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  friend class HeadMapPainter;
  [[nodiscard]] QString tooltipText(HeadId head) const;
  [[nodiscard]] QString groupText(HeadId head) const;
  [[nodiscard]] std::optional<double> value(int flat) const;
  [[nodiscard]] bool clipped(int flat) const;
  [[nodiscard]] QStringList states(HeadId head) const;
  void select(HeadId head);
  /// What a click at `point` means beside the cells: a row by its name, a column by its number.
  [[nodiscard]] std::vector<HeadId> lineAt(QPointF point) const;
  [[nodiscard]] std::vector<HeadId> rowOf(int block) const;
  [[nodiscard]] std::vector<HeadId> columnOf(HeadId head) const;
  [[nodiscard]] std::vector<HeadId> headsIn(const QRectF& frame) const;
  void announce(HeadId head);

  HeadLayout m_layout;
  HeadMask m_mask;
  std::vector<float> m_pOpen;
  std::vector<float> m_logAlpha;
  std::set<int> m_reopened;
  double m_clipAt = 0;
  Mode m_mode = Mode::OpenProbability;
  std::optional<HeadId> m_selected;
  std::optional<HeadId> m_hovered;
  std::optional<HeadId> m_pressed;
  std::optional<HeadId> m_pressedGroup;
  std::set<int> m_locked;
  std::optional<QPointF> m_pressedAt;
  QRectF m_frame;  ///< being drawn by the mouse; null = none
};

}  // namespace headroom
