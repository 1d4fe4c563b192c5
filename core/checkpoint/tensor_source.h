// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/mapped_file.h"
#include "core/checkpoint/tensor_info.h"

namespace headroom {

/// A tensor's elements where the file has them, row by row, little-endian, each aligned to its own size. They are there
/// as long as `file` is held.
struct MappedTensor {
  std::span<std::byte> bytes;
  std::shared_ptr<const MappedFile> file;
};

/// Named tensors of a checkpoint. Opening reads headers only; map() lends one tensor, read() copies it.
class TensorSource {
 public:
  virtual ~TensorSource() = default;

  /// The file (or the index of shards) that was opened, for messages.
  [[nodiscard]] virtual const std::string& path() const = 0;
  [[nodiscard]] virtual const std::map<std::string, TensorInfo>& tensors() const = 0;
  /// The file that holds the tensor: a shard where there are several.
  [[nodiscard]] virtual const std::string& fileOf(const std::string& name) const = 0;
  /// Fills `out` with the tensor's elements, row by row, little-endian. `out` must have TensorInfo::bytes bytes and
  /// needs no alignment. Throws Error when the name is unknown or the file ends too early. Safe from several threads.
  virtual void read(const std::string& name, std::span<std::byte> out) const = 0;
  /// Nothing where the source has no file, or has the tensor in pieces or at an odd place, or cannot be mapped: read()
  /// it. Throws Error when the name is unknown.
  [[nodiscard]] virtual std::optional<MappedTensor> map(const std::string& name) const;

  /// The tensor's description, or nullptr.
  [[nodiscard]] const TensorInfo* find(const std::string& name) const;
  /// The tensor's description; throws Error naming the file when there is none of that name.
  [[nodiscard]] const TensorInfo& info(const std::string& name) const;
  /// Sum of TensorInfo::bytes.
  [[nodiscard]] std::int64_t totalBytes() const;

 protected:
  /// Common check of read(): the tensor exists and `out` has its size.
  const TensorInfo& checkRead(const std::string& name, std::span<std::byte> out) const;
  /// Common part of map(): the tensor at `offset` of `file`, which may be nullptr.
  static std::optional<MappedTensor> mapAt(const std::shared_ptr<const MappedFile>& file, std::int64_t offset,
                                           const TensorInfo& tensor);
};

/// Opens the weights of a Hugging Face folder: model.safetensors, else model.safetensors.index.json with its shards,
/// else pytorch_model.bin. Reads headers only. Throws Error with the remedy when none is there or one is damaged.
[[nodiscard]] std::unique_ptr<TensorSource> openWeights(const std::string& folder);

}  // namespace headroom
