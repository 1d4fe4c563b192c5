// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <cstdint>

class QLabel;
class QSlider;
class QToolButton;

namespace headroom {

/// The one step slider of all views. While it follows, new steps carry it along; the first touch lets go of them, the
/// End key or the Follow button takes them up again.
class StepBar : public QWidget {
  Q_OBJECT
 public:
  explicit StepBar(QWidget* parent = nullptr);

  /// Steps logged so far and steps planned (0 = unknown).
  void setRange(std::int64_t last, std::int64_t total);
  [[nodiscard]] std::int64_t step() const { return m_step; }
  [[nodiscard]] bool following() const { return m_following; }
  /// Shows a step as if the user had chosen it.
  void choose(std::int64_t step);
  void setFollowing(bool following);
  /// How far the arrow buttons move; the distance of two logged steps.
  void setInterval(std::int64_t steps);

 signals:
  void stepChanged(std::int64_t step);
  void followingChanged(bool following);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void showStep(std::int64_t step);
  void refreshText();

  QLabel* m_text = nullptr;
  QSlider* m_slider = nullptr;
  QToolButton* m_previous = nullptr;
  QToolButton* m_next = nullptr;
  QToolButton* m_follow = nullptr;
  std::int64_t m_step = 0;
  std::int64_t m_last = 0;
  std::int64_t m_total = 0;
  std::int64_t m_interval = 1;
  bool m_following = true;
  bool m_moving = false;
};

}  // namespace headroom
