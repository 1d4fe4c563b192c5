// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "core/checkpoint/mask_file.h"

namespace headroom::cli {

Registered addGenerate(CLI::App& app) {
  struct Options {
    std::string model, mask;
    GenerateRequest request;
    double lengthPenalty = 1;
  };
  auto options = std::make_shared<Options>();
  GenerateRequest& request = options->request;
  CLI::App* parser = app.add_subcommand("generate", "Continues or translates token sequences by greedy or beam search");
  parser->add_option("MODEL", options->model, "Model folder or run file")->required();
  parser->add_option("--inputs", request.inputsPath, "Safetensors: input_ids, attention_mask")->required();
  parser->add_option("--outputs", request.outputsPath, "Safetensors to write: sequences")->required();
  parser->add_option("--beams", request.beams, "1 = greedy (default: the model's own)")->check(CLI::Range(1, 1024));
  parser->add_option("--max-length", request.maxLength, "Tokens, the beginning included (default: the model's own)")->check(CLI::Range(1, 65536));
  const CLI::Option* penalty = parser->add_option("--length-penalty", options->lengthPenalty, "Exponent of the length that scores are divided by");
  parser->add_option("--mask", options->mask, "headroom-mask/1 file");
  return {parser, [options, penalty](const CommonOptions& common, const JobContext& context) {
            Workspace workspace(common.compute);
            const ModelSummary model = openModel(workspace, {options->model}, context);
            if (!options->mask.empty()) options->request.mask = readMaskFile(options->mask, model.layout);
            if (penalty->count() > 0) options->request.lengthPenalty = options->lengthPenalty;
            const GenerateReport report = generateText(workspace, options->request, context);
            Result result;
            result.json = {{"sequences", report.sequences}, {"tokens", report.tokens}, {"outputs", options->request.outputsPath}};
            result.text = std::to_string(report.sequences) + " sequences, " + std::to_string(report.tokens) + " tokens: " + options->request.outputsPath + "\n";
            return result;
          }};
}

}  // namespace headroom::cli
