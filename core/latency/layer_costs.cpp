// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latency/layer_costs.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/latency/interleaved.h"
#include "core/model/within_memory.h"
#include "core/prune/surgery.h"

namespace headroom {

namespace {

constexpr int kMostNumbers = 17;         // of heads measured in a block
constexpr int kMostRepresentatives = 3;  // layers that take turns, so that their weights are not always warm

/// Attention blocks of one kind, with the layers in which it is measured.
struct Kind {
  BlockId id;               ///< of any of its blocks
  std::vector<int> blocks;  ///< the representatives: those with the most heads
  int heads = 0;
};

std::vector<Kind> kindsOf(const HeadLayout& layout) {
  std::vector<Kind> kinds;
  for (int block = 0; block < layout.blockCount(); ++block) {
    const AttentionBlock& shape = layout.blocks()[static_cast<size_t>(block)];
    const auto same = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) {
      return blockGroupName(kind.id) == blockGroupName(shape.id);
    });
    Kind& kind = same != kinds.end() ? *same : kinds.emplace_back(Kind{shape.id, {}, 0});
    if (shape.heads > kind.heads) kind.blocks.clear();
    kind.heads = std::max(kind.heads, shape.heads);
    if (shape.heads == kind.heads && static_cast<int>(kind.blocks.size()) < kMostRepresentatives)
      kind.blocks.push_back(block);
  }
  return kinds;
}

/// 0, 1 and the last one among them.
std::vector<int> numbersOfHeads(int heads) {
  std::vector<int> numbers;
  const int steps = std::min(heads, kMostNumbers - 1);
  for (int i = 0; i <= steps; ++i)
    numbers.push_back(static_cast<int>(std::lround(static_cast<double>(i) * heads / std::max(1, steps))));
  if (heads > 1 && numbers[1] != 1) numbers.insert(numbers.begin() + 1, 1);
  return numbers;
}

/// A layer to be timed, in turn, in each of several places.
struct LayerWork {
  Transformer model;
  std::vector<int> layers;
};

/// What is no number may take another time to compute with.
void requireNumbers(const Transformer& model, const ModelInput& input) {
  const torch::NoGradGuard noGrad;
  if (!model.forward(input).logits.isfinite().all().item<bool>())
    throw Error(ErrorKind::Numerical, "latency: the logits of the random batch of " + std::to_string(input.rows()) +
                                          " are no numbers, expected some; the model's weights have diverged");
}

class TableMeasurement {
 public:
  TableMeasurement(const Transformer& model, const LatencySettings& settings)
      : m_model(model), m_input(latencyInput(model, settings)) {
    const torch::NoGradGuard noGrad;
    requireNumbers(m_model, m_input);
    m_before.push_back(m_model.begin(m_input));
    for (int layer = 0; layer < m_model.layerCount(); ++layer)
      m_before.push_back(m_model.next(m_before.back(), layer, m_input));
  }

  /// Adds a layer of that kind with so many heads of it and no other head; returns the place of its time.
  size_t addLayer(const Kind& kind, const std::vector<int>& heads) {
    HeadMask mask(m_model.layout());
    std::vector<int> layers;
    for (const int block : kind.blocks) {
      layers.push_back(m_model.layerOf(block));
      closeLayer(mask, layers.back());
      for (const int head : heads) mask.set(HeadId{block, head}, true);
    }
    m_work.push_back([this, work = LayerWork{compact(m_model, mask), layers}, turn = size_t{0}]() mutable {
      const int layer = work.layers[turn++ % work.layers.size()];
      (void)work.model.next(m_before[static_cast<size_t>(layer)], layer, m_input);
    });
    return m_work.size() - 1;
  }

  size_t addEnds() {
    m_work.push_back([this] {
      (void)m_model.begin(m_input);
      (void)m_model.finish(m_before.back(), m_input);
    });
    return m_work.size() - 1;
  }

  [[nodiscard]] const std::vector<std::function<void()>>& work() const { return m_work; }

 private:
  void closeLayer(HeadMask& mask, int layer) const {
    for (int flat = 0; flat < mask.headCount(); ++flat)
      if (m_model.layerOf(mask.layout().at(flat).block) == layer) mask.set(flat, false);
  }

  const Transformer& m_model;
  ModelInput m_input;
  std::vector<PassState> m_before;  ///< before each layer, and after the last
  std::vector<std::function<void()>> m_work;
};

std::vector<int> firstHeads(int count) {
  std::vector<int> heads;
  for (int head = 0; head < count; ++head) heads.push_back(head);
  return heads;
}

/// Places of a kind's times among all.
struct KindPlaces {
  BlockCosts costs;
  std::vector<size_t> places;    ///< one a number of heads
  std::optional<size_t> spread;  ///< one query head of every key/value head
  int keyValueHeads = 1;
};

KindPlaces addKind(TableMeasurement& measurement, const Kind& kind, const HeadLayout& layout) {
  KindPlaces made;
  made.costs.group = blockGroupName(kind.id);
  made.costs.heads = numbersOfHeads(kind.heads);
  // The whole block first: the first of all is the reference.
  made.places.resize(made.costs.heads.size());
  for (size_t i = made.places.size(); i-- > 0;)
    made.places[i] = measurement.addLayer(kind, firstHeads(made.costs.heads[i]));
  const AttentionBlock& shape = layout.blocks()[static_cast<size_t>(kind.blocks.front())];
  if (!shape.grouped()) return made;
  made.costs.groupSize = shape.heads / shape.kvHeads;
  made.keyValueHeads = shape.kvHeads;
  std::vector<int> readers;
  for (int head = 0; head < shape.heads; ++head)
    if (static_cast<int>(readers.size()) == shape.keyValueOf(head)) readers.push_back(head);
  made.spread = measurement.addLayer(kind, readers);
  return made;
}

BlockCosts costsFrom(const KindPlaces& kind, const std::vector<Timing>& timings) {
  BlockCosts costs = kind.costs;
  const double rest = timings[kind.places.front()].ms;
  for (const size_t place : kind.places) costs.ms.push_back(std::max(0.0, timings[place].ms - rest));
  if (kind.spread) {
    const int fewest = (kind.keyValueHeads + costs.groupSize - 1) / costs.groupSize;
    const double more = timings[*kind.spread].ms - rest - costs.at(kind.keyValueHeads, fewest);
    if (kind.keyValueHeads > fewest) costs.keyValueMs = std::max(0.0, more / (kind.keyValueHeads - fewest));
  }
  costs.fit();
  return costs;
}

/// Rows of the learned table that texts may use.
int positionsOf(const ModelConfig& config) {
  return config.positions == PositionKind::Learned ? config.maxPositions - config.positionOffset : config.maxPositions;
}

torch::Tensor randomIds(const Transformer& model, const LatencySettings& settings, torch::Generator& generator) {
  return torch::randint(0, model.config().vocabulary, {settings.batch, settings.length}, generator, torch::kInt64)
      .to(model.device());
}

/// Runs what measures; a batch cannot be halved here, it is what is asked for.
void requireRoom(const LatencySettings& settings, const Transformer& model, const std::function<void()>& measure) {
  if (withinMemory(measure)) return;
  throw Error(ErrorKind::Memory, "latency: out of memory on " + model.device().str() + " at " +
                                     std::to_string(settings.batch) + " x " + std::to_string(settings.length) +
                                     "; choose a smaller batch (--batch) or length (--length)");
}

LatencyTable layerCosts(const Transformer& model, const LatencySettings& settings, const JobContext& context) {
  TableMeasurement measurement(model, settings);
  std::vector<KindPlaces> kinds;
  for (const Kind& kind : kindsOf(model.layout())) kinds.push_back(addKind(measurement, kind, model.layout()));
  const size_t ends = measurement.addEnds();
  const InterleavedTimings times = timeInterleaved(
      measurement.work(), {model.device(), settings.secondsAtMost, settings.seed, "measuring latency"}, context);
  LatencyTable table;
  table.settings = settings;
  table.endsMs = times.timings[ends].ms;
  table.spread = times.spread;
  table.drift = times.drift;
  table.busy = times.busy;
  for (const KindPlaces& kind : kinds) table.blocks.push_back(costsFrom(kind, times.timings));
  for (const StackConfig& stack : model.config().stacks)
    for (const KindPlaces& kind : kinds)
      if (kind.costs.group == blockGroupName({stack.stack, AttentionKind::Self, 0}))
        table.rests.push_back({stack.stack, stack.layers, times.timings[kind.places.front()].ms});
  return table;
}

MaskTimes maskTimes(const Transformer& model, const std::vector<HeadMask>& masks, const LatencySettings& settings,
                    const JobContext& context) {
  const ModelInput input = latencyInput(model, settings);
  requireNumbers(model, input);
  std::vector<std::function<void()>> work;
  for (const HeadMask& mask : masks) work.push_back([cut = compact(model, mask), &input] { (void)cut.forward(input); });
  const InterleavedTimings times =
      timeInterleaved(work, {model.device(), settings.secondsAtMost, settings.seed, "timing masks"}, context);
  MaskTimes result{{}, times.spread, times.busy};
  for (const Timing& timing : times.timings) result.ms.push_back(timing.ms);
  return result;
}

}  // namespace

ModelInput latencyInput(const Transformer& model, const LatencySettings& settings) {
  const ModelConfig& config = model.config();
  if (settings.batch < 1 || settings.batch > 65536)
    throw Error(ErrorKind::BadInput, "batch: found " + std::to_string(settings.batch) + ", expected 1 to 65536");
  auto generator = at::make_generator<at::CPUGeneratorImpl>(settings.seed);
  ModelInput input;
  if (config.task == Task::ImageClassification) {
    const PatchConfig& patch = config.patch;
    input.pixels = torch::randn({settings.batch, patch.channels, patch.imageSize, patch.imageSize}, generator)
                       .to(model.device(), model.computeType());
    return input;
  }
  const bool bounded = config.positions != PositionKind::RelativeBias && config.positions != PositionKind::None;
  if (settings.length < 1 || (bounded && settings.length > positionsOf(config)))
    throw Error(ErrorKind::BadInput, "length: found " + std::to_string(settings.length) + ", expected 1 to " +
                                         std::to_string(positionsOf(config)) + " (the model's positions)");
  input.ids = randomIds(model, settings, generator);
  if (config.stacks.size() > 1) input.decoderIds = randomIds(model, settings, generator);
  return input;
}

LatencyTable measureLayerCosts(const Transformer& model, const LatencySettings& settings, const JobContext& context) {
  LatencyTable table;
  requireRoom(settings, model, [&] { table = layerCosts(model, settings, context); });
  return table;
}

MaskTimes timeMasks(const Transformer& model, const std::vector<HeadMask>& masks, const LatencySettings& settings,
                    const JobContext& context) {
  MaskTimes times;
  requireRoom(settings, model, [&] { times = maskTimes(model, masks, settings, context); });
  return times;
}

}  // namespace headroom
