// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "core/checkpoint/mask_file.h"

namespace headroom::cli {

Registered addForward(CLI::App& app) {
  struct Options {
    std::string model, mask;
    ForwardRequest request;
  };
  auto options = std::make_shared<Options>();
  CLI::App* parser = app.add_subcommand("forward", "One forward pass; tensors are named as in Hugging Face");
  parser->add_option("MODEL", options->model, "Model folder or run file")->required();
  parser->add_option("--inputs", options->request.inputsPath, "Safetensors: input_ids, attention_mask, token_type_ids")
      ->required();
  parser->add_option("--outputs", options->request.outputsPath, "Safetensors to write")->required();
  parser->add_option("--mask", options->mask, "headroom-mask/1 file");
  parser->add_flag("--hidden-states", options->request.hiddenStates, "Also hidden_states.N");
  parser->add_flag("--attentions", options->request.attentions, "Also attentions.N");
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            Workspace workspace(common.compute);
            const ModelSummary model = openModel(workspace, {options->model}, context);
            if (!options->mask.empty()) options->request.mask = readMaskFile(options->mask, model.layout);
            const std::vector<std::string> names = forwardPass(workspace, options->request);
            Result result;
            result.json["outputs"] = names;
            for (const std::string& name : names) result.text += name + "\n";
            return result;
          }};
}

}  // namespace headroom::cli
