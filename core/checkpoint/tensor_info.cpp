// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/tensor_info.h"

#include <array>

namespace headroom {
namespace {

struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  std::int64_t size;
};
constexpr std::array<DtypeRow, 10> kDtypes{{{Dtype::F64, "F64", 8},
                                            {Dtype::F32, "F32", 4},
                                            {Dtype::F16, "F16", 2},
                                            {Dtype::BF16, "BF16", 2},
                                            {Dtype::I64, "I64", 8},
                                            {Dtype::I32, "I32", 4},
                                            {Dtype::I16, "I16", 2},
                                            {Dtype::I8, "I8", 1},
                                            {Dtype::U8, "U8", 1},
                                            {Dtype::Bool, "BOOL", 1}}};

}  // namespace

std::int64_t dtypeSize(Dtype dtype) { return kDtypes[static_cast<size_t>(dtype)].size; }

std::string_view dtypeName(Dtype dtype) { return kDtypes[static_cast<size_t>(dtype)].name; }

std::optional<Dtype> dtypeFromName(std::string_view name) {
  for (const DtypeRow& row : kDtypes)
    if (row.name == name) return row.dtype;
  return std::nullopt;
}

bool isFloating(Dtype dtype) {
  return dtype == Dtype::F64 || dtype == Dtype::F32 || dtype == Dtype::F16 || dtype == Dtype::BF16;
}

std::optional<std::int64_t> elementCount(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(count, size, &count)) return std::nullopt;
  return count;
}

std::optional<std::int64_t> tensorBytes(Dtype dtype, const std::vector<std::int64_t>& shape) {
  const auto count = elementCount(shape);
  std::int64_t bytes = 0;
  if (!count || __builtin_mul_overflow(*count, dtypeSize(dtype), &bytes)) return std::nullopt;
  return bytes;
}

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

}  // namespace headroom
