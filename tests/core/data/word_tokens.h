// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/text/tokenizer.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom::test {

/// "a" to "e" are 3 to 7, other words 1; texts end with id 2, padding is 0. With `first`, texts begin with id 8.
inline std::shared_ptr<const Tokenizer> wordTokens(bool first = false) {
  const std::string a = R"({"Sequence": {"id": "A", "type_id": 0}})", b = R"({"Sequence": {"id": "B", "type_id": 0}})";
  const std::string token =
      first ? R"({"SpecialToken": {"id": "<s>", "type_id": 0}})" : R"({"SpecialToken": {"id": "</s>", "type_id": 0}})";
  const std::string single = first ? token + "," + a : a + "," + token;
  const std::string pair = first ? token + "," + a + "," + b : a + "," + b + "," + token;
  const TemporaryFolder folder;
  folder.write(
      "tokenizer.json",
      R"({"model": {"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<pad>": 0, "<unk>": 1, "</s>": 2, "a": 3,
                   "b": 4, "c": 5, "d": 6, "e": 7, "<s>": 8}}, "pre_tokenizer": {"type": "WhitespaceSplit"},
                   "post_processor": {"type": "TemplateProcessing", "single": [)" +
          single + R"(], "pair": [)" + pair + "]}}");
  return openTokenizer(folder.path(), 0);
}

}  // namespace headroom::test
