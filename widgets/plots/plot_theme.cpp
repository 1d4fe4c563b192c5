// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_theme.h"

#include <QApplication>
#include <QEvent>
#include <QFontDatabase>
#include <QFontInfo>
#include <QPalette>
#include <QStyle>
#include <QStyleFactory>
#include <QStyleHints>
#include <algorithm>
#include <cmath>

#include "widgets/plots/style_sheet.h"

namespace headroom {
namespace {

constexpr double kOrdinaryPixels = 13;
constexpr char kFontScale[] = "headroomFontScale";

QColor mixed(const QColor& a, const QColor& b, double share) {
  const auto channel = [share](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * share)); };
  return {channel(a.red(), b.red()), channel(a.green(), b.green()), channel(a.blue(), b.blue())};
}

QPalette paletteOf(const PlotTheme& theme) {
  QPalette palette;
  palette.setColor(QPalette::Window, theme.window);
  palette.setColor(QPalette::Base, theme.panel);
  palette.setColor(QPalette::AlternateBase, theme.window);
  palette.setColor(QPalette::Button, theme.dark ? QColor(0x2a2f37) : QColor(0xf0f1f4));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText}) {
    palette.setColor(role, theme.text);
    palette.setColor(QPalette::Disabled, role, mixed(theme.secondary, theme.panel, 0.35));
  }
  palette.setColor(QPalette::BrightText, theme.onAccent);
  palette.setColor(QPalette::ToolTipBase, theme.panel);
  palette.setColor(QPalette::PlaceholderText, theme.secondary);
  palette.setColor(QPalette::Light, mixed(theme.panel, theme.line, theme.dark ? 0.5 : 0));
  palette.setColor(QPalette::Midlight, theme.grid);
  palette.setColor(QPalette::Mid, theme.line);
  palette.setColor(QPalette::Dark, mixed(theme.line, theme.text, 0.35));
  palette.setColor(QPalette::Shadow, mixed(theme.line, theme.text, 0.5));
  palette.setColor(QPalette::Highlight, theme.accent);
  palette.setColor(QPalette::HighlightedText, theme.onAccent);
  palette.setColor(QPalette::Disabled, QPalette::Highlight, theme.line);
  palette.setColor(QPalette::Link, theme.accent);
  palette.setColor(QPalette::LinkVisited, theme.third);
  return palette;
}

/// Remembers the user's choice and follows the desktop while it is System. One, owned by the application.
class ThemeFollower : public QObject {
 public:
  explicit ThemeFollower(QApplication& application) : QObject(&application), m_application(application) {
    setObjectName(QStringLiteral("headroomTheme"));
    m_systemDark = isDark(application.palette());
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    connect(application.styleHints(), &QStyleHints::colorSchemeChanged, this, [this] { follow(); });
#else
    application.installEventFilter(this);
#endif
  }

  void choose(ThemeChoice choice) {
    m_choice = choice;
    const bool dark = choice == ThemeChoice::System ? systemIsDark() : choice == ThemeChoice::Dark;
    const PlotTheme theme = dark ? PlotTheme::night() : PlotTheme::light();
    m_application.setPalette(paletteOf(theme));
    m_application.setStyleSheet(styleSheetOf(theme));
  }
  [[nodiscard]] ThemeChoice choice() const { return m_choice; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::ThemeChange && m_choice == ThemeChoice::System) {
      // Before Qt 6.5 only the desktop's own palette tells its scheme; ours hides it, so it is taken off for a moment.
      m_application.setPalette(QPalette());
      m_systemDark = isDark(m_application.palette());
      choose(m_choice);
    }
    return QObject::eventFilter(watched, event);
  }

 private:
  void follow() {
    if (m_choice == ThemeChoice::System) choose(m_choice);
  }
  [[nodiscard]] bool systemIsDark() const {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    const Qt::ColorScheme scheme = m_application.styleHints()->colorScheme();
    if (scheme != Qt::ColorScheme::Unknown) return scheme == Qt::ColorScheme::Dark;
#endif
    return m_systemDark;
  }

  QApplication& m_application;
  ThemeChoice m_choice = ThemeChoice::System;
  bool m_systemDark = false;
};

ThemeFollower* follower() {
  return static_cast<ThemeFollower*>(
      qApp->findChild<QObject*>(QStringLiteral("headroomTheme"), Qt::FindDirectChildrenOnly));
}

void prepareFonts(QApplication& application) {
  QFont font = application.font();
  const double pixels = QFontInfo(font).pixelSize();
  const bool ordinary = pixels > 0 && pixels < 16;
  application.setProperty(kFontScale, ordinary ? 1.0 : pixels / kOrdinaryPixels);
  // A desktop without settings of its own falls back to DejaVu, which is too wide for dense tables.
  const QString family = QFontInfo(font).family();
  const bool fallback = family.startsWith(QLatin1String("DejaVu")) || family.startsWith(QLatin1String("Sans"));
  if (fallback && QFontDatabase::hasFamily(QStringLiteral("Inter"))) font.setFamily(QStringLiteral("Inter"));
  font.setPixelSize(scaledPixels(kOrdinaryPixels));
  application.setFont(font);
}

}  // namespace

PlotTheme PlotTheme::light() {
  return {false,
          QColor(0xf4f5f7),
          QColor(0xffffff),
          QColor(0xd9dce1),
          QColor(0xeceef1),
          QColor(0x1d2430),
          QColor(0x667085),
          QColor(0x1f5fa8),
          QColor(0xffffff),
          QColor(0xc2570c),
          QColor(0x7a5195)};
}

PlotTheme PlotTheme::night() {
  return {true,
          QColor(0x15181d),
          QColor(0x1e2228),
          QColor(0x343a43),
          QColor(0x2a2f37),
          QColor(0xe6e9ee),
          QColor(0x98a2b3),
          QColor(0x6aa9f0),
          QColor(0x15181d),
          QColor(0xf0914a),
          QColor(0xb795d8)};
}

PlotTheme PlotTheme::current(const QPalette& palette) {
  const auto role = [&palette](QPalette::ColorRole r) { return palette.color(QPalette::Active, r); };
  const bool dark = isDark(palette);
  const PlotTheme own = dark ? night() : light();
  return {dark,
          role(QPalette::Window),
          role(QPalette::Base),
          role(QPalette::Mid),
          role(QPalette::Midlight),
          role(QPalette::WindowText),
          role(QPalette::PlaceholderText),
          role(QPalette::Highlight),
          role(QPalette::HighlightedText),
          own.cursor,
          own.third};
}

int scaledPixels(double pixels) {
  const QVariant scale = qApp->property(kFontScale);
  return std::max(1, static_cast<int>(std::lround(pixels * (scale.isValid() ? scale.toDouble() : 1.0))));
}

QFont themeFont(TextRole role, bool strong) {
  QFont font = QApplication::font();
  const double pixels = role == TextRole::Body        ? 13
                        : role == TextRole::Secondary ? 12
                        : role == TextRole::Axis      ? 11
                                                      : 24;
  font.setPixelSize(scaledPixels(pixels));
  font.setWeight(strong ? QFont::DemiBold : QFont::Normal);
#if QT_VERSION >= QT_VERSION_CHECK(6, 7, 0)
  font.setFeature("tnum", 1);
#endif
  return font;
}

bool isDark(const QPalette& palette) {
  return palette.color(QPalette::Active, QPalette::WindowText).lightnessF() >
         palette.color(QPalette::Active, QPalette::Window).lightnessF();
}

void applyTheme(QApplication& application, ThemeChoice choice) {
  ThemeFollower* theme = follower();
  if (!theme) {
    theme = new ThemeFollower(application);
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    prepareFonts(application);
  }
  theme->choose(choice);
}

ThemeChoice themeChoice() {
  const ThemeFollower* theme = follower();
  return theme ? theme->choice() : ThemeChoice::System;
}

}  // namespace headroom
