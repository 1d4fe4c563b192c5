// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/base/error.h"
#include "core/checkpoint/safetensors_header.h"

namespace headroom {
namespace {

constexpr std::int64_t kMaxHeader = 100'000'000;  // bytes; the format's own limit

std::int64_t littleEndian64(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (size_t i = 8; i-- > 0;) value = value << 8 | static_cast<std::uint64_t>(bytes[i]);
  return value > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(value);
}

std::string readHeaderText(const InputFile& file) {
  if (file.size() < 8)
    throw Error(ErrorKind::BadFile, file.path() + ": found " + std::to_string(file.size()) +
                                        " bytes, expected a safetensors file; it was cut short, copy it again");
  std::byte raw[8];
  file.readAt(0, raw);
  if (std::string_view(reinterpret_cast<const char*>(raw), 8) == "version ")
    throw Error(ErrorKind::BadFile, file.path() + ": found a Git LFS pointer, expected the weights; run git lfs pull");
  const std::int64_t length = littleEndian64(raw);
  if (length > kMaxHeader || length > file.size() - 8)
    throw Error(ErrorKind::BadFile, file.path() + ": header length: found " + std::to_string(length) +
                                        ", expected at most " + std::to_string(std::min(kMaxHeader, file.size() - 8)) +
                                        "; no safetensors file, or cut short: copy it again");
  std::string text(static_cast<size_t>(length), '\0');
  file.readAt(8, std::as_writable_bytes(std::span(text.data(), text.size())));
  return text;
}

// The format wants the tensors to cover the data without overlap or hole.
void checkCoverage(const std::string& path, std::vector<HeaderEntry>& entries, std::int64_t dataBytes) {
  std::sort(entries.begin(), entries.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::int64_t covered = 0;
  for (const HeaderEntry& entry : entries) {
    const std::string where = path + ": tensor " + entry.info.name + ": data_offsets: ";
    if (entry.end > dataBytes)
      throw Error(ErrorKind::BadFile, where + "found end " + std::to_string(entry.end) + ", expected at most " +
                                          std::to_string(dataBytes) + "; the file was cut short, copy it again");
    if (entry.begin != covered)
      throw Error(ErrorKind::BadFile, where + "found begin " + std::to_string(entry.begin) + ", expected " +
                                          std::to_string(covered) + " (" +
                                          (entry.begin < covered ? "overlaps another tensor" : "leaves a hole") +
                                          "); the file is damaged, copy it again");
    covered = entry.end;
  }
  if (covered != dataBytes)
    throw Error(ErrorKind::BadFile, path + ": found " + std::to_string(dataBytes) + " bytes of data, expected " +
                                        std::to_string(covered) + "; the file is damaged, copy it again");
}

std::string headerFor(const std::vector<TensorToWrite>& tensors, const std::map<std::string, std::string>& metadata,
                      const std::string& path) {
  auto header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::int64_t offset = 0;
  for (const TensorToWrite& tensor : tensors) {
    const auto bytes = tensorBytes(tensor.dtype, tensor.shape);
    if (!bytes || tensor.name == "__metadata__" || header.contains(tensor.name))
      throw Error(ErrorKind::BadInput, path + ": tensor " + tensor.name + ": impossible shape or a name used twice");
    header[tensor.name] = {
        {"dtype", dtypeName(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + *bytes}}};
    offset += *bytes;
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

void writeTensor(AtomicFile& file, const TensorToWrite& tensor, const std::string& path) {
  const auto expected = static_cast<size_t>(*tensorBytes(tensor.dtype, tensor.shape));
  size_t written = 0;
  tensor.produce([&](std::span<const std::byte> piece) {
    written += piece.size();
    if (written <= expected) file.write(piece);
  });
  if (written != expected)
    throw Error(ErrorKind::BadInput, path + ": tensor " + tensor.name + ": found " + std::to_string(written) +
                                         " bytes to write, expected " + std::to_string(expected));
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::string& path) : m_file(path), m_mapped(MappedFile::map(m_file)) {
  const std::string text = readHeaderText(m_file);
  SafetensorsHeader header = parseSafetensorsHeader(text, path);
  const std::int64_t dataBegin = 8 + static_cast<std::int64_t>(text.size());
  checkCoverage(path, header.entries, m_file.size() - dataBegin);
  for (HeaderEntry& entry : header.entries) {
    m_offsets[entry.info.name] = dataBegin + entry.begin;
    const std::string name = entry.info.name;
    m_tensors.emplace(name, std::move(entry.info));
  }
  m_metadata = std::move(header.metadata);
}

void SafetensorsFile::read(const std::string& name, std::span<std::byte> out) const {
  checkRead(name, out);
  m_file.readAt(m_offsets.at(name), out);
}

std::optional<MappedTensor> SafetensorsFile::map(const std::string& name) const {
  const TensorInfo& tensor = info(name);
  return mapAt(m_mapped, m_offsets.at(name), tensor);
}

void writeSafetensors(const std::string& path, std::vector<TensorToWrite> tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorToWrite& a, const TensorToWrite& b) {
    const std::int64_t sizeA = dtypeSize(a.dtype);
    const std::int64_t sizeB = dtypeSize(b.dtype);
    return sizeA != sizeB ? sizeA > sizeB : a.name < b.name;
  });
  const std::string header = headerFor(tensors, metadata, path);
  std::byte length[8];
  for (size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>(header.size() >> (8 * i) & 255);
  AtomicFile file(path);
  file.write(std::span<const std::byte>(length));
  file.write(std::string_view(header));
  for (const TensorToWrite& tensor : tensors) writeTensor(file, tensor, path);
  file.commit();
}

}  // namespace headroom
