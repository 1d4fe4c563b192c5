// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_rows.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/base/error.h"
#include "core/base/files.h"

namespace headroom {

namespace {

constexpr std::array<unsigned char, 8> kSignature{0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
constexpr unsigned kOpenForWriting = 1;
constexpr unsigned kOpenForSwmr = 4;

/// What the first 48 bytes of an HDF5 file tell: enough to judge it before the library sees it.
struct Superblock {
  bool known = false;     ///< of a version that has the marks below
  unsigned marks = 0;     ///< left by a writer that is at work or was killed
  std::uint64_t end = 0;  ///< bytes that the file should have
};

Superblock readSuperblock(const InputFile& file) {
  std::array<unsigned char, 48> raw{};
  const auto have = static_cast<size_t>(std::min<std::int64_t>(file.size(), static_cast<std::int64_t>(raw.size())));
  file.readAt(0, std::as_writable_bytes(std::span(raw).first(have)));
  if (!std::equal(kSignature.begin(), kSignature.end(), raw.begin()))
    throw Error(ErrorKind::BadFile, file.path() + ": found no HDF5 signature, expected a run file of this program");
  if (have < raw.size())
    throw Error(ErrorKind::BadFile,
                file.path() + ": was cut short after " + std::to_string(have) + " bytes; copy it again");
  Superblock block;
  block.known = (raw[8] == 2 || raw[8] == 3) && raw[9] == 8;
  if (!block.known) return block;
  block.marks = raw[11];
  for (size_t i = 8; i-- > 0;) block.end = block.end << 8 | raw[28 + i];
  return block;
}

[[noreturn]] void failCutShort(const InputFile& file, std::uint64_t expected) {
  throw Error(ErrorKind::BadFile, file.path() + ": was cut short: found " + std::to_string(file.size()) +
                                      " bytes, expected " + std::to_string(expected) + "; copy it again");
}

void requireOurFormat(const H5File& file) {
  const auto format = file.textAttribute("/", "format");
  const auto version = file.numberAttribute("/", "schema_version");
  if (format != kRunFormat || !version)
    throw Error(ErrorKind::BadFile, file.path() + ": is an HDF5 file of another program, expected a run file");
  if (*version > kRunSchemaVersion || *version < 1)
    throw Error(ErrorKind::BadFile, file.path() + ": found run file version " + std::to_string(*version) +
                                        ", expected at most " + std::to_string(kRunSchemaVersion) +
                                        "; open it with the newer program that wrote it");
}

/// Where the library reads behind the file's end it finds zeros and says nothing.
void requireStoredInside(const H5File& run, const InputFile& file) {
  std::vector<std::string> paths = eventDataSets();
  for (std::string& path : pointDataSets(readHeaderOf(run))) paths.push_back(std::move(path));
  paths.insert(paths.end(), {"/report/json", "/baseline/info", "/baseline/correct", "/sweep/info", "/sweep/correct"});
  if (run.has("/latency/json")) paths.emplace_back("/latency/json");
  for (const std::string& path : paths) {
    const std::uint64_t end = run.dataSet(path).storageEnd();
    if (end > static_cast<std::uint64_t>(file.size())) failCutShort(file, end);
  }
}

}  // namespace

H5File openRunForReading(const std::string& path, bool live) {
  const InputFile file(path);
  if (file.size() == 0) throw Error(ErrorKind::BadFile, path + ": is empty, expected a run file");
  const Superblock block = readSuperblock(file);
  const bool tooShort = block.known && block.end > static_cast<std::uint64_t>(file.size());
  if (tooShort && block.marks == 0) failCutShort(file, block.end);
  const bool closedToReaders = (block.marks & kOpenForWriting) != 0 && (block.marks & kOpenForSwmr) == 0;
  H5File run = closedToReaders ? H5File::openPrivateCopy(path) : H5File::openReader(path);
  requireOurFormat(run);
  // A writer that was killed there had yet to lengthen the file to what the superblock says: that alone is no damage.
  if (tooShort && !live) requireStoredInside(run, file);
  return run;
}

std::uint64_t memoryCap(const H5File& file) {
  // Deflate shrinks at most 1,032 times; rows that were never stored take no room in the file at all.
  const auto size = static_cast<std::uint64_t>(InputFile(file.path()).size());
  return std::clamp<std::uint64_t>(size * 1100, std::uint64_t{1} << 20, std::uint64_t{4} << 30);
}

RunHeader readHeaderOf(const H5File& file) {
  return headerFromText(readTextOf(file, "/run/header"), file.path() + ": /run/header");
}

std::string readTextOf(const H5File& file, const std::string& path) {
  const std::vector<std::string> texts = file.dataSet(path).readTexts(0, 1, memoryCap(file));
  if (texts.size() != 1) throw Error(ErrorKind::BadFile, file.path() + ": " + path + ": found no single text");
  return texts.front();
}

std::vector<std::string> lastTextsOf(const H5File& file, const std::string& path, std::size_t atMost) {
  const H5DataSet texts = file.dataSet(path);
  const std::uint64_t rows = texts.rows(), cap = memoryCap(file);
  if (rows > cap / std::max<std::uint64_t>(texts.textLength(), 1) + 1)
    throw Error(ErrorKind::BadFile, file.path() + ": " + path + ": found " + std::to_string(rows) +
                                        " rows, more than the file has room for; it is damaged, copy it again");
  std::vector<std::string> last;
  for (std::uint64_t row = rows; row-- > 0 && last.size() < atMost;) {
    std::vector<std::string> found = texts.readTexts(row, 1, cap);
    if (!found.empty() && !found.front().empty()) last.push_back(std::move(found.front()));
  }
  return last;
}

std::string lastTextOf(const H5File& file, const std::string& path) {
  const std::vector<std::string> last = lastTextsOf(file, path, 1);
  return last.empty() ? std::string() : last.front();
}

std::vector<std::int64_t> committedSteps(const H5File& file) {
  const H5DataSet stored = file.dataSet("/time/step");
  std::vector<std::int64_t> steps = stored.read<std::int64_t>(0, stored.rows(), memoryCap(file));
  while (!steps.empty() && steps.back() < 0) steps.pop_back();  // rows made, not yet filled
  if (!std::is_sorted(steps.begin(), steps.end()) || (!steps.empty() && steps.front() < 0))
    throw Error(ErrorKind::BadFile, file.path() + ": /time/step: found steps that run backwards; the file is damaged");
  return steps;
}

std::uint64_t committedEventRows(const H5File& file, std::int64_t lastStep) {
  const std::uint64_t cap = memoryCap(file);
  const H5DataSet stored = file.dataSet("/events/step");
  const std::vector<std::int64_t> steps = stored.read<std::int64_t>(0, stored.rows(), cap);
  const std::vector<std::int64_t> parts = file.dataSet("/events/parts").read<std::int64_t>(0, steps.size(), cap);
  std::uint64_t row = 0;
  while (row < steps.size() && steps[row] >= 0 && steps[row] <= lastStep) {
    const auto size = static_cast<std::uint64_t>(std::max<std::int64_t>(parts[row], 1));
    if (size > steps.size() - row || steps[row + size - 1] < 0) break;  // its last rows never came
    row += size;
  }
  return row;
}

std::vector<std::string> pointDataSets(const RunHeader& header) {
  std::vector<std::string> paths;
  for (const RunSeries& series : runSeries()) paths.emplace_back(series.path);
  if (header.gated && header.layout.headCount() > 0) paths.insert(paths.end(), {"/gates/logit", "/gates/p"});
  paths.emplace_back("/time/step");
  return paths;
}

std::vector<std::string> eventDataSets() {
  return {"/events/part", "/events/parts", "/events/kind", "/events/heads", "/events/text", "/events/step"};
}

}  // namespace headroom
