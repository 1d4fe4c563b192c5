// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/style_sheet.h"

#include <QStyle>
#include <QVariant>
#include <QWidget>

#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

const char* const kFrames = R"(
headroom--PanelFrame, headroom--KeepPanel, headroom--HeadMapPanel, headroom--ProjectPanel, headroom--SettingsPanel,
headroom--TrainingPanel { background: @panel; border: 1px solid @line; border-radius: 6px; }
QFrame#panelRule { background: @line; border: 0; max-height: 1px; min-height: 1px; }
QMenuBar { background: @panel; border: 0; border-bottom: 1px solid @line; padding: 1px 6px; }
QMenuBar::item { background: transparent; padding: 4px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: @grid; }
QToolBar { background: @panel; border: 0; border-bottom: 1px solid @line; padding: 5px 8px; spacing: 6px; }
QToolBar::separator { background: @line; width: 1px; margin: 3px 5px; }
QStatusBar { background: @panel; border-top: 1px solid @line; }
QStatusBar::item { border: 0; }
QMainWindow::separator, QSplitter::handle { background: @window; width: 6px; height: 6px; }
QLabel[textRole="secondary"] { color: @secondary; }
QLabel[dimmed="true"] { color: @dimmed; }
QToolTip { background: @panel; color: @text; border: 1px solid @line; padding: 3px 5px; }
)";

const char* const kButtons = R"(
QPushButton, QToolButton { background: @button; color: @text; border: 1px solid @line; border-radius: 4px;
  padding: 4px 10px; }
QPushButton:hover, QToolButton:hover { background: @grid; border-color: @edge; }
QPushButton:pressed, QToolButton:pressed { background: @line; }
QPushButton:disabled, QToolButton:disabled { color: @faint; border-color: @line; background: @button; }
QPushButton:focus, QToolButton:focus { border: 2px solid @accent; padding: 3px 9px; }
QPushButton[card="true"] { background: @panel; border-radius: 6px; text-align: left; padding: 6px 14px; }
QPushButton[card="true"]:hover { background: @grid; border-color: @accent; }
QPushButton[card="true"]:focus { padding: 5px 13px; }
QPushButton[primary="true"], QToolButton[primary="true"] { background: @accent; color: @onAccent; border-color: @accent;
  font-weight: 600; }
QPushButton[primary="true"]:hover, QToolButton[primary="true"]:hover { background: @accentHover; }
QPushButton[primary="true"]:focus, QToolButton[primary="true"]:focus { border: 2px solid @text; }
QPushButton[primary="true"]:disabled, QToolButton[primary="true"]:disabled { background: @button; color: @faint;
  border-color: @line; }
QToolButton[quiet="true"] { background: transparent; border: 1px solid transparent; padding: 3px 5px; }
QToolButton[quiet="true"]:hover { background: @grid; }
QToolButton[quiet="true"]:checked { color: @accent; font-weight: 600; }
QToolButton[quiet="true"]:focus { border: 2px solid @accent; padding: 2px 4px; }
QToolButton[segment] { background: @panel; border: 1px solid @line; border-radius: 0; padding: 2px 9px; margin: 0; }
QToolButton[segment][compact="true"] { padding: 0 5px; }
QToolButton[segment]:hover { background: @grid; }
QToolButton[segment]:checked { background: @accent; color: @onAccent; border-color: @accent; }
QToolButton[segment]:focus { border: 2px solid @accent; padding: 1px 8px; }
QToolButton[segment][compact="true"]:focus { padding: 0 4px; }
QToolButton[segment]:checked:focus { border: 2px solid @text; }
QToolButton[segment="first"] { border-top-left-radius: 4px; border-bottom-left-radius: 4px; border-right: 0; }
QToolButton[segment="middle"] { border-right: 0; }
QToolButton[segment="last"] { border-top-right-radius: 4px; border-bottom-right-radius: 4px; }
QToolButton[segment="only"] { border-radius: 4px; }
QToolButton::menu-indicator { image: none; }
)";

const char* const kControls = R"(
QSlider::groove:horizontal { height: 6px; background: @line; border-radius: 3px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 3px; }
QSlider::sub-page:horizontal:disabled { background: @edge; }
QSlider::handle:horizontal { background: @accent; width: 14px; height: 14px; margin: -5px 0; border-radius: 8px;
  border: 1px solid @accent; }
QSlider::handle:horizontal:hover { background: @accentHover; }
QSlider::handle:horizontal:focus { background: @panel; border: 4px solid @accent; width: 8px; height: 8px; }
QSlider::handle:horizontal:disabled { background: @edge; border-color: @edge; }
QTreeView, QListView, QPlainTextEdit, QScrollArea { background: @panel; border: 0; }
QScrollArea > QWidget > QWidget { background: @panel; }
QScrollArea#startScroll, QScrollArea#startScroll > QWidget > QWidget { background: @window; }
QTreeView:focus, QListView:focus, QPlainTextEdit:focus { border: 1px solid @accent; border-radius: 3px; }
QTreeView::item, QListView::item { padding: 3px 2px; color: @text; }
QTreeView::item:hover, QListView::item:hover { background: @grid; }
QListView::item { border: none; }
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected { background: @chosen; color: @text; }
QScrollBar:vertical { background: transparent; width: 9px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 9px; margin: 0; }
QScrollBar::handle { background: @line; border-radius: 4px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: @edge; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
)";

const char* const kFields = R"(
QComboBox, QSpinBox, QDoubleSpinBox, QLineEdit { background: @field; color: @text; border: 1px solid @line;
  border-radius: 4px; padding: 2px 5px; min-height: 17px; selection-background-color: @accent;
  selection-color: @onAccent; }
QComboBox:hover, QSpinBox:hover, QDoubleSpinBox:hover, QLineEdit:hover { border-color: @edge; }
QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QLineEdit:focus { border: 2px solid @accent; padding: 1px 4px; }
QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QLineEdit:disabled { color: @faint; }
QComboBox, QComboBox:focus { padding-right: 0; }
QComboBox::drop-down { subcontrol-origin: border; subcontrol-position: center right; width: 13px; border: 0; }
QComboBox::down-arrow { image: url(:/headroom/icons/arrow-down.svg); width: 8px; height: 8px; }
QComboBox QAbstractItemView { background: @panel; color: @text; border: 1px solid @line; padding: 2px;
  selection-background-color: @chosen; selection-color: @text; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { subcontrol-origin: border; width: 16px; border: 0;
  background: transparent; }
QAbstractSpinBox::up-button { subcontrol-position: top right; }
QAbstractSpinBox::down-button { subcontrol-position: bottom right; }
QAbstractSpinBox::up-arrow { image: url(:/headroom/icons/arrow-up.svg); width: 7px; height: 7px; }
QAbstractSpinBox::down-arrow { image: url(:/headroom/icons/arrow-down.svg); width: 7px; height: 7px; }
QAbstractSpinBox::up-arrow:off, QAbstractSpinBox::down-arrow:off { image: none; }
QCheckBox::indicator, QListView::indicator { width: 14px; height: 14px; border: 1px solid @edge; border-radius: 3px; background: @field; }
QCheckBox::indicator:hover, QListView::indicator:hover { border-color: @secondary; }
QCheckBox::indicator:checked, QListView::indicator:checked { background: @accent; border-color: @accent;
  image: url(:/headroom/icons/@check.svg); }
QCheckBox::indicator:disabled, QListView::indicator:disabled { background: @line; border-color: @line; }
QCheckBox::indicator:focus { border: 2px solid @text; width: 12px; height: 12px; }
QCheckBox { color: @text; }
)";

QString mix(const QColor& a, const QColor& b, double share) {
  return QColor::fromRgbF(static_cast<float>(a.redF() + (b.redF() - a.redF()) * share),
                          static_cast<float>(a.greenF() + (b.greenF() - a.greenF()) * share),
                          static_cast<float>(a.blueF() + (b.blueF() - a.blueF()) * share))
      .name();
}

}  // namespace

QString styleSheetOf(const PlotTheme& theme) {
  QString sheet = QLatin1String(kFrames) + QLatin1String(kButtons) + QLatin1String(kControls) + QLatin1String(kFields);
  // Longer names first: "@accentHover" begins with "@accent".
  const std::pair<const char*, QString> colours[] = {
      {"@accentHover", mix(theme.accent, theme.text, 0.18)},
      {"@accent", theme.accent.name()},
      {"@onAccent", theme.onAccent.name()},
      {"@window", theme.window.name()},
      {"@panel", theme.panel.name()},
      {"@line", theme.line.name()},
      {"@grid", theme.grid.name()},
      {"@text", theme.text.name()},
      {"@secondary", theme.secondary.name()},
      {"@dimmed", mix(theme.secondary, theme.panel, 0.4)},
      {"@faint", mix(theme.secondary, theme.panel, 0.35)},
      {"@edge", mix(theme.line, theme.secondary, 0.5)},
      {"@button", theme.dark ? mix(theme.panel, theme.line, 0.55) : mix(theme.panel, theme.line, 0.4)},
      {"@field", theme.dark ? mix(theme.panel, theme.window, 0.5) : theme.panel.name()},
      {"@check", theme.dark ? QStringLiteral("check-dark") : QStringLiteral("check-light")},
      {"@chosen", mix(theme.grid, theme.accent, 0.12)},
  };
  for (const auto& [name, colour] : colours) sheet.replace(QLatin1String(name), colour);
  return sheet;
}

void setLook(QWidget* widget, const char* property, const QVariant& value) {
  if (widget->property(property) == value) return;
  widget->setProperty(property, value);
  widget->style()->unpolish(widget);
  widget->style()->polish(widget);
}

}  // namespace headroom
