// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/checkpoint/config_type.h"
#include "core/checkpoint/hf_folder.h"
#include "core/checkpoint/mask_file.h"
#include "core/checkpoint/pruned_config.h"
#include "core/export/onnx_file.h"
#include "core/export/onnx_inputs.h"
#include "core/export/transformer_graph.h"
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
      tokens.data_ptr<std::int64_t>()[i] =
          static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(config.vocabulary)));
    return tokens.to(device);
  };
  ModelInput input;
  if (config.task == Task::ImageClassification) {
    const std::int64_t side = config.patch.imageSize;
    input.pixels = torch::empty({kComparedExamples, config.patch.channels, side, side});
    for (std::int64_t i = 0; i < input.pixels.numel(); ++i)
      input.pixels.data_ptr<float>()[i] = static_cast<float>(rng.normal());
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

/// Puts each pruned head's value bias in the place of its output, [batch, heads, query, d].
torch::Tensor atRest(const Transformer& model, const HeadMask& mask, int block, const torch::Tensor& outputs) {
  const AttentionWeights& weights = model.attention(block);
  const AttentionBlock& shape = mask.layout().blocks()[static_cast<size_t>(block)];
  torch::Tensor replaced = outputs.clone();
  for (int head = 0; head < shape.heads; ++head)
    if (!mask.kept(HeadId{block, head}))
      replaced.select(1, head).copy_(
          as(weights.value.bias, outputs).narrow(0, shape.keyValueOf(head) * weights.headDim, weights.headDim));
  return replaced;
}

/// What the written model has to compute: the open one whose pruned heads say nothing, or their value bias.
ForwardOptions reference(const Transformer& model, const PruneRequest& request, torch::Device device) {
  ForwardOptions options;
  if (!request.foldValueBias) {
    options.gates = maskGates(request.mask, device);
  } else {
    options.outputs = [&model, &request](int block, const torch::Tensor& outputs) {
      return atRest(model, request.mask, block, outputs);
    };
  }
  return options;
}

/// A model read back from what was written.
struct Reopened {
  std::function<torch::Tensor(const ModelInput&)> logits;
  std::int64_t parameters = 0;
};

Reopened reopenFolder(const std::string& folder, torch::Device device) {
  const ModelConfig config = readModelConfig(folder);
  const Transformer written(config, Parameters::load(*openWeights(folder), config, device));
  return {[written](const ModelInput& batch) { return written.forward(batch).logits; }, written.parameters().count()};
}

ModelInput onCpu(const ModelInput& batch) {
  const auto moved = [](const torch::Tensor& x) { return x.defined() ? x.to(torch::kCPU) : x; };
  return {moved(batch.ids),        moved(batch.mask),        moved(batch.types),
          moved(batch.decoderIds), moved(batch.decoderMask), moved(batch.pixels)};
}

Reopened reopenOnnx(const std::vector<std::string>& files, const Transformer& cut, torch::Device device) {
  OnnxGraphs graphs;
  for (const std::string& file : files) graphs[std::filesystem::path(file).stem().string()] = readOnnxFile(file);
  return {[graphs, config = cut.config(), device](const ModelInput& batch) {
            return onnxLogits(graphs, config, onCpu(batch)).to(device);
          },
          cut.parameters().count()};
}

/// A difference to what is no number would be none.
void requireNumbers(const torch::Tensor& logits, std::int64_t first, const PruneReport& report,
                    const std::string& whose) {
  const torch::Tensor fine = logits.isfinite().flatten(1).all(1);
  if (fine.all().item<bool>()) return;
  const auto row = fine.to(torch::kInt64).argmin().item<std::int64_t>();
  throw Error(ErrorKind::Numerical,
              report.path + ": example " + std::to_string(first + row) + " of the comparison: " + whose +
                  "'s logits are no numbers, expected some; its weights have diverged; nothing was kept");
}

/// How the reopened model differs from the open one under the mask.
void compareWritten(const Reopened& written, const Workspace::State& state, const PruneRequest& request,
                    PruneReport& report) {
  const torch::NoGradGuard noGrad;
  const ForwardOptions masked = reference(state.requireModel(), request, state.device);
  std::int64_t rows = 0;  // predictions, which report.examples counts, can be several a row
  for (const ModelInput& batch : comparisonBatches(state)) {
    const torch::Tensor expected = state.requireModel().forward(batch, masked).logits, found = written.logits(batch);
    requireNumbers(expected, rows, report, "the masked model");
    requireNumbers(found, rows, report, "the reopened model");
    rows += batch.rows();
    report.maxAbsDiff = std::max(report.maxAbsDiff, (expected - found).abs().max().item<double>());
    report.samePredictions += expected.argmax(-1).eq(found.argmax(-1)).sum().item<std::int64_t>();
    report.examples += expected.argmax(-1).numel();
  }
  requireMappedFilesIntact();
  report.parameters = written.parameters;
  if (!(report.maxAbsDiff <= kTolerance))
    throw Error(ErrorKind::Numerical, report.path + ": the reopened model differs from the masked one by " +
                                          std::to_string(report.maxAbsDiff) +
                                          ", expected at most 0.0001; nothing was kept");
}

/// Writes the model into the folder in the form that was asked for, and reads it back.
Reopened writeForm(HfFolderWriter& folder, const PruneRequest& request, const Transformer& model,
                   torch::Device device) {
  const std::string& staging = folder.stagingPath();
  const auto writeConfig = [&](const std::string& json) {
    folder.writeConfig(withRemovedHeads(withStoredType(json, model.parameters().storedType()), request.foldValueBias));
  };
  if (request.form == "zeroed") {
    writeConfig(model.config().json);
    folder.writeWeights(zeroed(model, request.mask).toWrite());
    return reopenFolder(staging, device);
  }
  const Transformer cut = compact(model, request.mask);
  writeConfig(cut.config().json);
  if (request.form == "compact") {
    folder.writeWeights(cut.parameters().toWrite());
    return reopenFolder(staging, device);
  }
  std::vector<std::string> files;
  for (const NamedGraph& each : transformerGraphs(cut)) {
    files.push_back(staging + "/" + each.name + ".onnx");
    folder.write([&] { writeOnnxFile(files.back(), each.graph); });
  }
  return reopenOnnx(files, cut, device);
}

/// Of the files that hold the weights.
std::int64_t weightBytes(const std::string& folder) {
  std::int64_t sum = 0;
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".safetensors") || name.ends_with(".onnx") || name.ends_with(".onnx.data"))
      sum += static_cast<std::int64_t>(entry.file_size());
  }
  return sum;
}

}  // namespace

PruneReport pruneModel(Workspace& workspace, const PruneRequest& request, const JobContext& context) {
  const Workspace::State& state = workspace.state();
  const Transformer& model = state.requireModel();
  if (request.mask.layout() != model.layout())
    throw Error(ErrorKind::BadInput, "mask: it is for a model with other heads than the one that is open");
  if (request.form != "compact" && request.form != "zeroed" && request.form != "onnx")
    throw Error(ErrorKind::BadInput, "form: found \"" + request.form + "\", expected zeroed, compact or onnx");
  PruneReport report;
  report.path = request.outPath;
  report.form = request.form;
  report.foldedValueBias = request.foldValueBias;
  report.fullParameters = model.parameters().count();

  HfFolderWriter folder(request.outPath, request.overwrite);
  context.checkStop();
  const Reopened written = writeForm(
      folder, request, request.foldValueBias ? withFoldedValueBiases(model, request.mask) : model, state.device);
  folder.copySideFiles(state.summary.path);
  folder.writeFile("headroom_mask.json", maskToJson(request.mask) + "\n");
  context.checkStop();
  compareWritten(written, state, request, report);
  report.bytes = weightBytes(folder.stagingPath());
  folder.commit();
  return report;
}

}  // namespace headroom
