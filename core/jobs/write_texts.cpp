// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/generation_config.h"
#include "core/generate/sampling.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

constexpr const char* kBetween = "<|endoftext|>\n";  ///< what openTextStream() takes for a text's end

void check(const WriteTextsRequest& request, const ModelConfig& model) {
  const auto require = [](bool good, const std::string& what, const std::string& found, const std::string& expected) {
    if (!good) throw Error(ErrorKind::BadInput, what + ": found " + found + ", expected " + expected);
  };
  require(model.task == Task::CausalLm, "sample", "a model for " + taskName(model.task), "one that continues text");
  require(request.count >= 1, "count", std::to_string(request.count), "1 or more texts");
  require(request.temperature >= 0 && std::isfinite(request.temperature), "temperature",
          std::to_string(request.temperature), "0 (always the most probable token) or more");
  require(request.topK >= 0, "top-k", std::to_string(request.topK), "1 or more tokens (0 = all)");
  require(request.maxLength >= 0 && request.maxLength <= model.maxPositions, "max length",
          std::to_string(request.maxLength),
          "1 to " + std::to_string(model.maxPositions) + " tokens, the model's positions (0 = all of them)");
}

/// The token that a text begins with, and the prompt.
TokenSequence beginningOf(const std::string& prompt, const Tokenizer& tokenizer, const ModelConfig& model) {
  TokenSequence beginning;
  if (model.bosId >= 0) beginning.push_back(model.bosId);
  if (!prompt.empty())
    for (const int id : tokenizer.encode(prompt)) beginning.push_back(id);
  if (beginning.empty())
    throw Error(ErrorKind::BadInput,
                model.path + ": bos_token_id: found none, expected the token that a text begins with; give a prompt");
  return beginning;
}

}  // namespace

GenerateReport writeTexts(Workspace& workspace, const WriteTextsRequest& request, const JobContext& context) {
  Workspace::State& state = workspace.state();
  const Transformer& current = state.requireModel();
  const ModelConfig& config = current.config();
  check(request, config);
  const auto tokenizer = openTokenizer(state.summary.path, config.vocabulary);
  const TokenSequence beginning = beginningOf(request.prompt, *tokenizer, config);
  const GenerationConfig own = readGenerationConfig(state.summary.path, config);
  SamplingConfig sampling{request.temperature,
                          request.topK,
                          request.maxLength > 0 ? request.maxLength : config.maxPositions,
                          {},
                          request.seed};
  // A new beginning ends a text too: models that saw one text after another write it.
  for (const int id : {own.eosId, config.bosId})
    if (id >= 0) sampling.ends.push_back(id);
  sampling.ends.insert(sampling.ends.end(), own.otherEosIds.begin(), own.otherEosIds.end());
  AtomicFile file(request.outPath);  // made now: a place that cannot be written to is said before the work
  const Transformer model = request.mask ? state.forEvaluation(current, *request.mask) : state.forEvaluation(current);
  const std::vector<TokenSequence> texts = sampleTexts(model, beginning, request.count, sampling, context);
  requireMappedFilesIntact();
  GenerateReport report;
  for (const TokenSequence& text : texts) {
    const std::vector<int> ids(text.begin() + (config.bosId >= 0 ? 1 : 0), text.end());
    if (report.sequences++ > 0) file.write(std::string_view(kBetween));
    file.write(tokenizer->decode(ids) + "\n");
    report.tokens += static_cast<std::int64_t>(text.size());
  }
  file.commit();
  return report;
}

}  // namespace headroom
