// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/file_chooser.h"

#include <QFileDialog>
#include <QRegularExpression>
#include <QSettings>

namespace headroom {

namespace {

/// A name without an ending gets the one of the chosen kind: "(*.svg)" gives "svg".
void completeNames(QFileDialog* dialog) {
  const auto complete = [dialog](const QString& filter) {
    static const QRegularExpression ending(QStringLiteral("\\*\\.(\\w+)"));
    dialog->setDefaultSuffix(ending.match(filter).captured(1));
  };
  complete(dialog->selectedNameFilter());
  QObject::connect(dialog, &QFileDialog::filterSelected, dialog, complete);
}

}  // namespace

FileChooser platformFileChooser() {
  return [](QWidget* parent, const FileQuestion& question, std::function<void(const QStringList&)> chosen) {
    using Kind = FileQuestion::Kind;
    auto* dialog = new QFileDialog(parent, question.title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    const QString key = QStringLiteral("folders/") + question.topic;
    dialog->setDirectory(QSettings().value(key).toString());
    const bool saves = question.kind == Kind::SaveFile || question.kind == Kind::NewFolder;
    dialog->setAcceptMode(saves ? QFileDialog::AcceptSave : QFileDialog::AcceptOpen);
    dialog->setFileMode(question.kind == Kind::Folder  ? QFileDialog::Directory
                        : question.kind == Kind::Files ? QFileDialog::ExistingFiles
                                                       : QFileDialog::AnyFile);
    if (question.kind == Kind::Folder) dialog->setOption(QFileDialog::ShowDirsOnly);
    if (!question.filter.isEmpty()) dialog->setNameFilter(question.filter);
    if (question.kind == Kind::SaveFile) completeNames(dialog);
    if (!question.suggested.isEmpty()) dialog->selectFile(question.suggested);
    QObject::connect(dialog, &QFileDialog::accepted, parent, [dialog, key, answer = std::move(chosen)] {
      QSettings().setValue(key, dialog->directory().absolutePath());
      answer(dialog->selectedFiles());
    });
    dialog->open();
  };
}

}  // namespace headroom
