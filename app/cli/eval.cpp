// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "core/checkpoint/mask_file.h"
#include "core/jobs/type_disagreement.h"

namespace headroom::cli {

namespace {

/// BLEU is what translations are judged by; what was measured on the references' own tokens comes after it.
void addTranslationMetrics(EvalResult& measured, const TranslationReport& report) {
  measured.others.insert(measured.others.begin(), {report.chrf, measured.metric});
  measured.metric = report.bleu;
}

}  // namespace

Registered addEval(CLI::App& app) {
  struct Options {
    std::string model, data, mask;
    ColumnOptions columns;
    std::int64_t maxExamples = 0;
    int maxLength = 128, beams = 0;
  };
  auto options = std::make_shared<Options>();
  CLI::App* parser = app.add_subcommand("eval", "What the model scores on its task's data, with intervals");
  parser->add_option("MODEL", options->model, "Model folder or run file")->required();
  parser
      ->add_option(
          "--data", options->data,
          "Labelled texts (TSV, CSV, JSON lines), plain text, parallel text (a table, or SOURCE,TARGET), or images")
      ->required();
  parser->add_option("--mask", options->mask, "headroom-mask/1 file");
  parser->add_option("--max-examples", options->maxExamples, "At most so many, chosen at random");
  parser->add_option("--max-length", options->maxLength, "Tokens an example")->capture_default_str();
  parser->add_option("--beams", options->beams, "Of translations, 1 = greedy (default: the model's own)")
      ->check(CLI::Range(1, 1024));
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            Workspace workspace(common.compute);
            const ModelSummary model = openModel(workspace, {options->model}, context);
            const DataSummary data = openData(workspace,
                                              {"", options->data, options->columns.texts, options->columns.label,
                                               options->maxLength, options->maxExamples},
                                              context);
            EvaluateMaskRequest request;
            request.compareWithFull = false;
            if (!options->mask.empty()) request.mask = readMaskFile(options->mask, model.layout);
            EvalResult measured = evaluateMask(workspace, request, context);
            const auto disagreement = measureTypeDisagreement(workspace, measured.mask, context);
            if (model.task == "seq2seq-lm")
              addTranslationMetrics(
                  measured, translateDev(workspace, {request.mask, options->beams, options->maxLength}, context));
            Result result;
            result.json = {{"metric", measured.metric.name},       {"value", measured.metric.value},
                           {"low", measured.metric.low},           {"high", measured.metric.high},
                           {"examples", measured.metric.examples}, {"loss", measured.loss},
                           {"kept", measured.mask.keptCount()},    {"kept_kv", measured.mask.keptKeyValueCount()},
                           {"mask_hash", measured.mask.hash()},    {"skipped_rows", data.dev.skipped}};
            for (const MetricValue& other : measured.others)
              result.json["others"].push_back({{"metric", other.name},
                                               {"value", other.value},
                                               {"low", other.low},
                                               {"high", other.high},
                                               {"examples", other.examples}});
            result.text = (measured.metric.name == "bleu" ? describePlain(measured.metric)
                                                          : measured.metric.name + " " + describe(measured.metric)) +
                          "\nloss " + std::to_string(measured.loss) + " nat, " +
                          std::to_string(measured.mask.keptCount()) + " heads kept" + keyValuesText(measured.mask) +
                          ", mask " + measured.mask.hash() + "\n";
            for (const MetricValue& other : measured.others) result.text += describePlain(other) + "\n";
            for (const auto& [reason, rows] : data.dev.skipped)
              result.text += std::to_string(rows) + " rows skipped: " + reason + "\n";
            if (disagreement) {
              result.json["disagreement"] = toJson(*disagreement);
              result.text += describe(*disagreement);
            }
            return result;
          }};
}

}  // namespace headroom::cli
