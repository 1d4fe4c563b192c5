// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_recovery.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>

#include "core/base/copy_file.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/store/run_rows.h"

namespace headroom {

namespace fs = std::filesystem;

namespace {

/// Removes the half-made copy unless all went well.
template <typename Make>
void makeOrRemove(const std::string& part, Make make) {
  try {
    make();
  } catch (...) {
    ::unlink(part.c_str());
    throw;
  }
}

/// The library takes the file's length for the end of what is stored, and counts in pages from there.
void padToPage(const std::string& part) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(part, error);
  if (!error) fs::resize_file(part, (size + kH5PageBytes - 1) / kH5PageBytes * kH5PageBytes, error);
  if (error) throw Error(ErrorKind::Io, part + ": cannot write: " + error.message());
}

void cutRows(H5File& file, const std::string& path, std::uint64_t rows) {
  H5DataSet data = file.dataSet(path);
  const std::uint64_t have = data.rows();
  if (have < rows)
    throw Error(ErrorKind::BadFile, file.path() + ": " + path + ": found " + std::to_string(have) + " rows, expected " +
                                        std::to_string(rows) + "; the file is damaged");
  data.setRows(rows);
}

void cutBack(H5File& file, std::optional<std::int64_t> step) {
  const std::int64_t last = step.value_or(std::numeric_limits<std::int64_t>::max());
  const std::vector<std::int64_t> steps = committedSteps(file);
  const auto points = static_cast<std::uint64_t>(std::upper_bound(steps.begin(), steps.end(), last) - steps.begin());
  const std::uint64_t events = committedEventRows(file, last);
  for (const std::string& path : pointDataSets(readHeaderOf(file))) cutRows(file, path, points);
  for (const std::string& path : eventDataSets()) cutRows(file, path, events);
  if (!step) return;
  for (const char* result : {"/report/json", "/sweep/info"}) cutRows(file, result, 0);
  file.dataSet("/run/status").writeTexts(0, std::array{std::string("running")});
}

}  // namespace

void writeNewRun(const std::string& part, const RunHeader& header) {
  makeOrRemove(part, [&] {
    H5File file = H5File::create(part);
    createRunSchema(file, header);
    file.flush();
    file.close();
  });
}

void writeRecoveredRun(const std::string& path, const std::string& part, std::optional<std::int64_t> step) {
  makeOrRemove(part, [&] {
    copyFile(path, part);
    padToPage(part);
    H5File file = H5File::openRecovering(part, path);
    cutBack(file, step);
    if (!file.has("/latency/json")) createLatencyGroup(file);
    file.flush();
    file.close();
  });
}

void moveIntoPlace(const std::string& part, const std::string& path) {
  makeOrRemove(part, [&] {
    const int descriptor = ::open(part.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) failWithErrno(path, "write");
    const bool synced = ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!synced || ::rename(part.c_str(), path.c_str()) != 0) failWithErrno(path, "write");
  });
  syncFolder(fs::path(path).parent_path().string());
}

}  // namespace headroom
