// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/text/tokenizer.h"
#include "core/text/tokenizer_json.h"

namespace headroom {

/// WordPiece from FOLDER/vocab.txt, with the settings of FOLDER/tokenizer_config.json where there is one.
[[nodiscard]] std::shared_ptr<const Tokenizer> openWordPieceVocabulary(const std::string& folder, int vocabularySize);

/// WordPiece from a tokenizer.json of that kind.
[[nodiscard]] std::shared_ptr<const Tokenizer> openWordPieceJson(const TokenizerFile& source);

}  // namespace headroom
