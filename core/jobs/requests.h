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
  std::string trainPath;  ///< may be empty
  std::string devPath;    ///< may be empty
  std::vector<std::string> textColumns;  ///< empty = guess
  std::string labelColumn;               ///< empty = guess
  int maxLength = 128;                   ///< tokens an example
  std::int64_t maxExamples = 0;          ///< of the dev set; 0 = all
};
/// Needs an opened model: its tokenizer and labels decide what the rows mean.
[[nodiscard]] DataSummary openData(Workspace& workspace, const OpenDataRequest& request, const JobContext& context);

// ---- evaluation ----------------------------------------------------------------------------------------------------

struct EvaluateMaskRequest {
  std::optional<HeadMask> mask;  ///< absent = the model as it was opened, with every head
  bool compareWithFull = true;   ///< fill EvalResult::toFull (measures the full model once, then remembers)
};
/// `partial` is called after every micro-batch with the estimate so far.
[[nodiscard]] EvalResult evaluateMask(Workspace& workspace, const EvaluateMaskRequest& request, const JobContext& context,
                                      const std::function<void(const EvalResult&)>& partial = {});

struct SweepRequest {
  std::vector<double> scores;  ///< one a head, largest = keep first; empty = the open run's log alpha
  std::string orderOrigin;
  int trainedKeep = -1;        ///< marks the curve's trained point
  std::string runPath;         ///< where to store the curve; empty = nowhere
};
/// Coarse to fine over every number of kept heads; `partial` is called after every new point.
[[nodiscard]] Curve sweepCurve(Workspace& workspace, const SweepRequest& request, const JobContext& context,
                               const std::function<void(const Curve&)>& partial = {});

// ---- training ------------------------------------------------------------------------------------------------------

struct TrainRequest {
  TrainSettings settings;
  std::string runPath;   ///< RUN.h5, made anew (Error when it exists, unless `overwrite`); on resume the run to go on with
  bool resume = false;   ///< continue runPath from its last checkpoint with its own settings, model and data
  bool overwrite = false;
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
/// Opens the run's trained model and its data into the workspace, so that masks can be evaluated at once.
[[nodiscard]] RunSnapshot openRun(Workspace& workspace, const std::string& path, const JobContext& context);

// ---- pruning -------------------------------------------------------------------------------------------------------

struct PruneRequest {
  HeadMask mask;
  std::string form = "compact";  ///< zeroed | compact
  std::string outPath;           ///< a folder that does not exist yet or is empty
  bool overwrite = false;
};
/// Writes, reopens, compares on up to 64 examples, and only then moves the folder to its final name.
[[nodiscard]] PruneReport pruneModel(Workspace& workspace, const PruneRequest& request, const JobContext& context);

}  // namespace headroom
