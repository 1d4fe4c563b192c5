// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pickle_values.h"

#include <array>

namespace headroom {
namespace {

struct StorageName {
  std::string_view name;
  Dtype dtype;
};
constexpr std::array<StorageName, 10> kStorages{{{"DoubleStorage", Dtype::F64},
                                                 {"FloatStorage", Dtype::F32},
                                                 {"HalfStorage", Dtype::F16},
                                                 {"BFloat16Storage", Dtype::BF16},
                                                 {"LongStorage", Dtype::I64},
                                                 {"IntStorage", Dtype::I32},
                                                 {"ShortStorage", Dtype::I16},
                                                 {"CharStorage", Dtype::I8},
                                                 {"ByteStorage", Dtype::U8},
                                                 {"BoolStorage", Dtype::Bool}}};

}  // namespace

std::optional<PickleNode> allowedPickleGlobal(std::string_view module, std::string_view name) {
  PickleNode node;
  node.kind = PickleKind::Callable;
  if (module == "collections" && name == "OrderedDict") return node;
  node.callable = PickleCallable::RebuildTensor;
  if (module == "torch._utils" && name == "_rebuild_tensor_v2") return node;
  node.callable = PickleCallable::RebuildParameter;
  if (module == "torch._utils" && name == "_rebuild_parameter") return node;
  if (module != "torch") return std::nullopt;
  node.kind = PickleKind::StorageType;
  for (const StorageName& storage : kStorages) {
    node.dtype = storage.dtype;
    if (storage.name == name) return node;
  }
  return std::nullopt;
}

}  // namespace headroom
