// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compared_methods.h"

#include "core/base/error.h"
#include "core/jobs/score_heads.h"
#include "core/methods/method_table.h"

namespace headroom {

MethodVariant variantOf(const std::string& name) {
  const size_t plus = name.find('+');
  if (plus == std::string::npos) return {name, std::nullopt};
  const std::string option = name.substr(plus + 1), method = name.substr(0, plus);
  if ((option != "reopen" && option != "no-reopen") || isScoringMethod(method) || !findMethod(method).gates)
    throw Error(ErrorKind::BadInput,
                "compare: found method \"" + name + "\", expected one that trains gates before +reopen or +no-reopen");
  return {method, option == "reopen"};
}

std::vector<MethodInfo> comparedMethods() {
  std::vector<MethodInfo> methods = allMethods();
  for (const MethodInfo& method : methodTable()) {
    if (!method.gates) continue;
    methods.push_back(method);
    methods.back().name += method.reopens ? "+no-reopen" : "+reopen";
    methods.back().title += method.reopens ? " without reopening" : " with reopening";
  }
  return methods;
}

}  // namespace headroom
