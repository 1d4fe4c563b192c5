// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/text/byte_bpe.h"
#include "core/text/tokenizer_json.h"

namespace headroom {

/// Byte-level BPE from FOLDER/vocab.json and FOLDER/merges.txt, with the settings of tokenizer_config.json where there
/// is one. A vocabulary with <s> and </s> frames its texts as RoBERTa and BART do, any other as GPT-2: not at all.
[[nodiscard]] std::shared_ptr<const Tokenizer> openByteBpeVocabulary(const std::string& folder, int vocabularySize);

/// Byte-level BPE from a tokenizer.json of kind BPE.
[[nodiscard]] std::shared_ptr<const Tokenizer> openByteBpeJson(const TokenizerFile& source);

/// The merges of a tokenizer.json: each "a b" or ["a", "b"]. Throws Error for others, and where pieces bear marks.
[[nodiscard]] MergeList mergesOf(const TokenizerFile& source);

}  // namespace headroom
