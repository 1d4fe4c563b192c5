// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace headroom {

/// A question with the place of its first answer.
struct PlacedQuestion {
  Question question;
  TextSpan answer;  ///< bytes of the context; empty where the text does not answer
};

/// Reads SQuAD's JSON. Questions none of whose answers stand where the file says are counted in `skipped`. Throws Error
/// when the file is no such JSON.
[[nodiscard]] std::vector<PlacedQuestion> readSquad(const std::string& path, const std::string& content,
                                                    std::map<std::string, std::int64_t>& skipped);

}  // namespace headroom
