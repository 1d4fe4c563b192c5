// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/core/checkpoint/scratch.h"

namespace headroom::checkpoint_test {

struct ZipOptions {
  bool zip64 = false;
  int method = 0;
  int flags = 0;
};

/// A zip archive of stored members, with sizes in the directory only, as torch.save writes it.
inline std::string zipBytes(const std::vector<std::pair<std::string, std::string>>& members,
                            const ZipOptions& options = {}) {
  std::string out;
  std::string directory;
  for (const auto& [name, data] : members) {
    const std::uint64_t offset = out.size();
    const int flags = options.flags | 8;
    const std::string head = little(20, 2) + little(flags, 2) + little(options.method, 2) + little(0, 4) + little(0, 4);
    out += little(0x04034b50, 4) + head + little(0, 8) + little(name.size(), 2) + little(3, 2) + name + "pad" + data;
    const std::string extra = options.zip64 ? little(1, 2) + little(24, 2) + little(data.size(), 8) +
                                                  little(data.size(), 8) + little(offset, 8)
                                            : "";
    const auto field = [&](std::uint64_t value) { return options.zip64 ? little(0xFFFFFFFF, 4) : little(value, 4); };
    directory += little(0x02014b50, 4) + little(20, 2) + head + field(data.size()) + field(data.size()) +
                 little(name.size(), 2) + little(extra.size(), 2) + little(0, 2 + 2 + 2 + 4) + field(offset) + name +
                 extra;
  }
  const std::uint64_t begin = out.size();
  const std::uint64_t end = begin + directory.size();
  out += directory;
  const auto count = members.size();
  if (options.zip64) {
    out += little(0x06064b50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) + little(count, 8) +
           little(count, 8) + little(directory.size(), 8) + little(begin, 8);
    out += little(0x07064b50, 4) + little(0, 4) + little(end, 8) + little(1, 4);
    return out + little(0x06054b50, 4) + little(0, 4) + little(0xFFFF, 2) + little(0xFFFF, 2) + little(0xFFFFFFFF, 4) +
           little(0xFFFFFFFF, 4) + little(0, 2);
  }
  return out + little(0x06054b50, 4) + little(0, 4) + little(count, 2) + little(count, 2) +
         little(directory.size(), 4) + little(begin, 4) + little(0, 2);
}

// ---- pickles, opcode by opcode
// ---------------------------------------------------------------------------------------

inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string text(const std::string& value) { return "X" + little(value.size(), 4) + value; }
inline std::string integer(std::int64_t value) { return "\x8a\x08" + little(static_cast<std::uint64_t>(value), 8); }
inline std::string tuple(const std::vector<std::int64_t>& values) {
  std::string out = "(";
  for (const std::int64_t value : values) out += integer(value);
  return out + "t";
}
inline std::string orderedDict() { return global("collections", "OrderedDict") + ")R"; }

struct TensorPickle {
  std::string storageType = "FloatStorage";
  std::string key = "0";
  std::int64_t elements = 6;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape{2, 3};
  std::vector<std::int64_t> strides{3, 1};
};

inline std::string tensor(const TensorPickle& t) {
  return global("torch._utils", "_rebuild_tensor_v2") + "((" + text("storage") + global("torch", t.storageType) +
         text(t.key) + text("cuda:0") + integer(t.elements) + "tQ" + integer(t.offset) + tuple(t.shape) +
         tuple(t.strides) + "\x89" + orderedDict() + "tR";
}

/// PROTO 2, a dictionary filled from "KEY VALUE KEY VALUE ...", STOP.
inline std::string stateDict(const std::string& items) { return "\x80\x02}(" + items + "u."; }

/// pytorch_model.bin with this pickle and storage 0.
inline std::string archiveBytes(const std::string& pickle, const std::string& storage, const ZipOptions& options = {}) {
  return zipBytes({{"archive/data.pkl", pickle}, {"archive/data/0", storage}, {"archive/version", "3\n"}}, options);
}

/// Six float32: 0 1 2 3 4 5.
inline std::string sixFloats() {
  const std::vector<float> values{0, 1, 2, 3, 4, 5};
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

}  // namespace headroom::checkpoint_test
