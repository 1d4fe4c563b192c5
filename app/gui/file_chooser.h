// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <functional>

class QWidget;

namespace headroom {

struct FileQuestion {
  enum class Kind { Folder, Files, SaveFile, NewFolder };
  Kind kind = Kind::Folder;
  QString topic;  ///< "model", "data", "run", ...: each remembers its own folder
  QString title;
  QString filter;     ///< "Runs (*.h5)"
  QString suggested;  ///< name to begin with
};

/// Asks for files and calls back with the answer, never when the user cancels. Tests answer in its place.
using FileChooser =
    std::function<void(QWidget* parent, const FileQuestion& question, std::function<void(const QStringList&)> chosen)>;

/// The platform's own dialog, without a nested event loop.
[[nodiscard]] FileChooser platformFileChooser();

}  // namespace headroom
