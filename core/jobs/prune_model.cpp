// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/checkpoint/config_type.h"
#include "core/checkpoint/hf_folder.h"
#include "core/checkpoint/mask_file.h"
#include "core/checkpoint/pruned_config.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/prune/surgery.h"

namespace headroom {

namespace {

constexpr std::int64_t kComparedExamples = 64;
constexpr double kTolerance = 1e-4;

/// An input that any model of this kind takes, the same each time.
ModelInput randomInput(const ModelConfig& config, torch::Device device) {
  Rng rng(1);
  const auto ids = [&] {
    torch::Tensor tokens = torch::empty({kComparedExamples, std::min(16, config.maxPositions)}, torch::kInt64);
    for (std::int64_t i = 0; i < tokens.numel(); ++i)
      tokens.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(config.vocabulary)));
    return tokens.to(device);
  };
  ModelInput input;
  if (config.task == Task::ImageClassification) {
    const std::int64_t side = config.patch.imageSize;
    input.pixels = torch::empty({kComparedExamples, config.patch.channels, side, side});
    for (std::int64_t i = 0; i < input.pixels.numel(); ++i) input.pixels.data_ptr<float>()[i] = static_cast<float>(rng.normal());
    input.pixels = input.pixels.to(device);
    return input;
  }
  input.ids = ids();
  if (config.task == Task::Seq2SeqLm) input.decoderIds = ids();
  return input;
}

/// Batches to compare on: the dev set's first micro-batches, or random ids where no data are open.
std::vector<ModelInput> comparisonBatches(const Workspace::State& state) {
  std::vector<ModelInput> batches;
  std::int64_t rows = 0;
  if (state.evaluation)
    for (const EvaluationBatch& batch : state.evaluation->batches()) {
      if (rows >= kComparedExamples) break;
      const std::int64_t take = std::min(kComparedExamples - rows, batch.input.rows());
      batches.push_back(batch.input.narrow(0, take));
      rows += take;
    }
  if (rows > 0) return batches;
  return {randomInput(state.requireModel().config(), state.device)};
}

torch::Tensor maskGates(const HeadMask& mask, torch::Device device) {
  torch::Tensor gates = torch::empty({mask.headCount()});
  for (int head = 0; head < mask.headCount(); ++head) gates[head] = mask.kept(head) ? 1.f : 0.f;
  return gates.to(device);
}

/// How the model written to `folder` differs from the open one under the mask.
void compareWritten(const std::string& folder, const Workspace::State& state, const HeadMask& mask, PruneReport& report) {
  const torch::NoGradGuard noGrad;
  const ModelConfig config = readModelConfig(folder);
  const Transformer written(config, Parameters::load(*openWeights(folder), config, state.device));
  ForwardOptions masked;
  masked.gates = maskGates(mask, state.device);
  for (const ModelInput& batch : comparisonBatches(state)) {
    const torch::Tensor expected = state.requireModel().forward(batch, masked).logits, found = written.forward(batch).logits;
    report.maxAbsDiff = std::max(report.maxAbsDiff, (expected - found).abs().max().item<double>());
    report.samePredictions += expected.argmax(-1).eq(found.argmax(-1)).sum().item<std::int64_t>();
    report.examples += expected.argmax(-1).numel();
  }
  requireMappedFilesIntact();
  report.parameters = written.parameters().count();
  if (!(report.maxAbsDiff <= kTolerance))
    throw Error(ErrorKind::Numerical, report.path + ": the reopened model differs from the masked one by " +
                                          std::to_string(report.maxAbsDiff) + ", expected at most 0.0001; nothing was kept");
}

}  // namespace

PruneReport pruneModel(Workspace& workspace, const PruneRequest& request, const JobContext& context) {
  const Workspace::State& state = workspace.state();
  const Transformer& model = state.requireModel();
  if (request.mask.layout() != model.layout())
    throw Error(ErrorKind::BadInput, "mask: it is for a model with other heads than the one that is open");
  if (request.form != "compact" && request.form != "zeroed")
    throw Error(ErrorKind::BadInput, "form: found \"" + request.form + "\", expected zeroed or compact");
  PruneReport report;
  report.path = request.outPath;
  report.form = request.form;
  report.fullParameters = model.parameters().count();

  HfFolderWriter folder(request.outPath, request.overwrite);
  context.checkStop();
  if (request.form == "compact") {
    const Transformer cut = compact(model, request.mask);
    folder.writeConfig(withStoredType(cut.config().json, model.parameters().storedType()));
    folder.writeWeights(cut.parameters().toWrite());
  } else {
    folder.writeConfig(withStoredType(model.config().json, model.parameters().storedType()));
    folder.writeWeights(zeroed(model, request.mask).toWrite());
  }
  folder.copySideFiles(state.summary.path);
  folder.writeFile("headroom_mask.json", maskToJson(request.mask) + "\n");
  context.checkStop();
  compareWritten(folder.stagingPath(), state, request.mask, report);
  report.bytes = static_cast<std::int64_t>(std::filesystem::file_size(folder.stagingPath() + "/model.safetensors"));
  folder.commit();
  return report;
}

}  // namespace headroom
