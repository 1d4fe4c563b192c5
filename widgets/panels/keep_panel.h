// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/base/snapshots.h"
#include "widgets/panels/panel_frame.h"

class QLabel;
class QLayout;
class QSlider;
class QSpinBox;

namespace headroom {

class ElidedLabel;

/// "Heads kept": slider, spin box and the answer for the mask that is shown. An answer for another mask is dimmed.
class KeepPanel : public PanelFrame {
  Q_OBJECT
 public:
  explicit KeepPanel(QWidget* parent = nullptr);

  /// N heads; forgets answer and touch.
  void setHeadCount(int heads);
  /// Keys and wheel move by so many heads.
  void setStep(int heads);
  /// Moves the slider by order of the document (slider, undo, opened run). Does not emit.
  void setKept(int kept);
  /// Moves the slider along with live data, unless the user has touched it since release(). Does not emit.
  void followKept(int kept);
  [[nodiscard]] int kept() const;
  [[nodiscard]] bool touched() const { return m_touched; }
  /// Lets live data move the slider again.
  void release() { m_touched = false; }

  /// The mask on screen; answers belong to it or are dimmed. `handEdited`: it is no position of the curve.
  void setShownMask(const HeadMask& mask, bool handEdited = false);
  /// An estimate or an exact result; `cached` when it was measured before.
  void setAnswer(const EvalResult& answer, bool cached);
  void clearAnswer();
  /// What the answer holds for beside its mask, e.g. "weights of step 640"; may be empty.
  void setAnswerNote(const QString& note);
  /// What switching the selected head changes, a line below the answer; empty = no line.
  void setEffect(const QString& text);
  /// How to get an answer, shown in its place while there is none.
  void setHint(const QString& hint);
  /// Asked but not answered: "updating".
  void setUpdating(bool updating);

  [[nodiscard]] QString answerText() const;      ///< "94.6 %"
  [[nodiscard]] QString differenceText() const;  ///< "−0.7 ± 0.6 points to the unpruned model"
  [[nodiscard]] QString detailText() const;      ///< "exact · 2 000 of 2 000 texts · ..."
  /// True while the answer shown is not the shown mask's.
  [[nodiscard]] bool dimmed() const;

 signals:
  /// The user moves the slider or the number; sent for every position.
  void keptChosen(int kept);
  /// The user let go at this position.
  void keptReleased(int kept);

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  QLayout* makeSliderRow();
  QLayout* makeAnswer();
  void userMoved(int kept);
  void place(int kept);
  void refresh();
  [[nodiscard]] QStringList detailParts() const;

  QSlider* m_slider = nullptr;
  QSpinBox* m_number = nullptr;
  QLabel* m_maximum = nullptr;
  QLabel* m_answerLabel = nullptr;
  ElidedLabel* m_differenceLabel = nullptr;
  QLabel* m_detailLabel = nullptr;
  ElidedLabel* m_effectLabel = nullptr;
  HeadMask m_mask;
  std::string m_maskHash;
  bool m_handEdited = false;
  std::optional<EvalResult> m_answer;
  std::string m_answerHash;
  QString m_answerNote;
  QString m_hint;
  bool m_cached = false;
  bool m_updating = false;
  bool m_touched = false;
  bool m_placing = false;
};

}  // namespace headroom
