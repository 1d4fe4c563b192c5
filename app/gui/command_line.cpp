// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/command_line.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QMap>

namespace headroom {

namespace {

QString usageText(const char* text) { return QCoreApplication::translate("CommandLine", text); }

CommandLineAnswer wrongUsage(const QString& text) {
  return {QStringLiteral("headroom: %1\n%2\n").arg(text, usageText("Try 'headroom --help'.")), 2};
}

void addOptions(QCommandLineParser& parser) {
  parser.setApplicationDescription(usageText("Find out which attention heads a transformer needs."));
  parser.addPositionalArgument(QStringLiteral("model"),
                               usageText("A model folder in Hugging Face layout, or a run (.h5)."),
                               QStringLiteral("[MODEL_OR_RUN]"));
  parser.addOptions({
      {"data-train", usageText("Training data: a table, plain text, or images."), "file"},
      {"data-dev", usageText("Dev data."), "file"},
      {"demo", usageText("Start a PASSCONC run on the bundled sample by itself.")},
      {"theme", usageText("light, dark or system."), "name"},
      {"screenshot-folder",
       usageText("Implies --demo: save pictures of the window opened, training and done there, then end."), "folder"},
      {"keep", usageText("Heads to keep."), "K"},
      {"steps", usageText("Optimiser steps."), "n"},
  });
  parser.addHelpOption();
  parser.addVersionOption();
}

std::optional<CommandLineAnswer> readNumber(const QCommandLineParser& parser, const QString& option, int least,
                                            std::optional<int>& number) {
  if (!parser.isSet(option)) return {};
  bool fine = false;
  const int value = parser.value(option).toInt(&fine);
  if (!fine || value < least)
    return wrongUsage(
        usageText("--%1: found '%2', expected a whole number from %3").arg(option, parser.value(option)).arg(least));
  number = value;
  return {};
}

}  // namespace

std::optional<CommandLineAnswer> parseCommandLine(const QStringList& arguments, CommandLine& line) {
  QCommandLineParser parser;
  addOptions(parser);
  if (!parser.parse(arguments)) return wrongUsage(parser.errorText());
  if (parser.isSet("help")) return CommandLineAnswer{parser.helpText(), 0};
  if (parser.isSet("version"))
    return CommandLineAnswer{QStringLiteral("headroom %1\n").arg(QCoreApplication::applicationVersion()), 0};
  if (parser.positionalArguments().size() > 1) return wrongUsage(usageText("expected at most one model or run"));
  line.path = parser.positionalArguments().value(0);
  line.train = parser.value("data-train");
  line.dev = parser.value("data-dev");
  line.screenshotFolder = parser.value("screenshot-folder");
  line.demo = parser.isSet("demo") || !line.screenshotFolder.isEmpty();
  if (parser.isSet("theme")) {
    const QMap<QString, ThemeChoice> themes{
        {"system", ThemeChoice::System}, {"light", ThemeChoice::Light}, {"dark", ThemeChoice::Dark}};
    const auto found = themes.constFind(parser.value("theme"));
    if (found == themes.constEnd())
      return wrongUsage(usageText("--theme: found '%1', expected light, dark or system").arg(parser.value("theme")));
    line.theme = *found;
  }
  if (auto wrong = readNumber(parser, "keep", 0, line.keep)) return wrong;
  return readNumber(parser, "steps", 1, line.steps);
}

}  // namespace headroom
