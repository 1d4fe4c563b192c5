// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pickle_archive.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/error.h"
#include "core/checkpoint/json_text.h"
#include "core/checkpoint/pickle_machine.h"
#include "core/checkpoint/zip_directory.h"

namespace headroom {
namespace {

constexpr std::int64_t kMaxPickle = 16 << 20;  // about 100,000 tensors

void refuseOtherFormats(const InputFile& file) {
  std::byte magic[4]{};
  file.readAt(0, std::span(magic).first(static_cast<size_t>(std::min<std::int64_t>(4, file.size()))));
  if (magic[0] == std::byte{'P'} && magic[1] == std::byte{'K'}) return;
  const bool legacy = magic[0] == std::byte{0x80};
  throw Error(ErrorKind::BadFile,
              file.path() + ": found " + (legacy ? "the format of torch before 1.6" : "no zip archive") +
                  ", expected a file as torch.save writes it; save the model with save_pretrained(FOLDER, "
                  "safe_serialization=True), or copy it again if it was damaged");
}

// torch.save puts all members into one folder, whose name may be anything: FOLDER/data.pkl.
std::string findFolder(const InputFile& file, const std::map<std::string, ZipMember>& members) {
  std::string folder;
  for (const auto& [name, member] : members) {
    const size_t slash = name.find('/');
    if (slash == std::string::npos || name.substr(slash) != "/data.pkl") continue;
    if (!folder.empty()) throw Error(ErrorKind::BadFile, file.path() + ": found two data.pkl, expected one");
    folder = name.substr(0, slash + 1);
  }
  if (folder.empty())
    throw Error(ErrorKind::BadFile,
                file.path() +
                    ": found no data.pkl, expected a file as torch.save writes it; save the model with "
                    "save_pretrained(FOLDER, safe_serialization=True)");
  return folder;
}

std::string readMember(const InputFile& file, const ZipMember& member, std::int64_t maxBytes) {
  if (member.size > maxBytes)
    throw Error(ErrorKind::BadFile, file.path() + ": data.pkl: found " + std::to_string(member.size) +
                                        " bytes, expected at most " + std::to_string(maxBytes) +
                                        "; save the model as safetensors");
  std::string text(static_cast<size_t>(member.size), '\0');
  file.readAt(member.offset, std::as_writable_bytes(std::span(text.data(), text.size())));
  return text;
}

// Elements from the storage's begin to behind the last one that the tensor touches; nothing when that overflows.
std::optional<std::int64_t> reach(const PickledTensor& tensor) {
  std::int64_t last = tensor.offset;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    std::int64_t step = 0;
    if (tensor.shape[i] == 0) return tensor.offset;
    if (__builtin_mul_overflow(tensor.shape[i] - 1, tensor.strides[i], &step) ||
        __builtin_add_overflow(last, step, &last))
      return std::nullopt;
  }
  return last == INT64_MAX ? std::nullopt : std::optional(last + 1);
}

TensorInfo checkTensor(const InputFile& file, const PickledTensor& tensor, const ZipMember& storage) {
  const std::string where = file.path() + ": tensor " + shown(tensor.name) + ": ";
  const auto storageBytes = tensorBytes(tensor.dtype, {tensor.storageElements});
  if (!storageBytes || *storageBytes != storage.size)
    throw Error(ErrorKind::BadFile, where + "storage: found " + std::to_string(storage.size) + " bytes, expected " +
                                        std::to_string(tensor.storageElements) + " elements of " +
                                        std::string(dtypeName(tensor.dtype)) + "; the file is damaged, copy it again");
  const auto bytes = tensorBytes(tensor.dtype, tensor.shape);
  const auto end = reach(tensor);
  if (!bytes || *bytes > storage.size || !end || *end > tensor.storageElements)
    throw Error(ErrorKind::BadFile, where + "shape " + shapeText(tensor.shape) + ", strides " +
                                        shapeText(tensor.strides) + ", offset " + std::to_string(tensor.offset) +
                                        ": reaches beyond its storage of " + std::to_string(tensor.storageElements) +
                                        " elements; the file is damaged, copy it again");
  return {tensor.name, tensor.dtype, tensor.shape, *bytes};
}

bool isContiguous(const TensorInfo& info, const std::vector<std::int64_t>& strides) {
  std::int64_t expected = 1;
  for (size_t i = info.shape.size(); i-- > 0;) {
    if (info.shape[i] != 1 && strides[i] != expected) return false;
    expected *= info.shape[i];
  }
  return true;
}

}  // namespace

PickleArchive::PickleArchive(const std::string& path) : m_file(path), m_mapped(MappedFile::map(m_file)) {
  refuseOtherFormats(m_file);
  const auto members = readZipDirectory(m_file);
  const std::string folder = findFolder(m_file, members);
  if (const auto order = members.find(folder + "byteorder");
      order != members.end() && readMember(m_file, order->second, 16) != "little")
    throw Error(ErrorKind::BadFile, path + ": byteorder: expected little; save the model as safetensors");
  const std::string pickle = readMember(m_file, members.at(folder + "data.pkl"), kMaxPickle);
  for (const PickledTensor& tensor : readPickledStateDict(pickle, path)) {
    const auto storage = members.find(folder + "data/" + tensor.storage);
    if (storage == members.end())
      throw Error(ErrorKind::BadFile, path + ": tensor " + shown(tensor.name) + ": its storage " +
                                          shown(tensor.storage) +
                                          " is not in the archive; the file is damaged, copy it again");
    TensorInfo info = checkTensor(m_file, tensor, storage->second);
    if (!m_tensors.emplace(tensor.name, std::move(info)).second)
      throw Error(ErrorKind::BadFile, path + ": tensor " + shown(tensor.name) + " found twice, expected once");
    m_places[tensor.name] = {storage->second.offset + tensor.offset * dtypeSize(tensor.dtype), tensor.strides};
  }
}

void PickleArchive::read(const std::string& name, std::span<std::byte> out) const {
  const TensorInfo& tensor = checkRead(name, out);
  const Place& place = m_places.at(name);
  if (isContiguous(tensor, place.strides))
    m_file.readAt(place.offset, out);
  else
    readStrided(tensor, place, out);
}

std::optional<MappedTensor> PickleArchive::map(const std::string& name) const {
  const TensorInfo& tensor = info(name);
  const Place& place = m_places.at(name);
  if (!isContiguous(tensor, place.strides)) return std::nullopt;
  return mapAt(m_mapped, place.offset, tensor);
}

// Fetches the part of the storage that the tensor touches once, then gathers; the constructor checked that it lies
// inside.
void PickleArchive::readStrided(const TensorInfo& info, const Place& place, std::span<std::byte> out) const {
  if (out.empty()) return;
  const auto width = static_cast<size_t>(dtypeSize(info.dtype));
  std::int64_t last = 0;
  for (size_t i = 0; i < info.shape.size(); ++i) last += (info.shape[i] - 1) * place.strides[i];
  std::vector<std::byte> source((static_cast<size_t>(last) + 1) * width);
  m_file.readAt(place.offset, source);

  std::vector<std::int64_t> index(info.shape.size(), 0);
  std::int64_t from = 0;
  for (size_t to = 0; to < out.size(); to += width) {
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from) * static_cast<std::ptrdiff_t>(width), width,
                out.begin() + static_cast<std::ptrdiff_t>(to));
    for (size_t axis = index.size(); axis-- > 0;) {
      from += place.strides[axis];
      if (++index[axis] < info.shape[axis]) break;
      from -= place.strides[axis] * info.shape[axis];
      index[axis] = 0;
    }
  }
}

}  // namespace headroom
