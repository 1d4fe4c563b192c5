// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/known_places.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QStandardPaths>

namespace headroom {

namespace {

/// build/release/bin is three levels below the source tree; one more allows for another layout of the build folder.
constexpr int kLevelsAbove = 4;

bool isDevName(const QString& path) {
  static const QRegularExpression word(QStringLiteral("(^|[^a-z])(dev|val|valid|validation|test|eval)"),
                                       QRegularExpression::CaseInsensitiveOption);
  return word.match(QFileInfo(path).fileName()).hasMatch();
}

QString firstExisting(const QString& folder, const QStringList& stems) {
  for (const QString& place : {folder, folder + QStringLiteral("/data")}) {
    for (const QString& stem : stems) {
      for (const char* ending : {".tsv", ".csv", ".jsonl", ".txt", "-images-idx3-ubyte", "-images-idx3-ubyte.gz"}) {
        const QString path = QStringLiteral("%1/%2%3").arg(place, stem, QLatin1String(ending));
        if (QFileInfo(path).isFile()) return path;
      }
    }
  }
  return {};
}

/// Only what is safe in a file name on every system.
QString fileNamePart(QString text) {
  static const QRegularExpression unsafe(QStringLiteral("[^A-Za-z0-9.-]+"));
  return text.replace(unsafe, QStringLiteral("-")).left(60);
}

}  // namespace

QString findSample(const QString& name) {
  const QString here = QCoreApplication::applicationDirPath(), sample = QStringLiteral("sample_models/") + name;
  QStringList candidates{here + QStringLiteral("/../share/headroom/") + sample};
  QString up = here;
  for (int level = 0; level <= kLevelsAbove; ++level, up += QStringLiteral("/..")) candidates += up + '/' + sample;
  for (const QString& data : QStandardPaths::standardLocations(QStandardPaths::GenericDataLocation))
    candidates += data + QStringLiteral("/headroom/") + sample;
  for (const QString& candidate : candidates) {
    if (QFileInfo::exists(candidate + QStringLiteral("/config.json"))) return QDir::cleanPath(candidate);
  }
  return {};
}

QString defaultRunFolder() {
  return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/headroom/runs");
}

QString newRunPath(const QString& folder, const QString& model, const TrainSettings& settings, QDate date) {
  const QString stem = QStringLiteral("%1/%2_%3_%4_k%5_s%6")
                           .arg(folder, date.toString(Qt::ISODate), fileNamePart(model),
                                fileNamePart(QString::fromStdString(settings.method)))
                           .arg(settings.keep)
                           .arg(settings.seed);
  QString path = stem + QStringLiteral(".h5");
  for (int n = 2; QFileInfo::exists(path) || QFileInfo::exists(path + QStringLiteral(".checkpoints")); ++n)
    path = QStringLiteral("%1-%2.h5").arg(stem).arg(n);
  return path;
}

namespace {

/// When the model's weights were written: a model that was trained in place is another one.
QString weightsWritten(const QString& folder) {
  for (const char* name : {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"}) {
    const QFileInfo file(folder + QLatin1Char('/') + QLatin1String(name));
    if (file.exists()) return QString::number(file.lastModified().toMSecsSinceEpoch());
  }
  return {};
}

}  // namespace

QString campaignFolder(const QString& folder, const ModelSummary& model, const DataSummary& data,
                       const CampaignSettings& settings) {
  // Whatever makes it another campaign makes it another folder: the window cannot ask for one.
  std::string identity = model.path + "\n" + weightsWritten(QString::fromStdString(model.path)).toStdString() +
                         data.train.path + data.train.sha256 + "\n" + data.dev.path + data.dev.sha256 + "\n" +
                         std::to_string(settings.steps) + "\n" + std::to_string(settings.maxLength);
  for (const DataFileSummary* file : {&data.train, &data.dev}) {
    for (const std::string& column : file->textColumns) identity += "\n" + column;
    identity += "\n" + file->labelColumn + "\n" + std::to_string(file->examples);
  }
  if (settings.dtype != "float32") identity += "\n" + settings.dtype;
  const QByteArray digest =
      QCryptographicHash::hash(QByteArray::fromStdString(identity), QCryptographicHash::Sha256).toHex().left(8);
  const QString name =
      QStringLiteral("%1/compare_%2_%3").arg(folder, QString::fromStdString(model.name), QString::fromLatin1(digest));
  return settings.unit == "group" ? name + QStringLiteral("_groups") : name;
}

DataPair findDataBeside(const QString& folder) {
  return {firstExisting(folder, {QStringLiteral("train")}),
          firstExisting(folder, {QStringLiteral("dev"), QStringLiteral("validation"), QStringLiteral("valid"),
                                 QStringLiteral("test")})};
}

DataPair pairDataFiles(const QStringList& chosen, const DataPair& current) {
  if (chosen.size() == 1) {
    return isDevName(chosen.front()) ? DataPair{current.train, chosen.front()} : DataPair{chosen.front(), current.dev};
  }
  if (chosen.size() < 2) return current;
  const bool firstIsDev = isDevName(chosen[0]) && !isDevName(chosen[1]);
  return firstIsDev ? DataPair{chosen[1], chosen[0]} : DataPair{chosen[0], chosen[1]};
}

PathKind kindOfPath(const QString& path) {
  const QFileInfo info(path);
  const QString suffix = info.suffix().toLower();
  if (info.isDir()) return PathKind::ModelFolder;
  if (!info.isFile()) return PathKind::Unknown;
  if (suffix == QLatin1String("h5") || suffix == QLatin1String("hdf5")) return PathKind::Run;
  if (QStringList{"tsv", "csv", "jsonl", "json", "txt", "gz", "bin"}.contains(suffix) ||
      info.fileName().contains(QLatin1String("-ubyte")))
    return PathKind::Data;
  return PathKind::Unknown;
}

}  // namespace headroom
