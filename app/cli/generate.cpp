// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/checkpoint/mask_file.h"

namespace headroom::cli {

namespace {

/// What both ways of writing take is in `common`.
GenerateReport sampled(Workspace& workspace, WriteTextsRequest request, const GenerateRequest& common,
                       std::uint64_t seed, const JobContext& context) {
  request.outPath = common.outputsPath;
  request.mask = common.mask;
  request.maxLength = common.maxLength;
  request.seed = seed;
  return writeTexts(workspace, request, context);
}

}  // namespace

Registered addGenerate(CLI::App& app) {
  struct Options {
    std::string model, mask;
    GenerateRequest request;
    double lengthPenalty = 1;
    bool sample = false;
    WriteTextsRequest sampling;
  };
  auto options = std::make_shared<Options>();
  GenerateRequest& request = options->request;
  CLI::App* parser = app.add_subcommand(
      "generate", "Continues or translates token sequences by greedy or beam search, or writes texts at random");
  parser->add_option("MODEL", options->model, "Model folder or run file")->required();
  CLI::Option* inputs = parser->add_option("--inputs", request.inputsPath, "Safetensors: input_ids, attention_mask");
  parser->add_option("--outputs", request.outputsPath, "Safetensors to write: sequences; with --sample plain text")
      ->required();
  CLI::Option* beams =
      parser->add_option("--beams", request.beams, "1 = greedy (default: the model's own)")->check(CLI::Range(1, 1024));
  parser->add_option("--max-length", request.maxLength, "Tokens, the beginning included (default: the model's own)")
      ->check(CLI::Range(1, 65536));
  CLI::Option* penalty = parser->add_option("--length-penalty", options->lengthPenalty,
                                            "Exponent of the length that scores are divided by");
  parser->add_option("--mask", options->mask, "headroom-mask/1 file");
  WriteTextsRequest& sampling = options->sampling;
  CLI::Option* sample =
      parser->add_flag("--sample", options->sample, "Write texts of a decoder by drawing tokens at random, by --seed")
          ->excludes(inputs)
          ->excludes(beams)
          ->excludes(penalty);
  parser->add_option("--count", sampling.count, "Texts to write")
      ->needs(sample)
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  parser->add_option("--prompt", sampling.prompt, "What every text begins with (default: the beginning of a text)")
      ->needs(sample);
  parser->add_option("--temperature", sampling.temperature, "Divides the logits; 0 = always the most probable token")
      ->needs(sample)
      ->capture_default_str();
  parser->add_option("--top-k", sampling.topK, "Draw from the k most probable tokens only (default: all)")
      ->needs(sample)
      ->check(CLI::Range(1, 1 << 30));
  return {parser, [options, inputs, penalty](const CommonOptions& common, const JobContext& context) {
            if (!options->sample && inputs->count() == 0)
              throw Error(ErrorKind::Usage, "--inputs: found none, expected a file of token ids (or --sample)");
            Workspace workspace(common.compute);
            const ModelSummary model = openModel(workspace, {options->model}, context);
            if (!options->mask.empty()) options->request.mask = readMaskFile(options->mask, model.layout);
            if (penalty->count() > 0) options->request.lengthPenalty = options->lengthPenalty;
            const GenerateReport report =
                options->sample ? sampled(workspace, options->sampling, options->request, common.seed, context)
                                : generateText(workspace, options->request, context);
            Result result;
            result.json = {
                {"sequences", report.sequences}, {"tokens", report.tokens}, {"outputs", options->request.outputsPath}};
            result.text = std::to_string(report.sequences) + " sequences, " + std::to_string(report.tokens) +
                          " tokens: " + options->request.outputsPath + "\n";
            return result;
          }};
}

}  // namespace headroom::cli
