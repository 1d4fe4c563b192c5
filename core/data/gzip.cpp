// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"

namespace headroom {

namespace {

constexpr size_t kChunk = size_t{1} << 18;

/// zlib's state, freed at the end of the scope.
class Inflater {
 public:
  Inflater() { m_ready = inflateInit2(&m_stream, 15 + 16) == Z_OK; }
  ~Inflater() {
    if (m_ready) inflateEnd(&m_stream);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  [[nodiscard]] bool ready() const { return m_ready; }
  [[nodiscard]] z_stream& stream() { return m_stream; }

 private:
  z_stream m_stream{};
  bool m_ready = false;
};

/// One member of a gzip file may follow another.
std::string unpacked(std::string_view packed, const std::string& path, std::int64_t maxBytes) {
  Inflater inflater;
  if (!inflater.ready()) refuseFile(path, "no memory to unpack it");
  z_stream& stream = inflater.stream();
  std::string out;
  std::vector<char> chunk(kChunk);
  int status = Z_OK;
  while (status != Z_STREAM_END || !packed.empty()) {
    if (status == Z_STREAM_END && inflateReset(&stream) != Z_OK) refuseFile(path, "no memory to unpack it");
    const size_t given = std::min<size_t>(packed.size(), kChunk);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(given);
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(kChunk);
    status = inflate(&stream, Z_NO_FLUSH);
    packed.remove_prefix(given - stream.avail_in);
    out.append(chunk.data(), kChunk - stream.avail_out);
    if (static_cast<std::int64_t>(out.size()) > maxBytes)
      refuseFile(path,
                 "found more than " + std::to_string(maxBytes) + " bytes when unpacked, expected at most that many");
    if (status == Z_BUF_ERROR || (status == Z_OK && packed.empty() && stream.avail_out > 0))
      refuseFile(path, "found the end of the file within gzip data, expected the rest; copy the file again");
    if (status != Z_OK && status != Z_STREAM_END)
      refuseFile(path, "found damaged gzip data after " + std::to_string(out.size()) +
                           " unpacked bytes, expected whole data; copy the file again");
  }
  return out;
}

}  // namespace

std::string readPossiblyGzipped(const std::string& path, std::int64_t maxBytes) {
  std::string bytes = readTextFile(path, maxBytes);
  return bytes.starts_with("\x1F\x8B") ? unpacked(bytes, path, maxBytes) : bytes;
}

}  // namespace headroom
