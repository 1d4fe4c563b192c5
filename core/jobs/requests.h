// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Every job of the program: one request value in, one result value out. The window and the command line call these and
// nothing else of the core. All of them block, run on the worker thread that owns the Workspace, throw Error with one
// clear line, and throw Cancelled when the context's stop was asked for.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/job_context.h"
#include "core/base/snapshots.h"
#include "core/checkpoint/fresh_config.h"
#include "core/jobs/workspace.h"

namespace headroom {

// ---- model and data ------------------------------------------------------------------------------------------------

/// Reads configuration and tensor headers only.
[[nodiscard]] ModelSummary describeModel(const std::string& path);

struct OpenModelRequest {
  std::string path;  ///< a Hugging Face folder, or a run file (its trained weights)
};
[[nodiscard]] ModelSummary openModel(Workspace& workspace, const OpenModelRequest& request, const JobContext& context);

struct OpenDataRequest {
  std::string trainPath;                 ///< may be empty
  std::string devPath;                   ///< may be empty
  std::vector<std::string> textColumns;  ///< empty = guess
  std::string labelColumn;               ///< empty = guess
  int maxLength = 128;                   ///< tokens an example
  std::int64_t maxExamples = 0;          ///< of the dev set; 0 = all
  /// What methods that try whole masks choose on, and EBERT its threshold; empty = the training data.
  std::string choicePath = {};
  bool operator==(const OpenDataRequest&) const = default;
};
/// Needs an opened model: its tokenizer and labels decide what the rows mean.
[[nodiscard]] DataSummary openData(Workspace& workspace, const OpenDataRequest& request, const JobContext& context);

/// The settings to start with: learning rates for the model's size, the authors' own where `published`.
[[nodiscard]] TrainSettings recommendedSettings(const ModelSummary& model, const std::string& method,
                                                bool published = false);

// ---- evaluation ----------------------------------------------------------------------------------------------------

struct EvaluateMaskRequest {
  std::optional<HeadMask> mask;  ///< absent = the model as it was opened, with every head
  bool compareWithFull = true;   ///< fill EvalResult::toFull (measures the full model once, then remembers)
};
/// `partial` is called after every micro-batch with the estimate so far.
[[nodiscard]] EvalResult evaluateMask(Workspace& workspace, const EvaluateMaskRequest& request,
                                      const JobContext& context,
                                      const std::function<void(const EvalResult&)>& partial = {});

struct SweepRequest {
  std::vector<double> scores;  ///< one a head, largest = keep first; empty = the open run's log alpha
  std::string orderOrigin;
  int trainedKeep = -1;       ///< marks the curve's trained point; in units
  std::string runPath;        ///< where to store the curve; empty = nowhere
  std::string unit = "head";  ///< the curve steps by whole units, see HeadUnits
  bool exact = true;          ///< false = a tenth of the cost: see CurvePlan
  double saveEvery = 3;       ///< seconds of work between two savings of what is measured
};
/// Coarse to fine over every number of kept units; `partial` is called after every group of points. A run keeps what is
/// measured also when the sweep is stopped or killed, as a curve that is not complete: the same sweep (weights,
/// examples, order, unit, type, machine) goes on from there to the same result, another one starts anew; a coarse one
/// is short and always does. A complete curve gives way to an exact complete one only. Where the run cannot be written
/// to, or other dev data than its own are open, the curve is measured all the same, and Curve::notSaved says why.
[[nodiscard]] Curve sweepCurve(Workspace& workspace, const SweepRequest& request, const JobContext& context,
                               const std::function<void(const Curve&)>& partial = {});

struct RandomMasksRequest {
  int orders = 10;  ///< random removal orders; the masks along one are nested
  std::uint64_t seed = 1;
  std::string unit = "head";  ///< what is chosen, see HeadUnits
};
/// What random choices of heads score in the model as it was opened, at a few numbers of heads kept: the mean with the
/// range that holds 95 % of the masks. `partial` sees the points so far from the third order on.
[[nodiscard]] std::vector<CurvePoint> measureRandomMasks(
    Workspace& workspace, const RandomMasksRequest& request, const JobContext& context,
    const std::function<void(const std::vector<CurvePoint>&)>& partial = {});

// ---- training ------------------------------------------------------------------------------------------------------

struct TrainRequest {
  TrainSettings settings;
  std::string
      runPath;  ///< RUN.h5, made anew (Error when it exists, unless `overwrite`); on resume the run to go on with
  bool resume = false;  ///< continue runPath from its last checkpoint with its own settings, model and data
  bool overwrite = false;
  std::string warning = {};  ///< what the log of a new run begins with; empty = nothing
};

/// What a training run tells while it works; called on the worker thread.
struct TrainObserver {
  std::function<void(const TrainPoint&)> point;
  std::function<void(const TrainEvent&)> event;
  /// Polled once a step: while it returns true the run waits (a checkpoint is written first).
  std::function<bool()> paused;
};

/// Trains gates and weights together; a stop request writes a checkpoint and throws Cancelled.
/// Afterwards the workspace's model carries the trained weights and gates.
[[nodiscard]] TrainReport trainGates(Workspace& workspace, const TrainRequest& request, const JobContext& context,
                                     const TrainObserver& observer);

// ---- runs ----------------------------------------------------------------------------------------------------------

/// Reads a run file without opening its model. Works while the run is being written, and after a kill.
[[nodiscard]] RunSnapshot readRun(const std::string& path);
/// Opens the run's model with its trained weights into the workspace (the newest checkpoint's where it is unfinished),
/// and reads the run. Its data are opened by openData().
[[nodiscard]] RunSnapshot openRun(Workspace& workspace, const std::string& path, const JobContext& context);

// ---- pruning -------------------------------------------------------------------------------------------------------

struct PruneRequest {
  HeadMask mask;
  std::string form = "compact";  ///< zeroed | compact | onnx
  std::string outPath;           ///< a folder that does not exist yet or is empty
  bool overwrite = false;
  bool foldValueBias = false;  ///< removed heads leave their value bias in the output bias: see withFoldedValueBiases()
};
/// Writes, reopens, compares on up to 64 examples, and only then moves the folder to its final name.
[[nodiscard]] PruneReport pruneModel(Workspace& workspace, const PruneRequest& request, const JobContext& context);

struct SaveModelRequest {
  std::string outPath;
  bool overwrite = false;
};
/// Writes the open model, trained weights and all heads, as a Hugging Face folder; class names are those of the data.
void saveModel(Workspace& workspace, const SaveModelRequest& request);

// ---- for the command line ------------------------------------------------------------------------------------------

struct ForwardRequest {
  std::string inputsPath;   ///< safetensors, named as in Hugging Face: input_ids, pixel_values, decoder_input_ids, ...
  std::string outputsPath;  ///< safetensors: logits, hidden_states.N, attentions.N, encoder_hidden_states.N, ...
  std::optional<HeadMask> mask;
  bool hiddenStates = false;
  bool attentions = false;
};
/// One forward pass; returns the names of what was written.
[[nodiscard]] std::vector<std::string> forwardPass(Workspace& workspace, const ForwardRequest& request);

struct GenerateRequest {
  std::string inputsPath;   ///< safetensors: input_ids, attention_mask; others are ignored
  std::string outputsPath;  ///< safetensors: sequences, int64 [batch, longest]
  std::optional<HeadMask> mask;
  int beams = 0;      ///< 0 = as the model's generation_config.json says, likewise below
  int maxLength = 0;  ///< tokens, the beginning included
  std::optional<double> lengthPenalty;
};
struct GenerateReport {
  std::int64_t sequences = 0;
  std::int64_t tokens = 0;
};
/// Continues texts by greedy or beam search.
[[nodiscard]] GenerateReport generateText(Workspace& workspace, const GenerateRequest& request,
                                          const JobContext& context);

struct WriteTextsRequest {
  std::string outPath;  ///< plain text, one text after another with a line "<|endoftext|>" between them: training data
  std::string prompt;   ///< what every text begins with; empty = the model's beginning of a text alone
  std::optional<HeadMask> mask;
  int count = 1;
  double temperature = 1;  ///< 0 = always the most probable token
  int topK = 0;            ///< only the k most probable tokens are drawn from; 0 = all
  int maxLength = 0;       ///< tokens a text, its beginning included; 0 = as many as the model has positions
  std::uint64_t seed = 1;
};
/// Lets a decoder write texts by drawing tokens at random. Same seed, same texts.
[[nodiscard]] GenerateReport writeTexts(Workspace& workspace, const WriteTextsRequest& request,
                                        const JobContext& context);

struct TranslateRequest {
  std::optional<HeadMask> mask;
  int beams = 0;        ///< 0 = as the model's generation_config.json says
  int maxLength = 128;  ///< tokens a translation
};
struct TranslationReport {
  std::vector<std::string> translations;  ///< one an example of the dev set
  MetricValue bleu;
  MetricValue chrf;
};
/// Translates the dev set and compares with its references.
[[nodiscard]] TranslationReport translateDev(Workspace& workspace, const TranslateRequest& request,
                                             const JobContext& context);

struct InitRequest {
  FreshModel model;  ///< its vocabulary and token ids are those of the tokenizer
  std::string
      vocabularyPath;  ///< vocab.txt or another tokenizer file, or a folder with the tokenizer's files; none for images
  std::string outPath;
  std::uint64_t seed = 1;
  bool overwrite = false;
};
/// A fresh random model in Hugging Face layout.
[[nodiscard]] ModelSummary initModel(const InitRequest& request);

struct MakeSampleRequest {
  std::string name = "sentiment-bert";
  std::string outPath;
  std::uint64_t seed = 1;
  std::int64_t steps = 0;  ///< 0 = the recipe's
  bool overwrite = false;
};
struct SampleReport {
  std::optional<double> wordCountAccuracy;  ///< logistic regression on word counts, where the sample is about words
  MetricValue metric;                       ///< the trained model, on the dev data
  std::optional<MetricValue> bleu;          ///< likewise, of translations
  std::int64_t parameters = 0;
};
/// Generates a sample's data and trains its model; nothing is random but by the seed.
[[nodiscard]] SampleReport makeSample(Workspace& workspace, const MakeSampleRequest& request,
                                      const JobContext& context);

}  // namespace headroom
