// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/head_map_accessible.h"

#include <QWindow>

#include "widgets/plots/head_map.h"
#include "widgets/plots/number_text.h"

namespace headroom {
namespace {

QAccessibleInterface* makeInterface(const QString&, QObject* object) {
  auto* map = qobject_cast<HeadMap*>(object);
  return map ? new HeadMapAccessible(map) : nullptr;
}

}  // namespace

void installHeadMapAccessibility() { QAccessible::installFactory(makeInterface); }

HeadMapAccessible::HeadMapAccessible(HeadMap* map) : QAccessibleWidget(map, QAccessible::Table) {}

HeadMapAccessible::~HeadMapAccessible() { forgetCells(); }

HeadMap* HeadMapAccessible::map() const { return static_cast<HeadMap*>(widget()); }

void* HeadMapAccessible::interface_cast(QAccessible::InterfaceType type) {
  if (type == QAccessible::TableInterface) return static_cast<QAccessibleTableInterface*>(this);
  return QAccessibleWidget::interface_cast(type);
}

int HeadMapAccessible::childCount() const { return map()->headLayout().headCount(); }

QAccessibleInterface* HeadMapAccessible::child(int index) const {
  if (index < 0 || index >= childCount()) return nullptr;
  m_cells.resize(static_cast<size_t>(childCount()), 0);
  QAccessible::Id& id = m_cells[static_cast<size_t>(index)];
  if (id == 0) id = QAccessible::registerAccessibleInterface(new HeadCellAccessible(map(), index));
  return QAccessible::accessibleInterface(id);
}

int HeadMapAccessible::indexOfChild(const QAccessibleInterface* child) const {
  const auto* cell = dynamic_cast<const HeadCellAccessible*>(child);
  return cell ? cell->flat() : -1;
}

QAccessibleInterface* HeadMapAccessible::childAt(int x, int y) const {
  const std::optional<HeadId> head = map()->geometryOfHeads().headAt(map()->mapFromGlobal(QPoint(x, y)));
  return head ? child(map()->headLayout().flat(*head)) : nullptr;
}

QAccessibleInterface* HeadMapAccessible::focusChild() const {
  const std::optional<HeadId> head = map()->selected();
  return head && map()->hasFocus() ? child(map()->headLayout().flat(*head)) : nullptr;
}

QAccessibleInterface* HeadMapAccessible::cellAt(int row, int column) const {
  const HeadId head{row, column};
  return map()->headLayout().contains(head) ? child(map()->headLayout().flat(head)) : nullptr;
}

int HeadMapAccessible::rowCount() const { return map()->headLayout().blockCount(); }
int HeadMapAccessible::columnCount() const { return map()->headLayout().widestBlock(); }

QString HeadMapAccessible::rowDescription(int row) const {
  return row >= 0 && row < rowCount() ? blockText(map()->headLayout(), row) : QString();
}

QString HeadMapAccessible::columnDescription(int column) const { return HeadMap::tr("head %1").arg(column); }

int HeadMapAccessible::selectedCellCount() const { return map()->selected() ? 1 : 0; }

QList<QAccessibleInterface*> HeadMapAccessible::selectedCells() const {
  const std::optional<HeadId> head = map()->selected();
  return head ? QList<QAccessibleInterface*>{child(map()->headLayout().flat(*head))} : QList<QAccessibleInterface*>();
}

void HeadMapAccessible::modelChange(QAccessibleTableModelChangeEvent*) { forgetCells(); }

void HeadMapAccessible::forgetCells() {
  for (const QAccessible::Id id : m_cells)
    if (id != 0) QAccessible::deleteAccessibleInterface(id);
  m_cells.clear();
}

void* HeadCellAccessible::interface_cast(QAccessible::InterfaceType type) {
  if (type == QAccessible::TableCellInterface) return static_cast<QAccessibleTableCellInterface*>(this);
  if (type == QAccessible::ActionInterface) return static_cast<QAccessibleActionInterface*>(this);
  return nullptr;
}

bool HeadCellAccessible::isValid() const { return m_map && m_flat < m_map->headLayout().headCount(); }

HeadId HeadCellAccessible::head() const { return m_map->headLayout().at(m_flat); }

QWindow* HeadCellAccessible::window() const { return m_map ? m_map->window()->windowHandle() : nullptr; }

QAccessibleInterface* HeadCellAccessible::parent() const { return QAccessible::queryAccessibleInterface(m_map); }

QString HeadCellAccessible::text(QAccessible::Text kind) const {
  return isValid() && (kind == QAccessible::Name || kind == QAccessible::Value) ? m_map->spokenText(head()) : QString();
}

QRect HeadCellAccessible::rect() const {
  if (!isValid()) return {};
  const QRect cell = m_map->geometryOfHeads().cell(head()).toAlignedRect();
  return {m_map->mapToGlobal(cell.topLeft()), cell.size()};
}

QAccessible::State HeadCellAccessible::state() const {
  QAccessible::State state;
  if (!isValid()) {
    state.invalid = true;
    return state;
  }
  state.focusable = state.selectable = state.checkable = true;
  state.checked = m_map->mask().kept(head());
  state.selected = isSelected();
  state.focused = isSelected() && m_map->hasFocus();
  return state;
}

bool HeadCellAccessible::isSelected() const { return isValid() && m_map->selected() == head(); }
int HeadCellAccessible::columnIndex() const { return isValid() ? head().head : -1; }
int HeadCellAccessible::rowIndex() const { return isValid() ? head().block : -1; }

QStringList HeadCellAccessible::actionNames() const { return {toggleAction()}; }

void HeadCellAccessible::doAction(const QString& name) {
  if (name == toggleAction() && isValid()) emit m_map->headClicked(head());
}

}  // namespace headroom
