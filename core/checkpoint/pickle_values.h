// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/checkpoint/tensor_info.h"

namespace headroom {

enum class PickleKind { Mark, Other, Number, Text, Tuple, List, Dict, Callable, StorageType, Storage, Tensor };
enum class PickleCallable { OrderedDict, RebuildTensor, RebuildParameter };

/// One value of the pickle. Values refer to each other by number in one array, so cycles cost nothing and
/// nothing recurses.
struct PickleNode {
  PickleKind kind = PickleKind::Other;
  Dtype dtype = Dtype::F32;
  PickleCallable callable = PickleCallable::OrderedDict;
  std::int64_t number = 0;  ///< Number; Storage: elements
  std::string_view text;    ///< Text; Storage: key. Points into the pickle
  std::vector<int> items;   ///< Tuple; Dict: key, value, ...; Tensor: storage, offset, shape, strides
};

/// The value of a global that a state dict may name; nothing for every other one.
[[nodiscard]] std::optional<PickleNode> allowedPickleGlobal(std::string_view module, std::string_view name);

}  // namespace headroom
