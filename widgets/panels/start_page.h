// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

class QLabel;
class QVBoxLayout;

namespace headroom {

/// A bundled sample as the start page offers it.
struct StartSample {
  QString path;
  QString name;
  QString kind;     ///< "BERT, sentences"
  QString lookFor;  ///< one sentence
};

/// What the window shows before a model is open: samples, what was opened lately, and the ways to open something else.
class StartPage : public QWidget {
  Q_OBJECT
 public:
  explicit StartPage(QWidget* parent = nullptr);

  void setSamples(const std::vector<StartSample>& samples);
  /// Paths of models and runs, newest first.
  void setRecent(const QStringList& paths);

 signals:
  /// A sample's or a recent path.
  void chosen(const QString& path);
  void openModelRequested();
  void openRunRequested();

 private:
  QVBoxLayout* m_samples = nullptr;
  QVBoxLayout* m_recent = nullptr;
  QLabel* m_noSamples = nullptr;
  QLabel* m_recentHeading = nullptr;
};

}  // namespace headroom
