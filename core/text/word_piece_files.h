// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/text/tokenizer.h"

namespace headroom {

/// WordPiece from FOLDER/vocab.txt, with the settings of FOLDER/tokenizer_config.json where there is one.
[[nodiscard]] std::shared_ptr<const Tokenizer> openWordPieceVocabulary(const std::string& folder, int vocabularySize);

/// WordPiece from FOLDER/tokenizer.json. Throws Error when the file describes another kind of tokenizer.
[[nodiscard]] std::shared_ptr<const Tokenizer> openWordPieceJson(const std::string& folder, int vocabularySize);

}  // namespace headroom
