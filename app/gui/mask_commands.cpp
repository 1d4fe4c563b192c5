// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/mask_commands.h"

#include <QCoreApplication>

namespace headroom {

namespace {

QString commandText(const char* text, int n = -1) {
  return QCoreApplication::translate("MaskCommand", text, nullptr, n);
}

}  // namespace

QString describeMaskEdit(const HeadMask& before, const HeadMask& after, bool slider) {
  const HeadLayout& layout = after.layout();
  std::vector<int> changed;
  for (int i = 0; i < after.headCount(); ++i) {
    if (before.kept(i) != after.kept(i)) changed.push_back(i);
  }
  if (slider) return commandText("keep %1 heads").arg(after.keptCount());
  if (changed.size() == 1) {
    const HeadId head = layout.at(changed.front());
    const BlockId block = layout.blocks()[static_cast<size_t>(head.block)].id;
    return (after.kept(head) ? commandText("open head %1 of %2") : commandText("close head %1 of %2"))
        .arg(head.head)
        .arg(QString::fromStdString(blockLabel(block, layout.onlyOneKind())));
  }
  if (after.all()) return commandText("keep all heads");
  if (after.keptCount() == 0) return commandText("close all heads");
  return commandText("change %1 heads").arg(changed.size());
}

MaskCommand::MaskCommand(MaskSetter show, HeadMask before, HeadMask after, int gesture)
    : m_show(std::move(show)), m_before(std::move(before)), m_after(std::move(after)), m_gesture(gesture) {
  describe();
}

bool MaskCommand::mergeWith(const QUndoCommand* other) {
  const auto* next = dynamic_cast<const MaskCommand*>(other);
  if (next == nullptr || m_gesture == kNoGesture || next->m_gesture != m_gesture) return false;
  m_after = next->m_after;
  setObsolete(m_after == m_before);
  describe();
  return true;
}

void MaskCommand::describe() { setText(describeMaskEdit(m_before, m_after, m_gesture != kNoGesture)); }

}  // namespace headroom
