// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Values that cross threads: what jobs return and what the views draw. No Qt, no Torch, no files.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/head_layout.h"
#include "core/base/head_mask.h"
#include "core/base/latency_table.h"

namespace headroom {

/// A measured quantity with its 95 % interval.
struct MetricValue {
  std::string name = "accuracy";
  double value = 0;  ///< a share, 0..1; BLEU and chrF in percent, perplexity from 1, correlations from -1 to 1
  double low = 0;
  double high = 0;
  std::int64_t examples = 0;
  bool operator==(const MetricValue&) const = default;
};

/// Difference of two masks on the same examples (b - a), in shares, with its 95 % interval.
struct PairedDifference {
  double value = 0;
  double low = 0;
  double high = 0;
  std::int64_t gained = 0;  ///< examples that only b gets right
  std::int64_t lost = 0;    ///< examples that only a gets right
  bool operator==(const PairedDifference&) const = default;
};

/// One byte an example in the order of the dev set (1 = predicted right).
using CorrectBits = std::vector<std::uint8_t>;

/// What a mask scores. `complete` is false while only part of the examples has been seen.
struct EvalResult {
  HeadMask mask;
  MetricValue metric;
  double loss = 0;  ///< mean cross entropy, nat
  std::int64_t examplesTotal = 0;
  bool complete = false;
  std::optional<PairedDifference> toFull;  ///< against the unpruned model as it was opened
  std::shared_ptr<const CorrectBits> correct;
  std::vector<MetricValue> others;  ///< what else the task is judged by; empty while incomplete
};

/// What evaluating in a short element type changes against float32, on the same examples.
struct TypeDisagreement {
  std::string dtype;  ///< the short one
  std::int64_t examples = 0;
  std::int64_t predictions = 0;  ///< classes, tokens, numbers or ends of answers that both predict
  std::int64_t differing = 0;    ///< of them; a number differs where it is right in one type only
  double largestLogitDifference = 0;
  MetricValue metric;   ///< in the short type
  MetricValue float32;  ///< likewise, in float32
  [[nodiscard]] double share() const {
    return predictions > 0 ? static_cast<double>(differing) / static_cast<double>(predictions) : 0;
  }
};

/// What a model folder holds; known before its weights are read.
struct ModelSummary {
  std::string path;
  std::string name;    ///< the folder's name
  std::string family;  ///< "bert"
  std::string task;    ///< "sequence-classification"
  HeadLayout layout;
  int layers = 0;
  int headDim = 0;
  int hidden = 0;
  int vocabulary = 0;
  int maxPositions = 0;
  std::vector<std::string> labels;
  std::int64_t parameters = 0;
  std::int64_t weightBytes = 0;
  bool alreadyPruned = false;  ///< some block has fewer heads than the configuration's default
  bool valueBiases = false;    ///< attention has value and output biases: removed heads' can be folded
};

/// One data file as it was understood.
struct DataFileSummary {
  std::string path;
  std::string format;                    ///< "TSV", "CSV", "JSON lines"
  std::vector<std::string> textColumns;  ///< one or two
  std::string labelColumn;
  std::int64_t rows = 0;                        ///< data rows in the file
  std::int64_t examples = 0;                    ///< rows used
  std::map<std::string, std::int64_t> skipped;  ///< reason -> rows left out
  std::vector<std::int64_t> labelCounts;        ///< by class index
  std::int64_t truncated = 0;                   ///< examples cut to the longest length
  int longest = 0;                              ///< tokens, after cutting
  double meanLength = 0;                        ///< tokens
  std::string sha256;
};

struct DataSummary {
  DataFileSummary train;  ///< path empty when there is none
  DataFileSummary dev;
  std::vector<std::string> labels;
};

/// One logged step of training.
struct TrainPoint {
  std::int64_t step = 0;     ///< optimiser steps done
  double seconds = 0;        ///< wall time since the run began, pauses left out
  double taskLoss = 0;       ///< nat, batch mean with sampled gates
  double penalty = 0;        ///< R_pass, heads
  double concentration = 0;  ///< R_conc, expected live blocks
  double lambda = 0;
  double lambdaC = 0;
  double expectedOpen = 0;     ///< sum of P(gate = 1), heads
  double expectedClosed = 0;   ///< sum of P(gate = 0), heads
  double expectedBetween = 0;  ///< sum of P(0 < gate < 1), heads
  double examplesPerSecond = 0;
  std::vector<float> logAlpha;  ///< one a head, flat order; empty for plain training
  std::vector<float> pOpen;     ///< P(gate = 1), one a head
};

enum class TrainEventKind { Clip, Reopen, Concentrator, Checkpoint, Resumed, Paused, Finished, Warning };

/// Something that happened at a step. `heads` are flat indices (the heads that were reopened, clipped, ...).
struct TrainEvent {
  std::int64_t step = 0;
  TrainEventKind kind = TrainEventKind::Warning;
  std::vector<int> heads;
  std::string text;  ///< one line for the log
};

/// How gates and weights are trained. The defaults are the recipe that the window starts with.
struct TrainSettings {
  std::string method = "passconc";  ///< a name of methodTable()
  int keep = 0;                     ///< K, in units
  std::string unit = "head";        ///< what has a gate and what K counts: "head" or "group", see HeadUnits
  std::int64_t steps = 0;           ///< optimiser steps; 0 = from `epochs`
  double epochs = 3;
  int batch = 32;
  int maxLength = 128;  ///< tokens an example, special tokens included
  double lr = 5e-5;     ///< weights, AdamW, linear decay
  double gateLr = 0.1;  ///< log alpha, AdamW, linear decay
  double weightDecay = 0;
  double adamBeta2 = 0.999;    ///< of the weights
  double labelSmoothing = 0;   ///< share of the target's probability that is spread over all choices
  double warmup = 0;           ///< share of the steps
  double lrHold = 0;           ///< share of the steps up to which the weights' rate stays at its height before it falls
  bool inverseRoot = false;    ///< after the warm-up the weights' rate falls with 1 / sqrt(step), not linearly to 0
  double gradClip = 1.0;       ///< largest gradient norm, of weights and of gates each; 0 = not bounded
  bool freezeWeights = false;  ///< train the gates only
  std::int64_t recover = 0;  ///< steps after the gates' own in which the K heads are fixed and the weights are trained
  std::uint64_t seed = 1;
  bool published = false;  ///< the authors' own schedule and joint clipping (--recipe published)
  bool perEpoch = false;   ///< the published schedule is the one for translation: lambda and reopening by epochs
  bool baseLoss =
      false;             ///< PASS and PASSCONC: the loss of the paper's Eq. 6, with its local optima, in place of Eq. 7
  double lambda = 0.05;  ///< what a method with a fixed weight (l0) multiplies its penalty with
  bool lambdaSearched = false;  ///< l0: lambda was found by bisection for this K; else K heads come from the top of
                                ///< log alpha. In a request: it shall be found, see settleLambda()
  double lambdaWarmup = 0;      ///< l0: share of the steps over which lambda rises from 0
  double gateStart = 0;         ///< l0: log alpha of every gate at first; 0 = drawn
  bool hardGates = false;       ///< l0: a drawn gate is 1 above 0.5 and 0 below; gradients pass as if it were not
  bool scaleByOpen = false;     ///< l0: a block's gates are multiplied by its heads / the gates' sum
  double lambdaCap = 0.05;      ///< until the last event; then it grows until the gates settle
  double concentratorCap = 3000;
  double clipAt = 5;                                        ///< |log alpha| at clip events
  bool reopen = true;                                       ///< clip and selective reopening
  std::vector<double> eventsAt{1.0 / 3, 1.0 / 2, 2.0 / 3};  ///< shares of the steps
  int confidenceEvery = 4;                                  ///< attention maps are looked at on every n-th step
  std::int64_t checkpointEvery = 200;                       ///< steps
  bool operator==(const TrainSettings&) const = default;
};

/// How a run of l0 comes to K heads: "bisection on lambda" or "top K of log alpha". Empty for other methods.
[[nodiscard]] std::string wayToK(const TrainSettings& settings);

/// How a training run ended, or where it stands.
struct TrainReport {
  TrainSettings settings;
  HeadMask mask;                ///< the K heads that stay
  bool exact = false;           ///< exactly K trained gates open and N - K closed, all |log alpha| >= 2.4
  bool projected = false;       ///< the mask is the top K of log alpha because the gates did not settle
  double jointProbability = 0;  ///< of the mask under the trained gates
  MetricValue metric;
  MetricValue fullMetric;  ///< the unpruned model as it was opened, on the same examples
  std::optional<PairedDifference> toFull;
  double loss = 0;
  std::int64_t steps = 0;
  std::int64_t stepsTotal = 0;
  std::int64_t resumedFrom = -1;  ///< step of the checkpoint, -1 = not resumed
  double wallSeconds = 0;
  std::int64_t fullParameters = 0;
  std::int64_t keptParameters = 0;  ///< after a compact pruning
  std::string weightsSha256;
  std::string runPath;
  bool finished = false;
};

/// Accuracy with `kept` heads open.
struct CurvePoint {
  int kept = 0;
  std::string maskHash;
  MetricValue metric;
  PairedDifference toFull;
  double loss = 0;
  bool trained = false;  ///< the K that was trained for; the others are re-rankings of that run
};

/// Accuracy against heads kept along one removal order. Masks are nested: keeping k means the first k of `order`.
struct Curve {
  HeadLayout layout;
  std::vector<int> order;          ///< flat indices, the head to keep first in front
  std::string orderOrigin;         ///< "log alpha of run.h5 (passconc, K = 12, seed 1)"
  std::vector<CurvePoint> points;  ///< by increasing `kept`; gaps while a sweep is under way
  MetricValue full;                ///< the unpruned model as it was opened
  std::int64_t forwards = 0;       ///< forward passes over the whole dev set
  std::int64_t naiveForwards = 0;  ///< what one pass for every number of heads costs
  double layerShare =
      0;  ///< layers that were run for the points so far / those of one whole pass for every number of heads
  bool complete = false;
  std::string notSaved;  ///< why the run that it was measured for does not hold it; empty when it does, or for no run

  [[nodiscard]] HeadMask maskFor(int kept) const;
  /// The point measured at exactly `kept` heads, or nullptr.
  [[nodiscard]] const CurvePoint* at(int kept) const;
};

/// A run file, read back.
struct RunSnapshot {
  std::string path;
  std::string modelPath;
  std::string trainPath;
  std::string devPath;
  std::vector<std::string> textColumns;  ///< empty = guessed
  std::string labelColumn;               ///< empty = guessed
  std::int64_t maxDevExamples = 0;       ///< 0 = all
  std::string status;                    ///< "running", "stopped", "finished", "failed: ..."
  HeadLayout layout;
  TrainSettings settings;
  std::vector<TrainPoint> points;
  std::vector<TrainEvent> events;
  std::optional<TrainReport> report;
  std::optional<Curve> curve;
  /// Newest first, the newest of every machine, device, type and size; each predicts every mask of the layout.
  std::vector<LatencyTable> latencies;
  bool resumable = false;  ///< unfinished and with a checkpoint
};

/// What `prune` wrote and how the reopened model compares with the masked one.
struct PruneReport {
  std::string path;
  std::string form;              ///< "zeroed", "compact" or "onnx"
  bool foldedValueBias = false;  ///< the removed heads' value biases went into the output biases
  std::int64_t bytes = 0;
  std::int64_t parameters = 0;
  std::int64_t fullParameters = 0;
  double maxAbsDiff = 0;  ///< of the logits, over `examples`
  std::int64_t samePredictions = 0;
  std::int64_t examples = 0;
};

}  // namespace headroom
