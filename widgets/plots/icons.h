// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>

namespace headroom {

enum class IconName { Play, Pause, Stop, OpenModel, OpenData, Save, Undo, Redo, Previous, Next, Close, Copy };

/// Our own SVG in the palette's text colour (grey when disabled), repainted when the palette changes.
[[nodiscard]] QIcon themeIcon(IconName name);
/// The same in the colour that reads on the accent, for the primary button.
[[nodiscard]] QIcon themeIconOnAccent(IconName name);
/// The program's icon, in its own colours.
[[nodiscard]] QIcon applicationIcon();

}  // namespace headroom
