// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/image_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/data/picture_file.h"
#include "core/data/table_reader.h"

namespace headroom {

namespace {

namespace fs = std::filesystem;

constexpr size_t kMostBytes = size_t{4} << 30;
constexpr size_t kPicturesBetweenReports = 64;

struct Entry {
  std::string path;
  std::string label;
};

bool isPicture(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& letter : ending)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

std::vector<fs::path> sortedEntries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    entries.push_back(it->path());
  if (error) throw Error(ErrorKind::Io, folder.string() + ": cannot list: " + error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<Entry> entriesOfSubfolders(const fs::path& folder) {
  std::vector<Entry> entries;
  for (const fs::path& sub : sortedEntries(folder)) {
    std::error_code ignored;
    if (!fs::is_directory(sub, ignored)) continue;
    for (const fs::path& file : sortedEntries(sub))
      if (isPicture(file)) entries.push_back({file.string(), sub.filename().string()});
  }
  return entries;
}

std::vector<Entry> entriesOfTable(const fs::path& folder, const std::string& table) {
  std::vector<Entry> entries;
  TableReader reader(table);
  for (TableRow row; reader.next(row);) {
    const std::string at = table + ": line " + std::to_string(row.line);
    if (!row.problem.empty())
      refuseFile(at, "found a line that cannot be used (" + row.problem + "), expected a file, TAB and its class");
    if (row.cells.size() != 2)
      refuseFile(at, "found " + std::to_string(row.cells.size()) + " columns, expected a file, TAB and its class");
    std::error_code ignored;
    const fs::path path = folder / row.cells[0];
    if (fs::path(row.cells[0]).is_absolute() || row.cells[0].find("..") != std::string::npos)
      refuseFile(at, "found a file outside the folder, expected names within it");
    if (fs::is_regular_file(path, ignored)) {
      entries.push_back({path.string(), row.cells[1]});
    } else if (row.line > 1) {
      refuseFile(at, "found the name of a file that is not there (" + path.string() + "), expected a picture's");
    }
  }
  return entries;
}

void append(PictureFolder& out, const Picture& picture, const Entry& entry) {
  if (out.paths.empty()) out.images.shape = picture.shape;
  const ImageShape& first = out.images.shape;
  if (picture.shape.height != first.height || picture.shape.width != first.width)
    refuseFile(entry.path, "found a picture of " + std::to_string(picture.shape.width) + " x " +
                               std::to_string(picture.shape.height) + " pixels, expected " +
                               std::to_string(first.width) + " x " + std::to_string(first.height) + " as " +
                               out.paths.front() + " has; bring all pictures to one size");
  if (out.images.pixels.size() + picture.pixels.size() > kMostBytes)
    refuseFile(entry.path, "found more than 4 GiB of pixels up to here, expected less; use fewer or smaller pictures");
  out.images.pixels.insert(out.images.pixels.end(), picture.pixels.begin(), picture.pixels.end());
  out.paths.push_back(entry.path);
  out.labels.push_back(entry.label);
}

/// The channels that all pictures shall have: asked for, or 3 as soon as one is in colour.
int commonChannels(const std::vector<Entry>& entries, int asked) {
  if (asked != 0) return asked;
  const bool grey = std::all_of(entries.begin(), entries.end(),
                                [](const Entry& entry) { return readPicture(entry.path).shape.channels == 1; });
  return grey ? 1 : 3;
}

}  // namespace

PictureFolder readImageFolder(const std::string& folder, int channels, const JobContext& context) {
  const std::string table = (fs::path(folder) / "labels.tsv").string();
  std::error_code ignored;
  const std::vector<Entry> entries =
      fs::exists(table, ignored) ? entriesOfTable(folder, table) : entriesOfSubfolders(folder);
  if (entries.empty())
    refuseFile(folder, "found no PNG or JPEG files, expected them in one subfolder a class, or listed in labels.tsv");
  const int wanted = commonChannels(entries, channels);
  PictureFolder out;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i % kPicturesBetweenReports == 0) {
      context.checkStop();
      context.report({.task = "reading " + folder,
                      .step = static_cast<std::int64_t>(i),
                      .total = static_cast<std::int64_t>(entries.size())});
    }
    append(out, withChannels(readPicture(entries[i].path), wanted), entries[i]);
  }
  return out;
}

}  // namespace headroom
