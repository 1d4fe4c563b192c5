// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/checkpoint/tensor_source.h"

namespace headroom {

/// A .safetensors file. The constructor reads and checks the header: sizes, types, offsets, overlaps, holes, duplicate
/// names. Throws Error(BadFile) with one line for the first contradiction.
class SafetensorsFile final : public TensorSource {
 public:
  explicit SafetensorsFile(const std::string& path);

  [[nodiscard]] const std::string& path() const override { return m_file.path(); }
  [[nodiscard]] const std::map<std::string, TensorInfo>& tensors() const override { return m_tensors; }
  [[nodiscard]] const std::string& fileOf(const std::string&) const override { return m_file.path(); }
  void read(const std::string& name, std::span<std::byte> out) const override;
  [[nodiscard]] std::optional<MappedTensor> map(const std::string& name) const override;
  /// The header's __metadata__ (text to text); empty when there is none.
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return m_metadata; }

 private:
  InputFile m_file;
  std::shared_ptr<const MappedFile> m_mapped;
  std::map<std::string, TensorInfo> m_tensors;
  std::map<std::string, std::int64_t> m_offsets;  ///< from the file's begin
  std::map<std::string, std::string> m_metadata;
};

/// Takes the next piece of a tensor's bytes.
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// A tensor to be written. `produce` is called once, when its turn has come, and hands the elements in one or several
/// pieces to the sink; what it holds may go when it returns, so no second copy of a model is needed.
struct TensorToWrite {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<std::int64_t> shape;
  std::function<void(const ByteSink&)> produce;
};

/// Writes a .safetensors file that appears only when complete: wider element types first (so that all stay aligned), by
/// name within a type. Throws Error when a name repeats or `produce` gives another number of bytes than shape and type
/// say.
void writeSafetensors(const std::string& path, std::vector<TensorToWrite> tensors,
                      const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace headroom
