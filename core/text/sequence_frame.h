// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/tokenizer.h"
#include "core/text/tokenizer_json.h"

namespace headroom {

/// The special tokens that a tokenizer.json's post_processor puts around texts: BertProcessing, RobertaProcessing,
/// TemplateProcessing, ByteLevel (none), or a sequence of these. Throws Error for others, and for ids that are no
/// token's.
[[nodiscard]] SequenceFrame frameOf(const TokenizerFile& source, const Vocabulary& vocabulary);

}  // namespace headroom
