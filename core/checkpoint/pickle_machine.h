// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/tensor_info.h"

namespace headroom {

/// A tensor as a pickled state dict describes it: a strided view of a storage, everything in elements.
struct PickledTensor {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::string storage;  ///< the storage's key: the archive's member data/KEY
  std::int64_t storageElements = 0;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// Reads the pickle of a state dict (dict or OrderedDict of tensors) without executing anything: only the opcodes that
/// such a pickle needs, only collections.OrderedDict, torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter
/// and torch.*Storage. Anything else throws Error(BadFile), beginning with `path`, that names it and the remedy. Linear
/// in time and memory. Shapes and strides are non-negative and of one length; whether they fit the storage is the
/// caller's to check.
[[nodiscard]] std::vector<PickledTensor> readPickledStateDict(std::string_view pickle, const std::string& path);

}  // namespace headroom
