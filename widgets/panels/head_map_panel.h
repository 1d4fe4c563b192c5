// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/panels/panel_frame.h"
#include "widgets/plots/head_map.h"

namespace headroom {

class SegmentedButtons;

/// The head map in its frame, with the switch between P(open), log alpha and kept.
class HeadMapPanel : public PanelFrame {
  Q_OBJECT
 public:
  explicit HeadMapPanel(QWidget* parent = nullptr);
  [[nodiscard]] HeadMap* map() const { return m_map; }
  void setMode(HeadMap::Mode mode);

 private:
  HeadMap* m_map = nullptr;
  SegmentedButtons* m_modes = nullptr;
};

}  // namespace headroom
