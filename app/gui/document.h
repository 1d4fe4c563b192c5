// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>
#include <QUndoStack>
#include <atomic>
#include <memory>
#include <optional>
#include <set>

#include "app/gui/job_runner.h"
#include "app/gui/mask_answers.h"
#include "app/gui/open_run.h"
#include "core/base/comparison.h"
#include "core/base/gate_gap.h"
#include "core/base/head_scores.h"
#include "core/base/head_units.h"
#include "core/base/latency_table.h"
#include "core/base/mask_change.h"
#include "core/base/mask_comparison.h"
#include "core/base/mask_pin.h"
#include "core/checkpoint/pins_file.h"
#include "core/propose/mask_choice.h"

namespace headroom {

/// Columns of tables that the user named; empty = guessed.
struct ColumnNames {
  std::vector<std::string> texts;
  std::string label;
};

/// Heads as a method ranked them in the open model.
struct Ranking {
  std::string method;
  std::string title;
  std::vector<double> scores;
};

/// What switching one head (or, where whole groups are chosen, its group) changes against the shown mask.
struct HeadEffect {
  HeadId head;
  bool closes = true;  ///< the head is kept now
  MaskChange change;
};

/// A mask whose really compacted model was timed.
struct TimedMask {
  HeadMask mask;
  VerifiedLatency time;
};

enum class DocumentState {
  Empty,    ///< no model
  Loading,  ///< a model, data or a run is being read
  Ready,    ///< a model is open; a sweep may run in the background
  Training,
  Paused,  ///< a training run waits
  Busy,    ///< a pruned model is being written
  Failed,  ///< the only model that was asked for could not be opened
};

/// What is open: model, data, mask, run, curve. Every change is announced; every long thing is a job of its runner.
/// Lives on the window's thread and never blocks it.
class Document : public QObject {
  Q_OBJECT

 public:
  explicit Document(EngineFactory factory, QObject* parent = nullptr);

  [[nodiscard]] DocumentState state() const { return m_state; }
  [[nodiscard]] const std::optional<ModelSummary>& model() const { return m_model; }
  [[nodiscard]] const std::optional<DataSummary>& data() const { return m_data; }
  [[nodiscard]] const DeviceSummary& device() const { return m_device; }
  [[nodiscard]] const TrainSettings& settings() const { return m_settings; }
  [[nodiscard]] const OpenRun& run() const { return m_run; }
  [[nodiscard]] const std::vector<SessionRun>& runs() const { return m_runs; }
  /// The ended runs of this session, but for the open one, whose masks stand beside its curve: of the same model and
  /// data.
  [[nodiscard]] std::vector<SessionRun> comparableRuns() const;
  [[nodiscard]] const Curve& curve() const { return m_curve; }
  /// Random choices of heads in the opened model, by heads kept; measured once a curve is complete.
  [[nodiscard]] const std::vector<CurvePoint>& randomMasks() const { return m_random; }
  [[nodiscard]] const Progress& progress() const { return m_progress; }
  [[nodiscard]] bool hasDevData() const { return m_data && !m_data->dev.path.empty(); }
  [[nodiscard]] bool hasTrainData() const { return m_data && !m_data->train.path.empty(); }
  [[nodiscard]] bool isTraining() const {
    return m_state == DocumentState::Training || m_state == DocumentState::Paused;
  }
  [[nodiscard]] bool isSweeping() const { return m_runner.isLive(m_sweepJob); }
  /// Nothing is left to measure of the open run: curve and random masks are complete.
  [[nodiscard]] bool isMeasured() const { return m_curve.complete && m_randomComplete; }

  // ---- the shown mask
  [[nodiscard]] const HeadMask& mask() const { return m_mask; }
  /// True when some order of the heads is known: the slider closes the last of it first.
  [[nodiscard]] bool hasOrder() const { return !m_order.empty(); }
  /// True when the mask is no position of the slider.
  [[nodiscard]] bool handEdited() const;
  /// Heads by which the slider steps: more than one where the run was trained by group.
  [[nodiscard]] int sliderStep() const;
  /// The answer on screen; it may belong to another mask (then it is dimmed) or be an estimate.
  [[nodiscard]] const std::optional<EvalResult>& answer() const { return m_answer; }
  [[nodiscard]] bool answerWasCached() const { return m_answerCached; }
  /// The training step whose weights gave the answer; none once the weights rest.
  [[nodiscard]] std::optional<std::int64_t> answerStep() const { return m_answerStep; }
  /// One example of the dev data with every head and under the shown mask, or another one (then it is dimmed).
  [[nodiscard]] const std::optional<ExamplePrediction>& prediction() const { return m_prediction; }
  /// Which examples the shown mask flips, or another one (then it is dimmed).
  [[nodiscard]] const std::optional<MaskComparison>& comparison() const { return m_comparison; }
  /// The method whose scores the slider follows; none = the open run's gates.
  [[nodiscard]] const std::optional<Ranking>& ranking() const { return m_ranking; }
  /// True when the run that was trained last looked for a lambda that leaves K gates open, and there was none.
  [[nodiscard]] bool missedLambda() const { return m_lambdaMissed; }
  /// True when heads are scored, by a ranking or by gates: they can then be ordered by the time saved, too.
  [[nodiscard]] bool hasScores() const { return m_ranking || !m_run.logAlpha.empty(); }
  /// True while the order is not the scores' own but that of latencyOrder().
  [[nodiscard]] bool ordersByTime() const { return m_byTime; }
  [[nodiscard]] bool isComparing() const { return m_runner.isLive(m_campaignJob); }
  [[nodiscard]] bool isMeasuringGap() const { return m_runner.isLive(m_gapJob); }
  /// The effect that was asked for last of a head on the shown mask; an estimate while isMeasuringEffect().
  [[nodiscard]] const std::optional<HeadEffect>& effect() const { return m_effect; }
  [[nodiscard]] bool isMeasuringEffect() const { return m_effectWanted.has_value(); }
  /// What computing in a short element type changes; absent in float32 and until it is measured.
  [[nodiscard]] const std::optional<TypeDisagreement>& disagreement() const { return m_disagreement; }
  [[nodiscard]] bool isEvaluating() const { return m_runner.isLive(m_evaluation); }
  /// Flat indices of the heads that no edit moves.
  [[nodiscard]] const std::set<int>& locked() const { return m_locked; }
  [[nodiscard]] QUndoStack* undoStack() { return &m_undo; }
  /// While true, a training run carries the shown mask along (top K of log alpha). Any edit ends it.
  [[nodiscard]] bool maskFollows() const { return m_maskFollows; }

  // ---- masks that are held on the trade-off
  [[nodiscard]] const std::vector<MaskPin>& pins() const { return m_pins; }
  [[nodiscard]] bool isPinned() const;
  /// What is known of a mask under the weights that are open; nullptr when it was not measured.
  [[nodiscard]] const EvalResult* answerFor(const HeadMask& mask) const { return m_answers.find(mask); }
  /// All at the same batch and length; the unpruned model's time is in each.
  [[nodiscard]] const std::vector<TimedMask>& timed() const { return m_timed; }

  // ---- what heads cost here
  [[nodiscard]] const std::optional<LatencyTable>& latency() const { return m_latency; }
  /// It came with the run and was measured on another machine, device or number of threads.
  [[nodiscard]] bool latencyIsFromElsewhere() const;
  /// What a busy machine gave; nothing is predicted from it.
  [[nodiscard]] const std::optional<LatencyTable>& unsureLatency() const { return m_unsureLatency; }
  [[nodiscard]] bool isMeasuringLatency() const { return m_runner.isLive(m_latencyJob); }
  [[nodiscard]] const Demand& demand() const { return m_demand; }
  /// The curve's points with their times; empty until both are measured.
  [[nodiscard]] const std::vector<MaskChoice>& choices() const { return m_choices; }
  /// The best of them within the demand.
  [[nodiscard]] std::optional<size_t> best() const { return bestChoice(m_choices, m_demand); }

 public slots:
  // ---- opening (each one replaces what is being opened)
  void openModel(const std::string& path, const std::string& trainPath, const std::string& devPath);
  void openData(const std::string& trainPath, const std::string& devPath, const headroom::ColumnNames& columns = {});
  /// Reads a file as openData() would; previewArrived() or previewFailed() answers.
  void previewData(const std::string& path, const headroom::ColumnNames& columns);
  void openRun(const std::string& path);

  // ---- work
  void setSettings(const headroom::TrainSettings& settings);
  /// `runPath` is a file that does not exist yet.
  void startTraining(const std::string& runPath);
  void pauseTraining();
  /// Goes on with a paused run, or with a stopped one from its last checkpoint.
  void resumeTraining();
  void stopTraining();
  void sweep();
  void prune(const std::string& form, const std::string& outPath, bool overwrite, bool foldValueBias = false);
  /// Copies the open run's file.
  void copyRun(const std::string& path);
  /// Writes the open run's report; see writeRunReport().
  void saveReport(const std::string& path);

  // ---- edits of the mask, all undoable
  /// Switches a head; where whole groups are chosen (unit "group"), its group.
  void toggleHead(headroom::HeadId head);
  /// Closes all query heads that read the same key/value head as this one, or opens them where one is closed.
  void toggleGroup(headroom::HeadId head);
  /// Closes all of these where all are open, else opens them.
  void toggleHeads(const std::vector<headroom::HeadId>& heads);
  /// Holds the head as it is now against every edit (slider, clicks, proposals), or lets it go.
  void toggleLock(headroom::HeadId head);
  /// Keeps the first `kept` heads of the order, or the nearest number that is whole groups. Moves of one drag are one
  /// entry of the history.
  void slideTo(int kept);
  void endSlide();
  void editMask(const headroom::HeadMask& mask);
  void followTraining();

  /// Which example of the dev data is looked at; -1 = none. It is predicted anew for every mask that is shown.
  void setExample(std::int64_t index);

  /// Whether the shown mask is compared with the unpruned model, example by example; anew for every mask.
  void setComparing(bool comparing);

  /// Measures what switching this head would change; the same head again, while it is measured, cancels.
  void askEffect(headroom::HeadId head);
  /// Pins the shown mask, or takes its pin away. Pins are no part of the history of edits; a run keeps them beside it.
  void togglePin();
  void clearPins();
  /// Shows a pinned mask again.
  void showPin(int index);
  /// Evaluates in another element type from here on: what was measured is measured again.
  void setEvaluationType(const std::string& dtype);

  /// Ranks the heads of the open model by a post-hoc method, then measures the curve along that order.
  void rankBy(const std::string& method, const std::string& title);
  /// Orders the scored heads by what their places cost for each millisecond saved, or as they are scored again, and
  /// measures the curve along that order. Needs measured latency; training and other weights or data end it.
  void orderByTime(bool byTime);
  /// Lets a method that judges for one K choose as many heads as are shown; see MethodInfo::ofOneK.
  void chooseBy(const std::string& method);

  /// Ways to choose heads side by side; nothing else computes meanwhile. campaignChanged() tells every cell.
  void compareMethods(const headroom::CompareRequest& request);
  void stopComparing();
  /// Shows a comparison that is in a folder, by campaignChanged(): the window's own or one of the command line.
  void openCampaign(const std::string& path);

  /// Measures the train/test gap of the open run, which is finished.
  void measureGap();
  /// The open run keeps what is measured; failed() tells when it cannot.
  void measureLatency(int batch, int length);
  /// Takes the times that a busy machine gave as if they were sure.
  void useUnsureLatency();
  /// Times the shown mask, really compacted, beside the unpruned model.
  void timeMask(int batch, int length);
  /// Bounds for what is proposed; the metric's in shares.
  void setDemand(const headroom::Demand& demand);
  /// Shows the best mask within the demand.
  void takeBest();
  /// Shows the next mask on the curve that none beats: -1 = a faster one, 1 = a better one.
  void stepPareto(int direction);

  /// While false (window hidden or minimised) live values only gather.
  void setWatched(bool watched) { m_runner.setFeedsWanted(watched); }

 signals:
  void stateChanged();
  void modelChanged();  ///< another layout: forget everything about heads
  void dataChanged();
  void deviceChanged();
  void settingsChanged();
  void maskChanged();
  void locksChanged();
  void orderChanged();   ///< hasOrder() or the order itself
  void answerChanged();  ///< answer(), isEvaluating()
  void predictionChanged();
  void comparisonChanged();
  void effectChanged();  ///< effect(), isMeasuringEffect()
  void pinsChanged();
  void timedChanged();
  void disagreementChanged();
  void campaignChanged(const headroom::Comparison& comparison);
  void gapMeasured(const headroom::GateGap& gap);  ///< of the run that is open
  void campaignEnded();                            ///< done, stopped or failed
  void campaignOpened(const QString& path);        ///< after its campaignChanged()
  void campaignFailed(const QString& reason);      ///< to be compared or opened; failed() says so, too
  void latencyChanged();                           ///< latency(), isMeasuringLatency()
  void choicesChanged();                           ///< choices(), demand()
  void previewArrived(const headroom::DataPreview& preview);
  void previewFailed(const QString& path, const QString& reason);
  void curveChanged();  ///< curve(), ranking(), ordersByTime()
  void randomMasksChanged();
  void runsChanged();
  void runBegan();                                   ///< run() is new: forget points and events
  void runOpened(const headroom::RunSnapshot& run);  ///< with all its points and events
  void pointsArrived(const std::vector<headroom::TrainPoint>& points);
  void eventArrived(const headroom::TrainEvent& event);
  void progressChanged();
  void trained(const headroom::TrainReport& report);
  void trainingStopped(std::int64_t step);  ///< -1 = before the run was made: there is none
  void pruned(const headroom::PruneReport& report);
  void runCopied(const QString& path);
  void reportSaved(const QString& path);
  /// `what` could not be done because of `reason`.
  void failed(const QString& what, const QString& reason);

 private:
  struct Opened {
    ModelSummary model;
    std::optional<DataSummary> data;
    std::optional<RunSnapshot> run;
    TrainSettings settings;  ///< to start with
    std::string dataFailure;
    std::vector<MaskPin> pins;
    std::string pinsFailure;
  };

  void setState(DocumentState state);
  void askForDevice();
  void fail(const QString& what, const Failure& failure);
  static void addData(Opened& opened, Engine& engine, const OpenDataRequest& request, const JobContext& context);
  static void addPins(Opened& opened);
  void beginOpening(std::function<Opened(Engine&, const JobContext&)> work, const QString& what);
  void finishOpening(Outcome<Opened>& outcome, const QString& what);
  void adopt(Opened opened);
  void adoptData(DataSummary data);
  void adoptRun(const RunSnapshot& run);
  [[nodiscard]] std::function<void(const Progress&)> progressReceiver();

  void submitTraining(const TrainRequest& request);
  void finishTraining(Outcome<TrainReport>& outcome);
  [[nodiscard]] bool nothingWasTrained() const;
  void forgetRun();
  void adoptReport(const TrainReport& report);
  void receivePoints(const std::vector<TrainPoint>& points);
  void receiveEvents(const std::vector<TrainEvent>& events);
  void setRunStatus(const std::string& status, const std::optional<TrainReport>& report);
  void listRun(SessionRun run);
  [[nodiscard]] std::string devSha256() const;

  void pauseMeasuring();
  void goOnMeasuring();
  /// Writes a file of the run in the worker thread, and says by `written` that it is there.
  void writeBeside(const std::string& path, const std::function<void(Engine&)>& write,
                   void (Document::*written)(const QString&), const QString& failed);
  void measureRandomMasks();
  void forgetRandomMasks();
  void showRandomMasks(const std::vector<CurvePoint>& points);
  void receiveCurve(const Curve& curve);
  [[nodiscard]] bool mayWork() const { return m_state == DocumentState::Ready; }

  void showMask(const HeadMask& mask);
  void carryMask();
  void editTo(const HeadMask& wished, int gesture);
  void setOrder(std::vector<int> order);
  [[nodiscard]] HeadMask firstOfOrder(int kept) const;
  /// `wished`, but for locked heads, which stay as they are shown.
  [[nodiscard]] HeadMask withLocks(HeadMask wished) const;
  /// What has a gate in the open run.
  [[nodiscard]] HeadUnits runUnits() const;
  /// The K units that the open run would keep now.
  [[nodiscard]] HeadMask trainedTop() const;
  void weightsChanged();
  void judgeHeads(const std::string& method, std::function<void(const HeadScores&)> adopt);
  void adoptRanking(const std::string& method, const std::string& title, const HeadScores& scores);
  /// As the heads are scored, whether or not they are ordered by time.
  [[nodiscard]] std::vector<int> scoredOrder() const;
  [[nodiscard]] std::vector<int> timeOrder() const;
  void reorder(std::vector<int> order);
  void adoptLatency();
  void keepLatency();
  void ask();
  void receiveAnswer(const EvalResult& answer);
  void askPrediction();
  void askComparison();
  void measureEffect();
  void forgetEffect();
  void askDisagreement();
  /// The shown mask with a head, or its group, switched.
  [[nodiscard]] HeadMask switched(HeadId head) const;
  static PinsOrigin pinsOrigin(const std::optional<DataSummary>& data, const std::optional<TrainReport>& report,
                               std::int64_t step);
  [[nodiscard]] std::vector<MaskPin> pinsToKeep() const;
  void savePins();
  void answerPins();
  void adoptPins(std::vector<MaskPin> pins);
  void forgetTimed();
  void adoptTime(const HeadMask& mask, const LatencySettings& settings, const VerifiedLatency& time);
  void choose();

  DocumentState m_state = DocumentState::Empty;
  std::optional<ModelSummary> m_model;
  std::optional<DataSummary> m_data;
  DeviceSummary m_device;
  TrainSettings m_settings;
  OpenRun m_run;
  std::vector<SessionRun> m_runs;
  Progress m_progress;

  HeadMask m_mask;
  std::vector<int> m_order;
  std::set<int> m_locked;
  bool m_maskFollows = true;
  QUndoStack m_undo;
  int m_gesture = 0;
  QTimer m_gestureEnd;

  Curve m_curve;
  bool m_sweepWanted = false;
  std::vector<CurvePoint> m_random;
  bool m_randomComplete = false;
  std::string m_randomUnit = "head";  ///< what they are choices of
  MaskAnswers m_answers;
  std::int64_t m_example = -1;
  std::optional<ExamplePrediction> m_prediction;
  JobId m_predictionJob = 0;
  bool m_comparing = false;
  std::optional<MaskComparison> m_comparison;
  JobId m_comparisonJob = 0;
  std::optional<HeadId> m_effectWanted;
  std::optional<HeadEffect> m_effect;
  JobId m_effectJob = 0;
  std::optional<TypeDisagreement> m_disagreement;
  JobId m_disagreementJob = 0;
  std::vector<MaskPin> m_pins;
  std::vector<TimedMask> m_timed;
  LatencySettings m_timedAt;
  std::optional<Ranking> m_ranking;
  bool m_byTime = false;
  Curve m_scoredCurve;  ///< along the scored order, while heads are ordered by time; empty = not measured
  std::optional<LatencyTable> m_latency;
  std::optional<LatencyTable> m_unsureLatency;  ///< of a busy machine, until it is used or measured again
  JobId m_latencyJob = 0;
  JobId m_campaignJob = 0;
  JobId m_gapJob = 0;
  Demand m_demand;
  std::vector<MaskChoice> m_choices;
  std::optional<EvalResult> m_answer;
  bool m_answerCached = false;
  std::optional<std::int64_t> m_answerStep;

  std::shared_ptr<std::atomic<bool>> m_paused = std::make_shared<std::atomic<bool>>(false);
  JobId m_openJob = 0;
  bool m_lambdaMissed = false;
  std::string m_runBefore;  ///< the run that was open when the last training began
  JobId m_trainJob = 0;
  JobId m_sweepJob = 0;
  JobId m_randomJob = 0;
  JobId m_evaluation = 0;
  JobRunner m_runner;  // last: its jobs reach into all of the above
};

}  // namespace headroom
