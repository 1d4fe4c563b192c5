// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/data/translation_metrics.h"
#include "core/generate/generate.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

/// A translation's own tokens: without its start and what follows its end.
std::vector<int> written(const TokenSequence& row, const GenerationConfig& config) {
  std::vector<int> ids;
  for (size_t i = 1; i < row.size() && !config.ends(row[i]); ++i) ids.push_back(static_cast<int>(row[i]));
  return ids;
}

}  // namespace

TranslationReport translateDev(Workspace& workspace, const TranslateRequest& request, const JobContext& context) {
  Workspace::State& state = workspace.state();
  const EvaluationSet& data = state.requireDev();
  const Transformer& current = state.requireModel();
  if (current.config().task != Task::Seq2SeqLm)
    throw Error(ErrorKind::BadInput,
                "translate: found a model for " + taskName(current.config().task) + ", expected one that translates");
  const Transformer model = request.mask ? state.forEvaluation(current, *request.mask) : state.forEvaluation(current);
  GenerationConfig config = readGenerationConfig(state.summary.path, model.config());
  config.maxLength = std::min(request.maxLength, model.config().maxPositions);
  if (request.beams > 0) config.beams = request.beams;
  TranslationReport report;
  report.translations.resize(data.data().examples.size());
  std::int64_t done = 0;
  for (const EvaluationBatch& batch : data.batches()) {
    context.checkStop();
    const std::vector<TokenSequence> rows = generate(model, batch.input, config, context);
    for (size_t row = 0; row < rows.size(); ++row)
      report.translations[static_cast<size_t>(batch.examples[row])] =
          state.tokenizer->decode(written(rows[row], config));
    done += batch.input.rows();
    context.report({"translating", done, data.exampleCount(), -1});
  }
  requireMappedFilesIntact();
  std::vector<std::string> references;
  for (const Example& example : data.data().examples) references.push_back(example.second);
  report.bleu = bleuWithInterval(report.translations, references);
  report.chrf = chrfWithInterval(report.translations, references);
  return report;
}

}  // namespace headroom
