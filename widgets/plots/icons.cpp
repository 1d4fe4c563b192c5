// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSvgRenderer>

// Q_INIT_RESOURCE must be called outside of any namespace; without it the linker leaves a static library's resources
// out.
static void initHeadroomResources() { Q_INIT_RESOURCE(headroom); }

namespace headroom {
namespace {

const char* fileOf(IconName name) {
  static const char* const kNames[] = {"play", "pause", "stop",     "open-model", "open-data", "save",
                                       "undo", "redo",  "previous", "next",       "close",     "copy"};
  return kNames[static_cast<int>(name)];
}

/// Draws an SVG whose "currentColor" is looked up in the palette at every paint, so that a new theme needs no new
/// icons.
class ThemeIconEngine : public QIconEngine {
 public:
  ThemeIconEngine(QByteArray svg, QPalette::ColorRole role) : m_svg(std::move(svg)), m_role(role) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
    const auto role = mode == QIcon::Disabled ? QPalette::ButtonText : m_role;
    const QColor colour = QGuiApplication::palette().color(group, role);
    QSvgRenderer renderer(QByteArray(m_svg).replace("currentColor", colour.name().toLatin1()));
    renderer.setAspectRatioMode(Qt::KeepAspectRatio);
    renderer.render(painter, QRectF(rect));
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap image(size);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    paint(&painter, QRect(QPoint(0, 0), size), mode, state);
    return image;
  }

  [[nodiscard]] QIconEngine* clone() const override { return new ThemeIconEngine(m_svg, m_role); }

 private:
  QByteArray m_svg;
  QPalette::ColorRole m_role;
};

QIcon iconIn(const char* name, QPalette::ColorRole role) {
  initHeadroomResources();
  QFile file(QStringLiteral(":/headroom/icons/%1.svg").arg(QLatin1String(name)));
  return file.open(QIODevice::ReadOnly) ? QIcon(new ThemeIconEngine(file.readAll(), role)) : QIcon();
}

}  // namespace

QIcon themeIcon(IconName name) { return iconIn(fileOf(name), QPalette::ButtonText); }
QIcon themeIconOnAccent(IconName name) { return iconIn(fileOf(name), QPalette::HighlightedText); }

QIcon applicationIcon() { return iconIn("headroom", QPalette::ButtonText); }

}  // namespace headroom
