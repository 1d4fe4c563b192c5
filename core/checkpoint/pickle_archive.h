// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/checkpoint/tensor_source.h"

namespace headroom {

/// pytorch_model.bin as torch.save writes it: a zip archive around a pickle. Nothing of the pickle is ever executed: a
/// small whitelist machine reads dictionaries of tensors and refuses everything else by name
/// (core/checkpoint/pickle_machine.h). All tensors are read to the CPU, whatever device they were saved from.
class PickleArchive final : public TensorSource {
 public:
  explicit PickleArchive(const std::string& path);

  [[nodiscard]] const std::string& path() const override { return m_file.path(); }
  [[nodiscard]] const std::map<std::string, TensorInfo>& tensors() const override { return m_tensors; }
  [[nodiscard]] const std::string& fileOf(const std::string&) const override { return m_file.path(); }
  void read(const std::string& name, std::span<std::byte> out) const override;
  [[nodiscard]] std::optional<MappedTensor> map(const std::string& name) const override;

 private:
  struct Place {
    std::int64_t offset = 0;            ///< of element 0, from the file's begin
    std::vector<std::int64_t> strides;  ///< elements
  };
  void readStrided(const TensorInfo& info, const Place& place, std::span<std::byte> out) const;

  InputFile m_file;
  std::shared_ptr<const MappedFile> m_mapped;
  std::map<std::string, TensorInfo> m_tensors;
  std::map<std::string, Place> m_places;
};

}  // namespace headroom
