// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/method_table.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/methods/pass.h"
#include "core/methods/shared_gates.h"

namespace headroom {

const std::vector<MethodInfo>& methodTable() {
  static const std::vector<MethodInfo> table{
      {"pass", "PASS", "Trains one gate a head until exactly K are open with probability 1.", "joint training",
       {"labels", "training", "attention maps", "random numbers"}, {"one mask at K with changed weights", "order by log alpha"}, true},
      {"passconc", "PASSCONC", "PASS that prefers to empty whole layers.", "joint training",
       {"labels", "training", "attention maps", "random numbers"}, {"one mask at K with changed weights", "order by log alpha"}, true},
      {"none", "None", "Plain training of the weights, without gates: the control.", "joint training",
       {"labels", "training", "random numbers"}, {"changed weights"}, false},
  };
  return table;
}

const MethodInfo& findMethod(const std::string& name) {
  const auto& table = methodTable();
  const auto found = std::find_if(table.begin(), table.end(), [&](const MethodInfo& method) { return method.name == name; });
  if (found != table.end()) return *found;
  std::string names;
  for (const MethodInfo& method : table) names += (names.empty() ? "" : ", ") + method.name;
  throw Error(ErrorKind::BadInput, "method: found \"" + name + "\", expected one of " + names);
}

std::unique_ptr<GateMethod> makeGateMethod(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length) {
  if (!findMethod(settings.method).gates) return nullptr;
  const HeadUnits units(layout, settings.unit);
  const bool groups = settings.unit == "group";
  if (settings.keep < 0 || settings.keep > units.count())
    throw Error(ErrorKind::BadInput, std::string(groups ? "groups" : "heads").append(" to keep: found ") + std::to_string(settings.keep) +
                                         ", expected 0 to " + std::to_string(units.count()) +
                                         std::string(" (the ").append(groups ? "key/value heads" : "heads").append(" of this model)"));
  auto gates = makePass(units.units(), settings, length, settings.method == "passconc");
  return groups ? shareGates(units, std::move(gates)) : std::move(gates);
}

}  // namespace headroom
