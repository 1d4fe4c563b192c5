// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include "app/cli/command_line.h"
#include "core/checkpoint/weight_names.h"

namespace headroom::cli {

namespace {

nlohmann::ordered_json blocksJson(const HeadLayout& layout) {
  auto blocks = nlohmann::ordered_json::array();
  for (const AttentionBlock& block : layout.blocks())
    blocks.push_back({{"stack", block.id.stack == Stack::Encoder ? "encoder" : "decoder"},
                      {"kind", block.id.kind == AttentionKind::Self ? "self" : "cross"},
                      {"layer", block.id.layer},
                      {"heads", block.heads},
                      {"kv_heads", block.kvHeads}});
  return blocks;
}

/// " on 2 key/value heads", where query heads share them.
std::string keyValueText(const AttentionBlock& block) {
  if (block.kvHeads == block.heads) return "";
  return " on " + std::to_string(block.kvHeads) + (block.kvHeads == 1 ? " key/value head" : " key/value heads");
}

/// The same for the whole model.
std::string keyValuesText(const HeadLayout& layout) {
  return layout.grouped() ? " on " + std::to_string(layout.keyValueHeadCount()) + " key/value heads" : "";
}

Result describe(const ModelSummary& model) {
  Result result;
  result.json = {{"family", model.family},
                 {"task", model.task},
                 {"blocks", blocksJson(model.layout)},
                 {"parameters", model.parameters},
                 {"head_dim", model.headDim},
                 {"hidden", model.hidden},
                 {"layers", model.layers},
                 {"heads", model.layout.headCount()},
                 {"kv_heads", model.layout.keyValueHeadCount()},
                 {"vocabulary", model.vocabulary},
                 {"max_positions", model.maxPositions},
                 {"labels", model.labels},
                 {"weight_bytes", model.weightBytes},
                 {"already_pruned", model.alreadyPruned}};
  std::ostringstream text;
  text << model.name << ": " << model.family << ", " << model.task << "\n"
       << model.layers << " layers, " << model.layout.headCount() << " heads of " << model.headDim
       << keyValuesText(model.layout) << ", hidden " << model.hidden << "\n"
       << model.parameters << " parameters, " << model.weightBytes << " bytes of weights\n"
       << model.labels.size() << " labels, vocabulary " << model.vocabulary << ", at most " << model.maxPositions
       << " tokens\n"
       << (model.alreadyPruned ? "already pruned" : "not pruned") << "\n";
  for (int block = 0; block < model.layout.blockCount(); ++block)
    text << "  " << blockLabel(model.layout.blocks()[static_cast<size_t>(block)].id, model.layout.onlyOneKind()) << ": "
         << model.layout.headsIn(block) << " heads" << keyValueText(model.layout.blocks()[static_cast<size_t>(block)])
         << "\n";
  result.text = text.str();
  return result;
}

}  // namespace

Registered addInfo(CLI::App& app) {
  auto path = std::make_shared<std::string>();
  CLI::App* parser = app.add_subcommand("info", "What a model folder holds, before its weights are read");
  parser->add_option("MODEL", *path, "Model folder or run file")->required();
  return {parser, [path](const CommonOptions&, const JobContext&) {
            const ModelSummary model = describeModel(*path);
            Result result = describe(model);
            const std::vector<std::string> missing =
                resolveWeights(*openWeights(model.path), readModelConfig(model.path), true).missing;
            result.json["missing"] = missing;
            if (!missing.empty())
              result.text +=
                  "no trained classifier (" + missing.front() + " is missing): train one first (train --method none)\n";
            return result;
          }};
}

}  // namespace headroom::cli
