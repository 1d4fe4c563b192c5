// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/method_table.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/methods/dsp.h"
#include "core/methods/l0.h"
#include "core/methods/lagrangian.h"
#include "core/methods/pass.h"
#include "core/methods/reopened_gates.h"
#include "core/methods/shared_gates.h"
#include "core/methods/straight_through.h"
#include "core/methods/wdpruning.h"

namespace headroom {

namespace {

using Maker = std::unique_ptr<GateMethod> (*)(const HeadLayout&, const TrainSettings&, const RunLength&);

/// A row of the table: what a method is, and how its gates are made (none for plain training).
struct Row {
  MethodInfo info;
  Maker make = nullptr;
};

std::unique_ptr<GateMethod> makePlainPass(const HeadLayout& layout, const TrainSettings& settings,
                                          const RunLength& length) {
  return makePass(layout, settings, length, false);
}
std::unique_ptr<GateMethod> makePassConc(const HeadLayout& layout, const TrainSettings& settings,
                                         const RunLength& length) {
  return makePass(layout, settings, length, true);
}

MethodInfo gated(const std::string& name, const std::string& title, const std::string& description,
                 std::vector<std::string> needs) {
  needs.insert(needs.begin(), {"labels", "gate gradient", "training"});
  return {name,
          title,
          description,
          "joint training",
          std::move(needs),
          {"one mask at K with changed weights", "order by log alpha"},
          true};
}

MethodInfo reopening(MethodInfo method) {
  method.reopens = true;
  return method;
}

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {reopening(gated("pass", "PASS", "Trains one gate a head until exactly K are open with probability 1.",
                       {"attention maps", "random numbers"})),
       makePlainPass},
      {reopening(gated("passconc", "PASSCONC", "PASS that prefers to empty whole layers.",
                       {"attention maps", "random numbers"})),
       makePassConc},
      {gated("l0", "L0 gates (Voita)",
             "Gates with the expected number of open heads as penalty, of a fixed weight; K from the top of log alpha.",
             {"random numbers"}),
       makeL0},
      {gated("lagrangian", "Lagrangian L0 (CoFi)",
             "A gate a head and a gate a block; multipliers hold the expected number of heads at K. Survivors count as "
             "1; the train/test gap shows them soft, too.",
             {"random numbers"}),
       makeLagrangian},
      {gated("dsp", "DSP", "Draws a soft choice of exactly K heads in every step, which hardens as it cools.",
             {"random numbers"}),
       makeDsp},
      {gated("ste", "Straight-through", "The K heads with the largest scores, whose gradient ignores the choice.",
             {"random numbers"}),
       makeStraightThrough},
      {gated("movement", "Movement",
             "Scores that grow where a head's weights are useful; heads close by a cubic schedule.",
             {"random numbers"}),
       makeMovement},
      {gated("wdpruning", "WDPruning",
             "Every block learns how many of its heads to keep, every head a score; no block goes below one head where "
             "K is enough for all.",
             {"random numbers"}),
       makeWdPruning},
      {{"none",
        "None",
        "Plain training of the weights, without gates: the control.",
        "joint training",
        {"labels", "training", "random numbers"},
        {"changed weights"},
        false},
       nullptr},
  };
  return table;
}

}  // namespace

const std::vector<MethodInfo>& methodTable() {
  static const std::vector<MethodInfo> table = [] {
    std::vector<MethodInfo> infos;
    for (const Row& row : rows()) infos.push_back(row.info);
    return infos;
  }();
  return table;
}

const MethodInfo& findMethod(const std::string& name) {
  const auto& table = methodTable();
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const MethodInfo& method) { return method.name == name; });
  if (found != table.end()) return *found;
  std::string names;
  for (const MethodInfo& method : table) names += (names.empty() ? "" : ", ") + method.name;
  throw Error(ErrorKind::BadInput, "method: found \"" + name + "\", expected one of " + names);
}

std::unique_ptr<GateMethod> makeGateMethod(const HeadLayout& layout, const TrainSettings& settings,
                                           const RunLength& length) {
  if (!findMethod(settings.method).gates) return nullptr;
  const HeadUnits units(layout, settings.unit);
  const bool groups = settings.unit == "group";
  if (units.count() == 0)
    throw Error(ErrorKind::BadInput, "heads to keep: found a model without heads, expected some to choose from");
  if (settings.keep < 0 || settings.keep > units.count())
    throw Error(ErrorKind::BadInput,
                std::string(groups ? "groups" : "heads").append(" to keep: found ") + std::to_string(settings.keep) +
                    ", expected 0 to " + std::to_string(units.count()) +
                    std::string(" (the ").append(groups ? "key/value heads" : "heads").append(" of this model)"));
  const auto row =
      std::find_if(rows().begin(), rows().end(), [&](const Row& each) { return each.info.name == settings.method; });
  auto gates = withReopening(row->make(units.units(), settings, length), settings, length);
  return groups ? shareGates(units, std::move(gates)) : std::move(gates);
}

}  // namespace headroom
