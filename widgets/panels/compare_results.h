// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "core/base/survivors.h"

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QTableWidget;

namespace headroom {

class CellChooser;
class ComparePlot;
class CostQualityPlot;
class DepthPlot;
class Figure;
class MapComparison;
class OverlapPlot;
class RankPlot;
class SegmentedButtons;

/// A campaign, one regime at a time: its curves, maps, ranks, overlaps, depths and costs, one view at a time above a
/// table of all rows.
class CompareResults : public QWidget {
  Q_OBJECT
 public:
  enum View { Curves, Maps, Ranks, Overlap, Depth, Cost };
  explicit CompareResults(QWidget* parent = nullptr);

  void setComparison(const Comparison& comparison);
  void showView(View view);
  void showRegime(Regime regime);
  [[nodiscard]] View view() const;

 signals:
  /// The user wants the view saved; `name` begins a file's name, `caption` says what it is.
  void pictureWanted(headroom::Figure* figure, const QString& name, const QString& caption);
  /// The user wants everything saved, as a table or as a page.
  void tableWanted(const headroom::Comparison& comparison);
  void reportWanted(const headroom::Comparison& comparison);

 private:
  void makeHeader();
  void makeViews();
  void makeTable();
  [[nodiscard]] QWidget* makePair();
  void arrange();
  void refresh();
  void fillKeeps();
  void fillPair();
  void fillAtKeep();
  void fillRow(int i, const CompareRow& row);
  void fillTable(const std::vector<CompareRow>& rows);
  [[nodiscard]] QString failuresOf(const CompareRow& row) const;
  void askForPicture();
  void bringForward();
  [[nodiscard]] Regime regime() const;
  [[nodiscard]] Figure* figure() const;

  std::optional<Comparison> m_comparison;
  SegmentedButtons *m_regimes = nullptr, *m_views = nullptr, *m_detail = nullptr, *m_costs = nullptr;
  QPushButton *m_picture = nullptr, *m_csv = nullptr, *m_page = nullptr, *m_blink = nullptr;
  QComboBox* m_keep = nullptr;
  QLabel *m_keepName = nullptr, *m_caution = nullptr;
  QWidget *m_pair = nullptr, *m_atKeep = nullptr;
  CellChooser *m_left = nullptr, *m_right = nullptr;
  QStackedWidget* m_stack = nullptr;
  ComparePlot* m_curves = nullptr;
  MapComparison* m_maps = nullptr;
  RankPlot* m_ranks = nullptr;
  OverlapPlot* m_overlap = nullptr;
  DepthPlot* m_depth = nullptr;
  CostQualityPlot* m_cost = nullptr;
  QTableWidget* m_table = nullptr;
};

}  // namespace headroom
