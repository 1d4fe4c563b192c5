// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDate>
#include <QString>
#include <QStringList>

#include "core/base/snapshots.h"

namespace headroom {

/// A bundled sample's model folder: beside the program, in the installed data folder, or in a source tree above the
/// program; empty when there is none.
[[nodiscard]] QString findSample(const QString& name = QStringLiteral("sentiment-bert"));

/// Where runs are kept unless the user says otherwise: the XDG data folder.
[[nodiscard]] QString defaultRunFolder();

/// "2026-11-23_sentiment-bert_passconc_k12_s1.h5" in `folder`, with -2, -3, ... where that exists: nothing is
/// overwritten.
[[nodiscard]] QString newRunPath(const QString& folder, const QString& model, const TrainSettings& settings,
                                 QDate date);

/// What sets one comparison of the same model on the same data apart from another.
struct CampaignSettings {
  int steps = 0;
  int maxLength = 0;  ///< tokens an example
  std::string unit = "head";
  std::string dtype = "float32";  ///< that masks are evaluated in
};

/// Where the window keeps the campaign that compares methods on this model and these data: the same folder for the same
/// comparison.
[[nodiscard]] QString campaignFolder(const QString& folder, const ModelSummary& model, const DataSummary& data,
                                     const CampaignSettings& settings);

struct DataPair {
  QString train;  ///< empty = none
  QString dev;
};
/// train.tsv, dev.tsv and their like in a model's folder or in its data/: tables, plain text, images as IDX files.
[[nodiscard]] DataPair findDataBeside(const QString& folder);
/// Which of one or two chosen files is which, by their names; what was not chosen stays as it was in `current`.
[[nodiscard]] DataPair pairDataFiles(const QStringList& chosen, const DataPair& current);

enum class PathKind { ModelFolder, Run, Data, Unknown };
/// What dropping or naming this path opens.
[[nodiscard]] PathKind kindOfPath(const QString& path);

}  // namespace headroom
