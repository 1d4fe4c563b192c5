// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/generate/generate.h"
#include "core/jobs/model_input_file.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

GenerateReport generateText(Workspace& workspace, const GenerateRequest& request, const JobContext& context) {
  Workspace::State& state = workspace.state();
  const Transformer& current = state.requireModel();
  const Transformer model = request.mask ? state.forEvaluation(current, *request.mask) : state.forEvaluation(current);
  GenerationConfig config = readGenerationConfig(state.summary.path, model.config());
  if (request.beams > 0) config.beams = request.beams;
  if (request.maxLength > 0) {
    config.maxLength = request.maxLength;
    config.maxNewTokens = 0;
  }
  if (request.lengthPenalty) config.lengthPenalty = *request.lengthPenalty;
  const ModelInput input = readModelInput(request.inputsPath, model.config(), state.device, false);
  const std::vector<TokenSequence> rows = generate(model, input, config, context);
  requireMappedFilesIntact();
  writeSafetensors(request.outputsPath, {tensorToWrite("sequences", padded(rows, config.padId))});
  GenerateReport report;
  report.sequences = static_cast<std::int64_t>(rows.size());
  for (const TokenSequence& row : rows) report.tokens += static_cast<std::int64_t>(row.size());
  return report;
}

}  // namespace headroom
