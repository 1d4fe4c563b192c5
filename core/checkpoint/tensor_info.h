// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// Element types that checkpoints may hold.
enum class Dtype { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool };

/// Bytes an element.
[[nodiscard]] std::int64_t dtypeSize(Dtype dtype);
/// The safetensors spelling: "F32", "BF16", "BOOL".
[[nodiscard]] std::string_view dtypeName(Dtype dtype);
[[nodiscard]] std::optional<Dtype> dtypeFromName(std::string_view name);
[[nodiscard]] bool isFloating(Dtype dtype);

/// What a checkpoint's header says about a tensor. `bytes` is the product of `shape` and the element size, checked.
struct TensorInfo {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<std::int64_t> shape;
  std::int64_t bytes = 0;
  bool operator==(const TensorInfo&) const = default;
};

/// Product of `shape`; nothing when a size is negative or the product does not fit.
[[nodiscard]] std::optional<std::int64_t> elementCount(const std::vector<std::int64_t>& shape);
/// Bytes of a tensor; nothing when that overflows.
[[nodiscard]] std::optional<std::int64_t> tensorBytes(Dtype dtype, const std::vector<std::int64_t>& shape);
/// "[64, 256]", for messages.
[[nodiscard]] std::string shapeText(const std::vector<std::int64_t>& shape);

}  // namespace headroom
