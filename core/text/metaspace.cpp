// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/metaspace.h"

namespace headroom {

Metaspace readMetaspace(const Json& step, const std::string& path) {
  if (typeOf(step) != "Metaspace") refuseField(path, "pre_tokenizer", shown(step), "Metaspace");
  const auto spelled = member<std::string>(step, "replacement", kSpelledSpace, path);
  if (spelled != kSpelledSpace)
    refuseField(path, "pre_tokenizer.replacement", shown(Json(spelled)),
                "U+2581; other spellings of a space are not supported");
  const auto scheme = member<std::string>(step, "prepend_scheme", "always", path);
  if (scheme != "always" && scheme != "first" && scheme != "never")
    refuseField(path, "pre_tokenizer.prepend_scheme", shown(Json(scheme)), "always, first or never");
  Metaspace out;
  out.cutsAtSpaces = member(step, "split", true, path);
  if (scheme == "never" || !member(step, "add_prefix_space", true, path)) {
    out.prefix = SpacePrefix::Never;
  } else if (scheme == "first") {
    out.prefix = SpacePrefix::First;
  }
  return out;
}

}  // namespace headroom
