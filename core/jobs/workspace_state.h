// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/snapshots.h"
#include "core/data/dataset.h"
#include "core/jobs/mask_tallies.h"
#include "core/jobs/requests.h"
#include "core/model/torch_api.h"
#include "core/model/transformer.h"
#include "core/text/tokenizer.h"
#include "core/train/evaluator.h"

namespace headroom {

/// What the worker holds. Only core/jobs sees it.
struct Workspace::State {
  ComputeSettings settings;
  torch::Device device{torch::kCPU};
  torch::ScalarType evaluationType = torch::kFloat32;
  int threads = 1;

  ModelSummary summary;
  std::optional<Transformer> opened;   ///< as the folder has it; never changed
  std::string openedSha256;            ///< of its weights, once asked for; see sha256OfOpened()
  bool headIsFresh = false;            ///< the folder has no trained classifier: `opened` has a random one
  std::optional<Transformer> current;  ///< trained weights where a run was trained or opened, else `opened`
  MaskTallies maskTallies;             ///< of `current` on the dev set; see weightsChanged()
  std::vector<double> logAlpha;        ///< of the run that `current` comes from; empty without one
  std::string runPath;                 ///< likewise

  std::shared_ptr<const Tokenizer> tokenizer;
  OpenDataRequest dataRequest;
  std::optional<Dataset> train;
  std::optional<Dataset> dev;
  std::optional<Dataset> choice;                ///< see OpenDataRequest::choicePath
  std::unique_ptr<EvaluationSet> evaluation;    ///< of the dev set, which it refers to
  std::optional<Tally> full;                    ///< of `opened` on the dev set, once measured
  std::optional<MaskTallies::Entry> fullSoFar;  ///< the same while it is being measured, or after a cancellation
  struct MaskDisagreement {
    std::string maskHash;
    TypeDisagreement found;
  };
  std::optional<MaskDisagreement> disagreement;  ///< of `current` under the mask that was asked for last
  std::optional<Transformer> converted;          ///< `opened` in the type of evaluation, once something is evaluated

  /// Throws Error(BadInput) saying what to open first. requireModel() also refuses a model whose classifier was never
  /// trained, which only training can take.
  const Transformer& requireOpened() const;
  const Transformer& requireModel() const;
  const EvaluationSet& requireDev() const;
  const Dataset& requireTrain() const;
  /// Measures `opened` on the whole dev set unless that is known, from where a cancellation left it; `afterBatch` sees
  /// the tally after every micro-batch.
  const Tally& fullTally(const JobContext& context, const std::function<void(const Tally&)>& afterBatch = {});
  /// `model` with all its weights in the element type that evaluation computes with; for `opened` they are made once
  /// and kept.
  [[nodiscard]] Transformer forEvaluation(const Transformer& model);
  /// The same under a mask, in the compact form: it computes what the mask means without the pruned heads' work.
  [[nodiscard]] Transformer forEvaluation(const Transformer& model, const HeadMask& mask);
  /// `model` computing in that type, weights converted as they are used: for one pass, within the memory that they
  /// take.
  [[nodiscard]] Transformer forOnePass(const Transformer& model) const;
  /// Reads all weights when it is first asked for.
  [[nodiscard]] const std::string& sha256OfOpened();
  [[nodiscard]] bool isOpened(const Transformer& model) const;
  /// No run has given the model other weights.
  [[nodiscard]] bool currentIsOpened() const { return isOpened(*current); }
  void forgetData();
  /// Forgets the run that was trained or opened: `current` is `opened` again.
  void backToOpened();
  /// `current` computes something else from here on: what was measured of it is forgotten.
  void weightsChanged() {
    maskTallies.clear();
    disagreement.reset();
  }
};

/// Runs `model` over the dev set; `afterBatch` sees the tally after every micro-batch.
[[nodiscard]] Tally evaluate(const Transformer& model, const EvaluationSet& data, const JobContext& context,
                             const std::function<void(const Tally&)>& afterBatch = {});
/// Goes on from what `entry` holds; what was measured before a cancellation stays in it.
void evaluateOn(MaskTallies::Entry& entry, const Transformer& model, const EvaluationSet& data,
                const JobContext& context, const std::function<void(const Tally&)>& afterBatch = {});
/// `current` under a mask, on the whole dev set: goes on with what is known of it; a cancellation keeps what was
/// measured until then.
[[nodiscard]] Tally measureMask(Workspace::State& state, const HeadMask& mask, const JobContext& context,
                                const std::function<void(const Tally&)>& afterBatch = {});

}  // namespace headroom
