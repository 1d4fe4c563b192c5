// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/text/model_proto.h"

namespace headroom::test {

/// A space as SentencePiece spells it.
constexpr const char* kSpace = "\u2581";

/// <unk>, <s>, </s>, then the given pieces, each scoring less than the one before.
inline ModelDescription unigram(const std::vector<std::string>& pieces) {
  ModelDescription model;
  model.pieces = {{.text = "<unk>", .score = 0, .kind = PieceKind::Unknown},
                  {.text = "<s>", .score = 0, .kind = PieceKind::Control},
                  {.text = "</s>", .score = 0, .kind = PieceKind::Control}};
  for (const std::string& piece : pieces)
    model.pieces.push_back(
        {.text = piece, .score = -1.0F - 0.1F * static_cast<float>(model.pieces.size()), .kind = PieceKind::Normal});
  return model;
}

}  // namespace headroom::test
