// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAccessibleWidget>
#include <QPointer>
#include <vector>

#include "core/base/head_layout.h"

namespace headroom {

class HeadMap;

/// Lets assistive technology see head maps as tables. Harmless when called again.
void installHeadMapAccessibility();

/// A head map as a table: row = attention block, column = head.
class HeadMapAccessible : public QAccessibleWidget, public QAccessibleTableInterface {
 public:
  explicit HeadMapAccessible(HeadMap* map);
  ~HeadMapAccessible() override;

  [[nodiscard]] HeadMap* map() const;
  void* interface_cast(QAccessible::InterfaceType type) override;
  [[nodiscard]] int childCount() const override;
  [[nodiscard]] QAccessibleInterface* child(int index) const override;
  [[nodiscard]] int indexOfChild(const QAccessibleInterface* child) const override;
  [[nodiscard]] QAccessibleInterface* childAt(int x, int y) const override;
  [[nodiscard]] QAccessibleInterface* focusChild() const override;

  [[nodiscard]] QAccessibleInterface* cellAt(int row, int column) const override;
  [[nodiscard]] int rowCount() const override;
  [[nodiscard]] int columnCount() const override;
  [[nodiscard]] QString rowDescription(int row) const override;
  [[nodiscard]] QString columnDescription(int column) const override;
  [[nodiscard]] QAccessibleInterface* caption() const override { return nullptr; }
  [[nodiscard]] QAccessibleInterface* summary() const override { return nullptr; }
  [[nodiscard]] int selectedCellCount() const override;
  [[nodiscard]] QList<QAccessibleInterface*> selectedCells() const override;
  [[nodiscard]] int selectedRowCount() const override { return 0; }
  [[nodiscard]] int selectedColumnCount() const override { return 0; }
  [[nodiscard]] QList<int> selectedRows() const override { return {}; }
  [[nodiscard]] QList<int> selectedColumns() const override { return {}; }
  [[nodiscard]] bool isRowSelected(int) const override { return false; }
  [[nodiscard]] bool isColumnSelected(int) const override { return false; }
  bool selectRow(int) override { return false; }
  bool selectColumn(int) override { return false; }
  bool unselectRow(int) override { return false; }
  bool unselectColumn(int) override { return false; }
  void modelChange(QAccessibleTableModelChangeEvent* event) override;

 private:
  void forgetCells();
  mutable std::vector<QAccessible::Id> m_cells;  // by flat index; 0 = not asked for yet
};

/// One head as a table cell that can be pressed.
class HeadCellAccessible : public QAccessibleInterface,
                           public QAccessibleTableCellInterface,
                           public QAccessibleActionInterface {
 public:
  HeadCellAccessible(HeadMap* map, int flat) : m_map(map), m_flat(flat) {}

  [[nodiscard]] int flat() const { return m_flat; }
  void* interface_cast(QAccessible::InterfaceType type) override;
  [[nodiscard]] bool isValid() const override;
  [[nodiscard]] QObject* object() const override { return nullptr; }
  [[nodiscard]] QWindow* window() const override;
  [[nodiscard]] QAccessibleInterface* parent() const override;
  [[nodiscard]] QAccessibleInterface* child(int) const override { return nullptr; }
  [[nodiscard]] QAccessibleInterface* childAt(int, int) const override { return nullptr; }
  [[nodiscard]] int childCount() const override { return 0; }
  [[nodiscard]] int indexOfChild(const QAccessibleInterface*) const override { return -1; }
  [[nodiscard]] QString text(QAccessible::Text kind) const override;
  void setText(QAccessible::Text, const QString&) override {}
  [[nodiscard]] QRect rect() const override;
  [[nodiscard]] QAccessible::Role role() const override { return QAccessible::Cell; }
  [[nodiscard]] QAccessible::State state() const override;

  [[nodiscard]] bool isSelected() const override;
  [[nodiscard]] QList<QAccessibleInterface*> columnHeaderCells() const override { return {}; }
  [[nodiscard]] QList<QAccessibleInterface*> rowHeaderCells() const override { return {}; }
  [[nodiscard]] int columnIndex() const override;
  [[nodiscard]] int rowIndex() const override;
  [[nodiscard]] int columnExtent() const override { return 1; }
  [[nodiscard]] int rowExtent() const override { return 1; }
  [[nodiscard]] QAccessibleInterface* table() const override { return parent(); }

  [[nodiscard]] QStringList actionNames() const override;
  void doAction(const QString& name) override;
  [[nodiscard]] QStringList keyBindingsForAction(const QString&) const override { return {QStringLiteral("Space")}; }

 private:
  [[nodiscard]] HeadId head() const;

  QPointer<HeadMap> m_map;
  int m_flat = 0;
};

}  // namespace headroom
