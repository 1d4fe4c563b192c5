// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/data/dataset.h"

namespace headroom {

struct MaskedTextRequest {
  std::string path = {};
  int maxLength = 128;           ///< tokens a window, special tokens included
  std::int64_t maxExamples = 0;  ///< a fixed random choice of that many windows; 0 = all
  std::uint64_t seed = 0;        ///< of what is masked
};

/// Plain text in windows of which 15 % of the tokens are to be found out, as BERT was trained (Devlin et al. 2019): of
/// these 80 % are replaced by the mask token, 10 % by a random one, 10 % stay. The choice depends on the seed and the
/// window alone, so that every model and every mask of heads is asked the same. Throws Error when the tokenizer has no
/// mask token or the text is empty.
[[nodiscard]] Dataset openMaskedText(const MaskedTextRequest& request, const Tokenizer& tokenizer,
                                     const JobContext& context = {});

}  // namespace headroom
