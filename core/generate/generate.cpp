// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/generate/generate.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/generate/beam_search.h"

namespace headroom {

namespace {

/// What each row begins with.
std::vector<TokenSequence> beginnings(const Transformer& model, const ModelInput& input,
                                      const GenerationConfig& config) {
  if (model.config().stack(Stack::Encoder)) {
    if (config.startId < 0)
      throw Error(ErrorKind::BadInput,
                  "generation: decoder_start_token_id: found none, expected the token that a text begins with");
    return std::vector<TokenSequence>(static_cast<size_t>(input.rows()), TokenSequence{config.startId});
  }
  if (input.mask.defined() && !input.mask.all().item<bool>())
    throw Error(ErrorKind::BadInput,
                "attention_mask: found padding, expected prompts of equal length; continue the others apart");
  const torch::Tensor ids = input.ids.to(torch::kCPU).contiguous();
  std::vector<TokenSequence> rows;
  for (std::int64_t row = 0; row < ids.size(0); ++row) {
    const std::int64_t* begin = ids[row].data_ptr<std::int64_t>();
    rows.emplace_back(begin, begin + ids.size(1));
  }
  return rows;
}

torch::Tensor toIds(const std::vector<TokenSequence>& rows, torch::Device device) {
  std::vector<std::int64_t> flat;
  for (const TokenSequence& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return torch::tensor(flat, torch::kInt64).view({static_cast<std::int64_t>(rows.size()), -1}).to(device);
}

torch::Tensor lastTokens(const std::vector<TokenSequence>& rows, torch::Device device) {
  std::vector<std::int64_t> last;
  for (const TokenSequence& row : rows) last.push_back(row.back());
  return torch::tensor(last, torch::kInt64).view({-1, 1}).to(device);
}

std::vector<TokenSequence> greedySearch(const Transformer& model, const ModelInput& input,
                                        std::vector<TokenSequence> rows, const GenerationConfig& config,
                                        const JobContext& context) {
  const torch::Device device = input.ids.device();
  DecodingState state = model.beginDecoding(input);
  torch::Tensor next = toIds(rows, device);
  std::vector<bool> ended(rows.size(), false);
  while (static_cast<int>(rows.front().size()) < config.maxLength &&
         std::find(ended.begin(), ended.end(), false) != ended.end()) {
    context.checkStop();
    torch::Tensor scores = model.decode(next, {}, state).to(torch::kCPU, torch::kFloat32).contiguous();
    applyTokenRules(config, rows, scores);
    const torch::Tensor best = scores.argmax(1);
    for (size_t row = 0; row < rows.size(); ++row) {
      const std::int64_t token = ended[row] ? config.padId : best[static_cast<std::int64_t>(row)].item<std::int64_t>();
      rows[row].push_back(token);
      if (config.ends(token)) ended[row] = true;
    }
    next = lastTokens(rows, device);
    context.yield();
  }
  return rows;
}

}  // namespace

std::vector<TokenSequence> generate(const Transformer& model, const ModelInput& input, const GenerationConfig& settings,
                                    const JobContext& context) {
  const torch::NoGradGuard noGrad;
  if (!model.config().stack(Stack::Decoder) || !predictsTokens(model.config().task))
    throw Error(ErrorKind::BadInput,
                "generate: found a model for " + taskName(model.config().task) + ", expected one that writes text");
  std::vector<TokenSequence> rows = beginnings(model, input, settings);
  const GenerationConfig config = settings.after(static_cast<int>(rows.front().size()));
  if (config.beams == 1) return greedySearch(model, input, std::move(rows), config, context);

  const torch::Device device = input.ids.device();
  DecodingState state = model.beginDecoding(input);
  BeamSearch search(rows, model.config().vocabulary, config);
  state.select(search.initialOrder().to(device));
  torch::Tensor next = toIds(search.sequences(), device);
  while (!search.done()) {
    context.checkStop();
    const torch::Tensor logits = model.decode(next, {}, state).to(torch::kCPU, torch::kFloat32);
    const torch::Tensor order = search.advance(torch::log_softmax(logits, -1));
    state.select(order.to(device));
    next = lastTokens(search.sequences(), device);
    context.yield();
  }
  return search.best();
}

torch::Tensor padded(const std::vector<TokenSequence>& rows, int padId) {
  size_t longest = 0;
  for (const TokenSequence& row : rows) longest = std::max(longest, row.size());
  torch::Tensor out =
      torch::full({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(longest)}, padId, torch::kInt64);
  for (size_t row = 0; row < rows.size(); ++row)
    std::copy(rows[row].begin(), rows[row].end(), out[static_cast<std::int64_t>(row)].data_ptr<std::int64_t>());
  return out;
}

}  // namespace headroom
