// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "core/base/survivors.h"

class QComboBox;

namespace headroom {

/// Chooses cells of a campaign: a method, a number of heads kept, and a seed or all seeds.
class CellChooser : public QWidget {
  Q_OBJECT
 public:
  /// `name` is what a screen reader calls it.
  explicit CellChooser(const QString& name, QWidget* parent = nullptr);
  /// What there is to choose from. What somebody chose stays while it is there; until then it is the method at the
  /// place `preferred`.
  void setComparison(const Comparison& comparison, Regime regime, int preferred);
  [[nodiscard]] CellChoice choice() const;
  void choose(const CellChoice& choice);
  /// "Taylor, 8 kept, all seeds".
  [[nodiscard]] QString text() const;

 signals:
  void chosen();

 private:
  void fill(const CellChoice& wish);

  Comparison m_comparison;
  Regime m_regime = Regime::PostHoc;
  int m_preferred = 0;
  bool m_touched = false;  ///< the choice is somebody's
  QComboBox *m_keep = nullptr, *m_method = nullptr, *m_seed = nullptr;
};

}  // namespace headroom
