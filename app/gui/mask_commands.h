// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QUndoCommand>
#include <functional>

#include "core/base/head_mask.h"

namespace headroom {

/// Shows a mask, without any memory of it.
using MaskSetter = std::function<void(const HeadMask&)>;

/// One edit of the shown mask. Edits with the same gesture (a slider drag) merge into one; an edit that ends where it
/// began removes itself.
class MaskCommand : public QUndoCommand {
 public:
  static constexpr int kNoGesture = -1;

  MaskCommand(MaskSetter show, HeadMask before, HeadMask after, int gesture = kNoGesture);
  void undo() override { m_show(m_before); }
  void redo() override { m_show(m_after); }
  [[nodiscard]] int id() const override { return m_gesture; }
  bool mergeWith(const QUndoCommand* other) override;

 private:
  void describe();

  MaskSetter m_show;
  HeadMask m_before;
  HeadMask m_after;
  int m_gesture;
};

/// "close head 3 of layer 2", "keep 12 heads", "keep all heads", "change 5 heads": what was done from `before` to
/// `after`.
[[nodiscard]] QString describeMaskEdit(const HeadMask& before, const HeadMask& after, bool slider);

}  // namespace headroom
