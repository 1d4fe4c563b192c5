// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QWidget;

namespace headroom {

struct PlotTheme;

/// The application's style sheet: flat panels, tool buttons, sliders, scroll bars. Widgets choose a look by properties:
/// primary=true, segment=first|middle|last|only, quiet=true on buttons; textRole=secondary, dimmed=true on labels.
[[nodiscard]] QString styleSheetOf(const PlotTheme& theme);
/// Sets such a property and lets the style sheet take notice.
void setLook(QWidget* widget, const char* property, const QVariant& value);

}  // namespace headroom
