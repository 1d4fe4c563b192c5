// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/figure.h"

#include <qcustomplot.h>

#include <QCoreApplication>
#include <QFileInfo>
#include <QFontMetrics>
#include <QImage>
#include <QPdfWriter>
#include <QPicture>
#include <QSaveFile>
#include <QSvgGenerator>
#include <QThreadPool>

#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

constexpr int kMargin = 8;
constexpr int kScreenDpi = 96;
constexpr double kPixelScale = 2;
constexpr double kMmAnInch = 25.4, kPrintDpi = 300;

QString tr(const char* text) { return QCoreApplication::translate("headroom::Figure", text); }

/// A drawing with its caption, recorded so that any thread can play it onto any device.
struct Sheet {
  QPicture drawing;
  QSize size;
  QString caption;
  double widthMm = 0;  ///< 0 = as on screen

  /// Of the drawing on paper.
  [[nodiscard]] double scale() const { return widthMm > 0 ? widthMm / kMmAnInch * kScreenDpi / size.width() : 1; }

  void play(QPaintDevice& device, double scale) const {
    QPainter painter(&device);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.scale(scale, scale);
    painter.fillRect(QRect(QPoint(0, 0), size), Qt::white);
    painter.drawPicture(0, 0, drawing);
  }
};

Sheet record(Figure& figure, const QString& caption, double widthMm) {
  const QRect drawing(QPoint(kMargin, kMargin), figure.figureSize());
  const QFont font = themeFont(TextRole::Axis);
  const QRect room(drawing.left(), drawing.bottom() + kMargin, drawing.width(), 1000);
  const QRect text = QFontMetrics(font).boundingRect(room, Qt::TextWordWrap, caption);
  Sheet sheet{QPicture(), QSize(drawing.right() + kMargin, text.bottom() + kMargin), caption, widthMm};
  QCPPainter painter(&sheet.drawing);
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.save();
  painter.translate(drawing.topLeft());
  figure.drawFigure(painter);
  painter.restore();
  painter.setClipping(false);
  painter.setFont(font);
  painter.setPen(QPen(PlotTheme::light().secondary));
  painter.drawText(text, Qt::TextWordWrap, caption);
  return sheet;
}

QImage toImage(const Sheet& sheet) {
  const double scale = sheet.widthMm > 0 ? sheet.scale() * kPrintDpi / kScreenDpi : kPixelScale;
  QImage image((QSizeF(sheet.size) * scale).toSize(), QImage::Format_RGB32);
  if (sheet.widthMm > 0) {
    image.setDotsPerMeterX(qRound(kPrintDpi / kMmAnInch * 1000));
    image.setDotsPerMeterY(qRound(kPrintDpi / kMmAnInch * 1000));
  }
  image.setText(QStringLiteral("Description"), sheet.caption);
  image.fill(Qt::white);
  sheet.play(image, scale);
  return image;
}

bool writePng(const Sheet& sheet, QIODevice* file) { return toImage(sheet).save(file, "PNG"); }

bool writeSvg(const Sheet& sheet, QIODevice* file) {
  QSvgGenerator svg;
  svg.setOutputDevice(file);
  svg.setResolution(kScreenDpi);
  svg.setSize((QSizeF(sheet.size) * sheet.scale()).toSize());
  svg.setViewBox(QRect(QPoint(0, 0), sheet.size));
  svg.setTitle(sheet.caption);
  sheet.play(svg, 1);
  return true;
}

bool writePdf(const Sheet& sheet, QIODevice* file) {
  constexpr double kPointsPerPixel = 72.0 / kScreenDpi;
  QPdfWriter pdf(file);
  pdf.setResolution(qRound(kScreenDpi / sheet.scale()));  // a scaled painter would stretch Qt's dashes
  pdf.setTitle(sheet.caption);
  pdf.setPageMargins({});
  pdf.setPageSize(
      QPageSize(QSizeF(sheet.size) * kPointsPerPixel * sheet.scale(), QPageSize::Point, {}, QPageSize::ExactMatch));
  sheet.play(pdf, sheet.scale() * pdf.resolution() / kScreenDpi);
  return true;
}

QString write(const Sheet& sheet, const QString& path) {
  const QString kind = QFileInfo(path).suffix().toLower();
  const auto writer = kind == QLatin1String("png") ? writePng : kind == QLatin1String("svg") ? writeSvg : writePdf;
  if (writer == writePdf && kind != QLatin1String("pdf"))
    return tr("%1: found the ending '%2', expected png, svg or pdf").arg(path, kind);
  QSaveFile file(path);
  const bool written = file.open(QIODevice::WriteOnly) && writer(sheet, &file) && file.commit();
  return written ? QString() : QStringLiteral("%1: %2").arg(path, file.errorString());
}

}  // namespace

QImage figureImage(Figure& figure, const QString& caption) { return toImage(record(figure, caption, 0)); }

void saveFigure(Figure& figure, const QString& caption, const QString& path, double widthMm,
                const std::function<void(const QString& failure)>& done) {
  QThreadPool::globalInstance()->start([sheet = record(figure, caption, widthMm), path, done] {
    const QString failure = write(sheet, path);
    QMetaObject::invokeMethod(
        qApp, [done, failure] { done(failure); }, Qt::QueuedConnection);
  });
}

QString figureFilter() { return tr("PNG picture (*.png);;SVG drawing (*.svg);;PDF page (*.pdf)"); }

}  // namespace headroom
