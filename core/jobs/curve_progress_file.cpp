// SPDX-License-Identifier: GPL-3.0-or-later
// One CBOR value; numbers come back with every bit, lists by example are bytes as they lie in memory. The file is for
// the machine that wrote it: the identity names the machine.
#include "core/jobs/curve_progress_file.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <type_traits>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json_levels.h"
#include "core/store/run_schema.h"

namespace headroom {

namespace {

using SweepJson = nlohmann::json;

constexpr const char* kProgressFormat = "headroom-sweep/1";
constexpr std::int64_t kMostBytes = std::int64_t{1} << 34;

template <typename T>
SweepJson packed(const std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return SweepJson::binary(std::move(bytes));
}

/// Fills `values`, which are as many as there must be.
template <typename T>
void unpack(const SweepJson& stored, std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::vector<std::uint8_t>& bytes = stored.get_binary();
  if (bytes.size() != values.size() * sizeof(T))
    throw Error(ErrorKind::BadFile, "sweep: found another number of examples");
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
}

SweepJson packedAnswers(const std::vector<WindowAnswer>& answers) {
  SweepJson list = SweepJson::array();
  for (const WindowAnswer& answer : answers)
    list.push_back(SweepJson::array({answer.score, answer.none, answer.text, answer.hasText}));
  return list;
}

void unpackAnswers(const SweepJson& stored, std::vector<WindowAnswer>& answers) {
  if (stored.size() != answers.size()) throw Error(ErrorKind::BadFile, "sweep: found another number of answers");
  for (size_t i = 0; i < answers.size(); ++i)
    answers[i] = {stored.at(i).at(0).get<float>(), stored.at(i).at(1).get<float>(),
                  stored.at(i).at(2).get<std::string>(), stored.at(i).at(3).get<bool>()};
}

SweepJson toStored(const MaskProgress& mask) {
  const Tally& tally = mask.tally;
  return {{"passes", mask.passes},
          {"work", mask.work},
          {"sums", SweepJson::array({tally.examples, tally.right, tally.judged, tally.lossSum})},
          {"correct", packed(tally.correct)},
          {"seen", packed(tally.seen)},
          {"scores", packed(tally.scores)},
          {"predicted", packed(tally.predicted)},
          {"values", packed(tally.values)},
          {"answers", packedAnswers(tally.answers)}};
}

MaskProgress maskFromStored(const SweepJson& stored, const EvaluationSet& data) {
  MaskProgress mask{data.emptyTally(), stored.at("passes").get<size_t>(), stored.at("work").get<double>()};
  Tally& tally = mask.tally;
  const SweepJson& sums = stored.at("sums");
  tally.examples = sums.at(0).get<std::int64_t>();
  tally.right = sums.at(1).get<std::int64_t>();
  tally.judged = sums.at(2).get<std::int64_t>();
  tally.lossSum = sums.at(3).get<double>();
  unpack(stored.at("correct"), tally.correct);
  unpack(stored.at("seen"), tally.seen);
  unpack(stored.at("scores"), tally.scores);
  unpack(stored.at("predicted"), tally.predicted);
  unpack(stored.at("values"), tally.values);
  unpackAnswers(stored.at("answers"), tally.answers);
  return mask;
}

SweepJson toStored(const CurveProgress::Point& found) {
  const CurvePoint& point = found.point;
  const MetricValue& metric = point.metric;
  const PairedDifference& toFull = point.toFull;
  return {{"kept", point.kept},
          {"mask_hash", point.maskHash},
          {"metric", SweepJson::array({metric.name, metric.value, metric.low, metric.high, metric.examples})},
          {"to_full", SweepJson::array({toFull.value, toFull.low, toFull.high, toFull.gained, toFull.lost})},
          {"loss", point.loss},
          {"trained", point.trained},
          {"examples", found.correct.size()},
          {"correct", packed(packBits(found.correct))},
          {"work", found.work}};
}

CurveProgress::Point pointFromStored(const SweepJson& stored) {
  const SweepJson &metric = stored.at("metric"), &toFull = stored.at("to_full");
  CurveProgress::Point found;
  found.point.kept = stored.at("kept").get<int>();
  found.point.maskHash = stored.at("mask_hash").get<std::string>();
  found.point.metric = {metric.at(0).get<std::string>(), metric.at(1).get<double>(), metric.at(2).get<double>(),
                        metric.at(3).get<double>(), metric.at(4).get<std::int64_t>()};
  found.point.toFull = {toFull.at(0).get<double>(), toFull.at(1).get<double>(), toFull.at(2).get<double>(),
                        toFull.at(3).get<std::int64_t>(), toFull.at(4).get<std::int64_t>()};
  found.point.loss = stored.at("loss").get<double>();
  found.point.trained = stored.at("trained").get<bool>();
  found.correct = unpackBits(stored.at("correct").get_binary(), stored.at("examples").get<std::int64_t>());
  found.work = stored.at("work").get<double>();
  return found;
}

/// Follows a file's structure without making anything of it, and stops it where it nests too deeply: the library reads
/// lists by recursion.
class FewLevels : public nlohmann::json_sax<SweepJson> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return deeper(); }
  bool key(string_t&) override { return true; }
  bool end_object() override { return higher(); }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override { return higher(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool deeper() { return ++m_levels <= kMostJsonLevels; }
  bool higher() {
    --m_levels;
    return true;
  }
  int m_levels = 0;
};

/// Throws what the JSON library throws, or Error, for a file that is damaged.
SweepJson parsedCbor(const std::string& bytes) {
  FewLevels levels;
  if (!SweepJson::sax_parse(bytes, &levels, SweepJson::input_format_t::cbor))
    throw Error(ErrorKind::BadFile, "sweep: found no CBOR value of few levels");
  return SweepJson::from_cbor(bytes);
}

/// Throws likewise.
CurveProgress progressFromStored(const SweepJson& stored, const EvaluationSet& data, size_t passes) {
  CurveProgress progress;
  for (const SweepJson& each : stored.at("points")) {
    CurveProgress::Point point = pointFromStored(each);
    progress.points.insert_or_assign(point.point.kept, std::move(point));
  }
  progress.underWay = stored.at("under_way").get<std::vector<int>>();
  for (const SweepJson& each : stored.at("masks")) progress.masks.push_back(maskFromStored(each, data));
  const auto ahead = [](const MaskProgress& before, const MaskProgress& mask) { return before.passes < mask.passes; };
  if (progress.masks.size() != progress.underWay.size() ||
      std::adjacent_find(progress.masks.begin(), progress.masks.end(), ahead) != progress.masks.end() ||
      (!progress.masks.empty() && progress.masks.front().passes > passes))
    throw Error(ErrorKind::BadFile, "sweep: found masks that contradict each other");
  return progress;
}

}  // namespace

void writeCurveProgress(const std::string& path, const std::string& identity, const CurveProgress& progress) {
  SweepJson points = SweepJson::array(), masks = SweepJson::array();
  for (const auto& [kept, point] : progress.points) points.push_back(toStored(point));
  for (const MaskProgress& mask : progress.masks) masks.push_back(toStored(mask));
  const std::vector<std::uint8_t> bytes = SweepJson::to_cbor({{"format", kProgressFormat},
                                                              {"identity", identity},
                                                              {"points", std::move(points)},
                                                              {"under_way", progress.underWay},
                                                              {"masks", std::move(masks)}});
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(bytes)));
  file.commit();
}

CurveProgress readCurveProgress(const std::string& path, const std::string& identity, const EvaluationSet& data,
                                size_t passes) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  try {
    const SweepJson stored = parsedCbor(readTextFile(path, kMostBytes));
    if (stored.at("format") != kProgressFormat || stored.at("identity") != identity) return {};
    return progressFromStored(stored, data, passes);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace headroom
