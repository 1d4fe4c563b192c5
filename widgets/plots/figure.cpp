// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/figure.h"

#include <qcustomplot.h>

#include <QCoreApplication>
#include <QFileInfo>
#include <QFontMetrics>
#include <QImage>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>

#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

constexpr int kMargin = 8;
constexpr int kScreenDpi = 96;
constexpr double kPixelScale = 2;

QString tr(const char* text) { return QCoreApplication::translate("headroom::Figure", text); }

/// The drawing with its caption, on one sheet.
class Sheet {
 public:
  Sheet(Figure& figure, QString caption)
      : m_figure(figure), m_caption(std::move(caption)), m_drawing(QPoint(kMargin, kMargin), figure.figureSize()) {
    const QFontMetrics metrics(themeFont(TextRole::Axis));
    const QRect room(m_drawing.left(), m_drawing.bottom() + kMargin, m_drawing.width(), 1000);
    m_text = metrics.boundingRect(room, Qt::TextWordWrap, m_caption);
  }
  [[nodiscard]] QSize size() const { return {m_drawing.right() + kMargin, m_text.bottom() + kMargin}; }
  [[nodiscard]] const QString& caption() const { return m_caption; }

  void draw(QPaintDevice& device, double scale, bool vectors) const {
    QCPPainter painter(&device);
    painter.setMode(QCPPainter::pmVectorized, vectors);
    painter.setMode(QCPPainter::pmNoCaching);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(scale, scale);
    painter.fillRect(QRect(QPoint(0, 0), size()), Qt::white);
    painter.save();
    painter.translate(m_drawing.topLeft());
    m_figure.drawFigure(painter);
    painter.restore();
    painter.setClipping(false);
    painter.setFont(themeFont(TextRole::Axis));
    painter.setPen(QPen(PlotTheme::light().secondary));
    painter.drawText(m_text, Qt::TextWordWrap, m_caption);
  }

 private:
  Figure& m_figure;
  QString m_caption;
  QRect m_drawing;
  QRect m_text;
};

bool writePng(const Sheet& sheet, QIODevice* file) {
  QImage image(sheet.size() * kPixelScale, QImage::Format_RGB32);
  image.setText(QStringLiteral("Description"), sheet.caption());
  sheet.draw(image, kPixelScale, false);
  return image.save(file, "PNG");
}

bool writeSvg(const Sheet& sheet, QIODevice* file) {
  QSvgGenerator svg;
  svg.setOutputDevice(file);
  svg.setResolution(kScreenDpi);
  svg.setSize(sheet.size());
  svg.setViewBox(QRect(QPoint(0, 0), sheet.size()));
  svg.setTitle(sheet.caption());
  sheet.draw(svg, 1, true);
  return true;
}

bool writePdf(const Sheet& sheet, QIODevice* file) {
  constexpr double kPointsPerPixel = 72.0 / kScreenDpi;
  QPdfWriter pdf(file);
  pdf.setResolution(kScreenDpi);  // a scaled painter would stretch Qt's dashes
  pdf.setTitle(sheet.caption());
  pdf.setPageMargins({});
  pdf.setPageSize(QPageSize(QSizeF(sheet.size()) * kPointsPerPixel, QPageSize::Point, {}, QPageSize::ExactMatch));
  sheet.draw(pdf, 1, true);
  return true;
}

}  // namespace

QString saveFigure(Figure& figure, const QString& caption, const QString& path) {
  const QString kind = QFileInfo(path).suffix().toLower();
  const auto write = kind == QLatin1String("png") ? writePng : kind == QLatin1String("svg") ? writeSvg : writePdf;
  if (write == writePdf && kind != QLatin1String("pdf"))
    return tr("%1: found the ending '%2', expected png, svg or pdf").arg(path, kind);
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly)) return QStringLiteral("%1: %2").arg(path, file.errorString());
  if (write(Sheet(figure, caption), &file) && file.commit()) return {};
  return QStringLiteral("%1: %2").arg(path, file.errorString());
}

QString figureFilter() { return tr("PNG picture (*.png);;SVG drawing (*.svg);;PDF page (*.pdf)"); }

}  // namespace headroom
