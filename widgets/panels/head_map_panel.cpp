// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/head_map_panel.h"

#include "widgets/panels/segmented_buttons.h"

namespace headroom {

HeadMapPanel::HeadMapPanel(QWidget* parent) : PanelFrame(tr("Head map"), parent) {
  m_map = new HeadMap(this);
  m_modes = new SegmentedButtons(tr("Colour of the head map"), this);
  m_modes->addOption(tr("P(open)"), tr("Probability that the head's gate is exactly 1, from 0 to 1"));
  m_modes->addOption(tr("log α"), tr("Trained gate parameter: above 2.4 the gate is open, below −2.4 it is closed"));
  m_modes->addOption(tr("Kept"), tr("The mask that is shown: kept heads in the accent colour"));
  connect(m_modes, &SegmentedButtons::chosen, m_map,
          [this](int index) { m_map->setMode(static_cast<HeadMap::Mode>(index)); });
  addHeaderWidget(m_modes);
  setBody(m_map);
}

void HeadMapPanel::setMode(HeadMap::Mode mode) {
  m_modes->setCurrent(static_cast<int>(mode));
  m_map->setMode(mode);
}

}  // namespace headroom
