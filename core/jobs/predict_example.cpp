// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/predict_example.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/checkpoint/generation_config.h"
#include "core/generate/generate.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

/// Names of what the probabilities are of, and which one is right.
struct Outcomes {
  std::vector<std::string> names;
  int right = -1;
};

std::vector<Choice> mostProbable(const torch::Tensor& logits, const Outcomes& outcomes, int most) {
  const torch::Tensor probabilities = torch::softmax(logits.to(torch::kCPU, torch::kFloat64), -1).contiguous();
  const auto sorted = probabilities.topk(std::min<std::int64_t>(most, probabilities.numel()));
  std::vector<Choice> choices;
  for (std::int64_t i = 0; i < std::get<0>(sorted).numel(); ++i) {
    const auto outcome = std::get<1>(sorted)[i].item<std::int64_t>();
    choices.push_back({outcomes.names.at(static_cast<size_t>(outcome)), std::get<0>(sorted)[i].item<double>(),
                       outcome == outcomes.right});
  }
  return choices;
}

class ExampleReader {
 public:
  ExampleReader(const Workspace::State& state, const Dataset& data, size_t index)
      : m_state(state), m_data(data), m_example(data.examples[index]), m_index(index) {}

  void describe(ExamplePrediction& found) const {
    found.text = m_example.text;
    found.second = m_data.kind == DataKind::ParallelText ? "" : m_example.second;
    if (ofTokens()) found.text = shownTokens();
    if (m_data.kind == DataKind::ParallelText) found.expected = m_example.second;
    if (m_data.images) {
      const ImageShape& shape = m_data.images->shape;
      const auto pixels = m_data.images->image(m_index);
      found.image = ExampleImage{shape.channels, shape.height, shape.width, {pixels.begin(), pixels.end()}};
    }
    if (m_data.kind == DataKind::ParallelText) return;
    const Outcomes all = outcomes();
    if (all.right >= 0) found.expected = all.names.at(static_cast<size_t>(all.right));
  }

  [[nodiscard]] Outcomes outcomes() const {
    if (!ofTokens()) return {m_data.labels, m_example.label};
    Outcomes tokens;
    for (int id = 0; id < m_state.tokenizer->size(); ++id) tokens.names.push_back(m_state.tokenizer->token(id));
    const size_t at = static_cast<size_t>(position());
    const int target = at < m_example.targets.size() ? m_example.targets[at] : kNoTarget;
    tokens.right = target == kNoTarget ? -1 : target;
    return tokens;
  }

  /// What the prediction is of, where the logits [length, vocabulary] have one a position; else the logits themselves.
  [[nodiscard]] torch::Tensor predicted(const torch::Tensor& logits) const {
    return ofTokens() ? logits[position()] : logits;
  }

 private:
  [[nodiscard]] bool ofTokens() const {
    return m_data.kind == DataKind::TextStream || m_data.kind == DataKind::MaskedText;
  }
  /// The text as the model sees it, [?] where a token is hidden.
  [[nodiscard]] std::string shownTokens() const {
    if (m_data.kind == DataKind::TextStream) return m_state.tokenizer->decode(m_example.ids);
    std::string text;
    std::vector<int> seen;
    const auto append = [&text](const std::string& part) { text += (text.empty() || part.empty() ? "" : " ") + part; };
    for (size_t i = 0; i < m_example.ids.size(); ++i) {
      if (i >= m_example.targets.size() || m_example.targets[i] == kNoTarget) {
        seen.push_back(m_example.ids[i]);
        continue;
      }
      append(m_state.tokenizer->decode(std::exchange(seen, {})));
      append("[?]");
    }
    append(m_state.tokenizer->decode(seen));
    return text;
  }

  /// The last token of a stream, the first that is hidden of a masked text.
  [[nodiscard]] std::int64_t position() const {
    const auto length = static_cast<std::int64_t>(m_example.ids.size());
    if (m_data.kind == DataKind::TextStream) return length - 1;
    const auto hidden = std::find_if(m_example.targets.begin(), m_example.targets.end(),
                                     [](const auto& target) { return target != kNoTarget; });
    return hidden == m_example.targets.end() ? 0 : hidden - m_example.targets.begin();
  }

  const Workspace::State& m_state;
  const Dataset& m_data;
  const Example& m_example;
  size_t m_index;
};

std::string translation(const Workspace::State& state, const Transformer& model, const ModelInput& input,
                        const JobContext& context) {
  GenerationConfig config = readGenerationConfig(state.summary.path, model.config());
  config.maxLength = std::min(config.maxLength > 0 ? config.maxLength : 128, model.config().maxPositions);
  const TokenSequence row = generate(model, input, config, context).front();
  std::vector<int> ids;
  for (size_t i = 1; i < row.size() && !config.ends(row[i]); ++i) ids.push_back(static_cast<int>(row[i]));
  return state.tokenizer->decode(ids);
}

}  // namespace

ExamplePrediction predictExample(Workspace& workspace, const PredictExampleRequest& request,
                                 const JobContext& context) {
  const torch::NoGradGuard noGrad;
  Workspace::State& state = workspace.state();
  const Transformer& current = state.requireModel();
  const Dataset& data = state.requireDev().data();
  const auto count = static_cast<std::int64_t>(data.examples.size());
  if (request.index < 0 || request.index >= count)
    throw Error(ErrorKind::BadInput,
                "example: found " + std::to_string(request.index) + ", expected 0 to " + std::to_string(count - 1));
  if (request.mask.layout() != current.layout())
    throw Error(ErrorKind::BadInput, "mask: it is for a model with other heads than the one that is open");
  if (data.kind == DataKind::Regression || data.kind == DataKind::Answers)
    throw Error(ErrorKind::BadInput,
                "example: found data with numbers or answers, expected classes, text, translations or images");

  ExamplePrediction found;
  found.index = request.index;
  found.count = count;
  found.maskHash = request.mask.hash();
  const ExampleReader reader(state, data, static_cast<size_t>(request.index));
  reader.describe(found);
  const int row = static_cast<int>(request.index);
  const ModelInput input =
      toDevice(data, std::span(&row, 1), batchSettings(current.config(), state.summary.path), state.device)
          .input.to(state.evaluationType);
  const auto predict = [&](const HeadMask& mask) {
    context.checkStop();
    const Transformer model = state.forEvaluation(current, mask);
    if (data.kind == DataKind::ParallelText) return Prediction{{}, translation(state, model, input, context)};
    const torch::Tensor logits = model.forward(input).logits[0];
    return Prediction{mostProbable(reader.predicted(logits), reader.outcomes(), request.mostChoices), {}};
  };
  found.full = predict(HeadMask(current.layout()));
  found.masked = predict(request.mask);
  return found;
}

}  // namespace headroom
