// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/tensor_source.h"

#include <bit>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/json_text.h"
#include "core/checkpoint/pickle_archive.h"
#include "core/checkpoint/safetensors.h"

namespace headroom {
namespace fs = std::filesystem;
namespace {

constexpr size_t kMaxShards = 512;  // each stays open
constexpr std::int64_t kMaxIndex = 64 << 20;

std::unique_ptr<TensorSource> openOne(const std::string& path) {
  if (path.ends_with(".safetensors")) return std::make_unique<SafetensorsFile>(path);
  return std::make_unique<PickleArchive>(path);
}

// Several files behind one index, as Hugging Face splits large models.
class ShardedSource final : public TensorSource {
 public:
  ShardedSource(const std::string& folder, const std::string& indexPath) : m_path(indexPath) {
    const nlohmann::json index = parseJson(readTextFile(indexPath, kMaxIndex), indexPath);
    if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object() ||
        index["weight_map"].empty())
      throw Error(ErrorKind::BadFile, indexPath + ": weight_map: expected an object of tensor names, found none");
    for (const auto& [name, file] : index["weight_map"].items()) add(folder, name, file);
  }

  [[nodiscard]] const std::string& path() const override { return m_path; }
  [[nodiscard]] const std::map<std::string, TensorInfo>& tensors() const override { return m_tensors; }
  [[nodiscard]] const std::string& fileOf(const std::string& name) const override {
    const auto shard = m_shardOf.find(name);
    return shard == m_shardOf.end() ? m_path : shard->second->path();
  }
  void read(const std::string& name, std::span<std::byte> out) const override {
    checkRead(name, out);
    m_shardOf.at(name)->read(name, out);
  }
  [[nodiscard]] std::optional<MappedTensor> map(const std::string& name) const override {
    (void)info(name);
    return m_shardOf.at(name)->map(name);
  }

 private:
  void add(const std::string& folder, const std::string& name, const nlohmann::json& file) {
    const std::string where = m_path + ": weight_map: " + shown(name) + ": ";
    if (!file.is_string())
      throw Error(ErrorKind::BadFile, where + "found " + foundText(file) + ", expected a file name");
    const auto& fileName = file.get_ref<const std::string&>();
    if (fileName.empty() || fileName == "." || fileName == ".." ||
        fileName.find_first_of(std::string("/\\\0", 3)) != std::string::npos)
      throw Error(ErrorKind::BadFile,
                  where + "found " + shown(fileName) + ", expected the name of a file in the same folder");
    if (!fileName.ends_with(".safetensors") && !fileName.ends_with(".bin"))
      throw Error(ErrorKind::BadFile, where + "found " + shown(fileName) + ", expected a .safetensors or .bin file");
    const TensorSource& shard = openShard(folder, fileName);
    const TensorInfo* info = shard.find(name);
    if (info == nullptr)
      throw Error(ErrorKind::BadFile,
                  where + "not found in " + fileName + "; index and shards are not of the same model, copy all again");
    m_tensors.emplace(name, *info);
    m_shardOf.emplace(name, &shard);
  }

  const TensorSource& openShard(const std::string& folder, const std::string& fileName) {
    auto& shard = m_shards[fileName];
    if (shard) return *shard;
    if (m_shards.size() > kMaxShards)
      throw Error(ErrorKind::BadFile, m_path + ": found more than " + std::to_string(kMaxShards) + " shards");
    const fs::path path = fs::path(folder) / fileName;
    std::error_code ignored;
    if (!fs::exists(path, ignored))
      throw Error(ErrorKind::BadFile,
                  m_path + ": shard " + shown(fileName) + " is missing; copy all files of the model");
    shard = openOne(path.string());
    return *shard;
  }

  std::string m_path;
  std::map<std::string, TensorInfo> m_tensors;
  std::map<std::string, std::unique_ptr<TensorSource>> m_shards;
  std::map<std::string, const TensorSource*> m_shardOf;
};

}  // namespace

const TensorInfo* TensorSource::find(const std::string& name) const {
  const auto found = tensors().find(name);
  return found == tensors().end() ? nullptr : &found->second;
}

const TensorInfo& TensorSource::info(const std::string& name) const {
  const TensorInfo* found = find(name);
  if (found == nullptr) throw Error(ErrorKind::BadFile, path() + ": tensor " + shown(name) + " not found");
  return *found;
}

std::int64_t TensorSource::totalBytes() const {
  std::int64_t sum = 0;
  for (const auto& [name, tensor] : tensors()) sum += tensor.bytes;
  return sum;
}

const TensorInfo& TensorSource::checkRead(const std::string& name, std::span<std::byte> out) const {
  const TensorInfo& tensor = info(name);
  if (static_cast<std::int64_t>(out.size()) != tensor.bytes)
    throw Error(ErrorKind::BadInput, path() + ": tensor " + shown(name) + ": found room for " +
                                         std::to_string(out.size()) + " bytes, expected " +
                                         std::to_string(tensor.bytes));
  return tensor;
}

std::optional<MappedTensor> TensorSource::map(const std::string& name) const {
  (void)info(name);
  return std::nullopt;
}

std::optional<MappedTensor> TensorSource::mapAt(const std::shared_ptr<const MappedFile>& file, std::int64_t offset,
                                                const TensorInfo& tensor) {
  static_assert(std::endian::native == std::endian::little,
                "checkpoints are little-endian and are used where they lie");
  if (!file || offset % dtypeSize(tensor.dtype) != 0) return std::nullopt;
  return MappedTensor{file->bytes().subspan(static_cast<size_t>(offset), static_cast<size_t>(tensor.bytes)), file};
}

std::unique_ptr<TensorSource> openWeights(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    throw Error(ErrorKind::Io, folder + ": found no folder of that name, expected a Hugging Face model folder");
  const auto there = [&](const char* name) { return fs::exists(fs::path(folder) / name, ignored); };
  const auto in = [&](const char* name) { return (fs::path(folder) / name).string(); };
  for (const char* kind : {"model.safetensors", "pytorch_model.bin"}) {
    const std::string index = std::string(kind) + ".index.json";
    if (there(kind)) return openOne(in(kind));
    if (there(index.c_str())) return std::make_unique<ShardedSource>(folder, in(index.c_str()));
  }
  const bool other = there("tf_model.h5") || there("flax_model.msgpack");
  throw Error(ErrorKind::BadFile,
              folder + ": found " + (other ? "TensorFlow or Flax weights only" : "no weights") +
                  ", expected model.safetensors, model.safetensors.index.json or pytorch_model.bin; save the "
                  "model with save_pretrained(FOLDER, safe_serialization=True)");
}

}  // namespace headroom
