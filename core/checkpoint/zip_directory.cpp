// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/zip_directory.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/checkpoint/json_text.h"

namespace headroom {
namespace {

constexpr std::uint32_t kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50;
constexpr std::uint32_t kEnd64Locator = 0x07064b50;
constexpr std::uint32_t kEntry = 0x02014b50;
constexpr std::uint32_t kLocalEntry = 0x04034b50;
constexpr std::int64_t kMaxDirectory = 64 << 20;

[[noreturn]] void damaged(const InputFile& file, const std::string& what) {
  throw Error(ErrorKind::BadFile,
              file.path() + ": zip archive: " + what + "; the file is damaged or cut short, copy it again");
}

// Little-endian numbers out of a piece of the file; reading beyond its end is the file's fault.
class Fields {
 public:
  Fields(const InputFile& file, std::int64_t offset, std::int64_t size) : m_file(file) {
    if (offset < 0 || size < 0 || size > file.size() || offset > file.size() - size)
      damaged(file, "a part lies outside the file");
    m_bytes.resize(static_cast<size_t>(size));
    file.readAt(offset, m_bytes);
  }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(m_bytes.size()); }
  // `width` bytes at `at`; values above 2^63 - 1 come out as that.
  [[nodiscard]] std::int64_t number(std::int64_t at, int width) const {
    if (at < 0 || at > size() - width) damaged(m_file, "the directory ends too early");
    std::uint64_t value = 0;
    for (int i = width; i-- > 0;) value = value << 8 | static_cast<std::uint64_t>(m_bytes[static_cast<size_t>(at + i)]);
    return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
  }
  [[nodiscard]] std::string_view text(std::int64_t at, std::int64_t length) const {
    if (at < 0 || length < 0 || at > size() - length) damaged(m_file, "a name ends too late");
    return {reinterpret_cast<const char*>(m_bytes.data()) + at, static_cast<size_t>(length)};
  }

 private:
  const InputFile& m_file;
  std::vector<std::byte> m_bytes;
};

struct Directory {
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::int64_t count = 0;
};

// The end record carries a comment of any length up to 64 KB, so it is searched from behind.
std::int64_t findEnd(const InputFile& file) {
  const std::int64_t tail = std::min<std::int64_t>(file.size(), 22 + 65535);
  const Fields fields(file, file.size() - tail, tail);
  for (std::int64_t at = tail - 22; at >= 0; --at)
    if (fields.number(at, 4) == kEnd && at + 22 + fields.number(at + 20, 2) == tail) return file.size() - tail + at;
  damaged(file, "found no end of the directory");
}

Directory findDirectory(const InputFile& file) {
  const std::int64_t end = findEnd(file);
  const Fields record(file, end, 22);
  Directory found{record.number(16, 4), record.number(12, 4), record.number(10, 2)};
  std::int64_t limit = end;
  if (found.offset == 0xFFFFFFFF || found.size == 0xFFFFFFFF || found.count == 0xFFFF) {
    const Fields locator(file, end - 20, 20);
    if (locator.number(0, 4) != kEnd64Locator) damaged(file, "found no zip64 directory");
    limit = locator.number(8, 8);
    const Fields record64(file, limit, 56);
    if (record64.number(0, 4) != kEnd64) damaged(file, "found no zip64 directory");
    found = {record64.number(48, 8), record64.number(40, 8), record64.number(32, 8)};
  }
  if (found.size > limit || found.offset > limit - found.size) damaged(file, "the directory lies outside the file");
  if (found.size > kMaxDirectory) damaged(file, "the directory is larger than 64 MB");
  return found;
}

struct Entry {
  std::string name;
  std::int64_t flags = 0;
  std::int64_t method = 0;
  std::int64_t packed = 0;
  std::int64_t size = 0;
  std::int64_t localOffset = 0;
};

// Replaces the numbers that did not fit 32 bits by those of the zip64 extra field.
void readZip64(const InputFile& file, const Fields& fields, std::int64_t at, std::int64_t end, Entry& entry) {
  while (at < end) {
    const std::int64_t id = fields.number(at, 2);
    const std::int64_t next = at + 4 + fields.number(at + 2, 2);
    if (next > end) damaged(file, "an extra field ends too late");
    if (id == 1) {
      std::int64_t value = at + 4;
      for (std::int64_t* field : {&entry.size, &entry.packed, &entry.localOffset}) {
        if (*field != 0xFFFFFFFF) continue;
        if (value + 8 > next) damaged(file, "a zip64 field is too short");
        *field = fields.number(value, 8);
        value += 8;
      }
    }
    at = next;
  }
}

// Reads one entry and moves `at` behind it.
Entry readEntry(const InputFile& file, const Fields& fields, std::int64_t& at) {
  if (fields.number(at, 4) != kEntry) damaged(file, "found no entry where the directory promises one");
  const std::int64_t nameLength = fields.number(at + 28, 2);
  const std::int64_t extraLength = fields.number(at + 30, 2);
  Entry entry{std::string(fields.text(at + 46, nameLength)),
              fields.number(at + 8, 2),
              fields.number(at + 10, 2),
              fields.number(at + 20, 4),
              fields.number(at + 24, 4),
              fields.number(at + 42, 4)};
  const std::int64_t extra = at + 46 + nameLength;
  readZip64(file, fields, extra, extra + extraLength, entry);
  at = extra + extraLength + fields.number(at + 32, 2);
  return entry;
}

ZipMember locate(const InputFile& file, const Entry& entry, std::int64_t dataEnd) {
  const std::string name = "member " + shown(entry.name) + ": ";
  if ((entry.flags & 1) != 0)
    throw Error(ErrorKind::BadFile, file.path() + ": zip archive: " + name +
                                        "is encrypted, expected a plain model; convert it to safetensors");
  if (entry.method != 0 || entry.packed != entry.size)
    throw Error(ErrorKind::BadFile,
                file.path() + ": zip archive: " + name +
                    "is compressed, expected stored as torch.save writes it; convert it to safetensors");
  const Fields local(file, entry.localOffset, 30);
  if (local.number(0, 4) != kLocalEntry) damaged(file, name + "found no header at its place");
  const std::int64_t nameLength = local.number(26, 2);
  if (Fields(file, entry.localOffset + 30, nameLength).text(0, nameLength) != entry.name)
    damaged(file, name + "has another name at its place");
  const std::int64_t offset = entry.localOffset + 30 + nameLength + local.number(28, 2);
  if (entry.size > dataEnd || offset > dataEnd - entry.size) damaged(file, name + "lies outside the file");
  return {offset, entry.size};
}

void refuseOverlaps(const InputFile& file, const std::map<std::string, ZipMember>& members) {
  std::vector<std::pair<std::int64_t, std::int64_t>> spans;
  for (const auto& [name, member] : members)
    if (member.size > 0) spans.emplace_back(member.offset, member.offset + member.size);
  std::sort(spans.begin(), spans.end());
  for (size_t i = 1; i < spans.size(); ++i)
    if (spans[i].first < spans[i - 1].second) damaged(file, "two members overlap");
}

}  // namespace

std::map<std::string, ZipMember> readZipDirectory(const InputFile& file) {
  const Directory directory = findDirectory(file);
  const Fields fields(file, directory.offset, directory.size);
  std::map<std::string, ZipMember> members;
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < directory.count; ++i) {
    const Entry entry = readEntry(file, fields, at);
    if (!members.emplace(entry.name, locate(file, entry, directory.offset)).second)
      damaged(file, "member " + shown(entry.name) + " found twice");
  }
  if (at != directory.size) damaged(file, "the directory holds more than its entries");
  refuseOverlaps(file, members);
  return members;
}

}  // namespace headroom
