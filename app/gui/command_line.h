// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <optional>

#include "widgets/plots/plot_theme.h"

namespace headroom {

/// What the program was started with.
struct CommandLine {
  QString path;  ///< a model folder or a run; empty = the sample
  QString train;
  QString dev;
  bool demo = false;
  std::optional<ThemeChoice> theme;
  QString screenshotFolder;
  std::optional<int> keep;
  std::optional<int> steps;
};

/// Something to print instead of opening a window.
struct CommandLineAnswer {
  QString text;
  int exitCode = 0;  ///< 0 for help and version, 2 for wrong usage
};

/// Fills `line`; an answer when the program is to print it and end.
[[nodiscard]] std::optional<CommandLineAnswer> parseCommandLine(const QStringList& arguments, CommandLine& line);

}  // namespace headroom
