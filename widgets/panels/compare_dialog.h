// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "core/base/comparison.h"
#include "core/base/method_info.h"

class QCheckBox;
class QFormLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QSpinBox;

namespace headroom {

class CompareResults;

/// Ways to choose heads side by side: which methods, how many heads, which seeds; what came of it.
class CompareDialog : public QDialog {
  Q_OBJECT
 public:
  explicit CompareDialog(QWidget* parent = nullptr);

  /// Those that choose heads; `whyNot`: what is missing to compare at all, empty = nothing.
  void setMethods(const std::vector<MethodInfo>& methods);
  void setPossible(const QString& whyNot);
  /// The model's heads and what is pruned at once ("head" or "group", see HeadUnits), for what may be asked: fills the
  /// numbers to keep with a few, and greys out the methods that cannot work on it.
  void setHeads(const HeadLayout& layout, const std::string& unit = "head");
  void setRunning(bool running);
  void setComparison(const Comparison& comparison);
  void setProgress(const QString& text);
  /// A line below the settings, until the next comparison or change of settings: what is shown, or what went wrong.
  void setNote(const QString& text);
  [[nodiscard]] CompareResults* results() const { return m_results; }

  struct Wish {
    std::vector<std::string> methods;
    std::vector<int> keeps;  ///< in units
    std::string unit = "head";
    std::vector<std::uint64_t> seeds;
    int steps = 0;
    bool recover = false;
    bool frozen = false;  ///< gates also under frozen weights
  };
  [[nodiscard]] Wish wish() const;

 signals:
  void startWanted();
  void stopWanted();
  /// The folder of a comparison that was made before, here or by the command line.
  void openWanted();

 private:
  QWidget* makeWishes();
  void offerMethods();
  void refresh();
  void changed();
  [[nodiscard]] QString problem() const;

  QString m_whyNot;
  QString m_said;  ///< see setNote()
  bool m_running = false;
  int m_heads = 0;
  std::string m_unit = "head";
  int m_units = 0;                  ///< the most that can be kept
  std::vector<MethodInfo> m_infos;  ///< one an item of m_methods
  HeadLayout m_layout;
  QListWidget* m_methods = nullptr;
  QFormLayout* m_form = nullptr;
  QLineEdit *m_keeps = nullptr, *m_seeds = nullptr;
  QSpinBox* m_steps = nullptr;
  QCheckBox *m_recover = nullptr, *m_frozen = nullptr;
  QPushButton *m_start = nullptr, *m_open = nullptr;
  QLabel* m_note = nullptr;
  CompareResults* m_results = nullptr;
};

}  // namespace headroom
