// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/curve_csv.h"

#include <sstream>

namespace headroom {

std::string curveCsv(const Curve& curve) {
  std::ostringstream csv;
  csv.precision(10);
  csv << "heads kept,accuracy,low,high,examples,difference to unpruned,difference low,difference high,loss "
         "[nat],trained,key/value heads kept\n";
  for (const CurvePoint& p : curve.points)
    csv << p.kept << ',' << p.metric.value << ',' << p.metric.low << ',' << p.metric.high << ',' << p.metric.examples
        << ',' << p.toFull.value << ',' << p.toFull.low << ',' << p.toFull.high << ',' << p.loss << ','
        << (p.trained ? 1 : 0) << ',' << curve.maskFor(p.kept).keptKeyValueCount() << '\n';
  return csv.str();
}

}  // namespace headroom
