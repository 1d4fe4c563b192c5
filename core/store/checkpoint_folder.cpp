// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/checkpoint_folder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json_levels.h"

namespace headroom {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kSuffix = ".safetensors";
constexpr std::uint64_t kMostHeaderBytes = std::uint64_t{100} << 20;

std::optional<std::int64_t> stepOf(const std::string& name) {
  const std::string_view view = name;
  if (!view.starts_with(kPrefix) || !view.ends_with(kSuffix)) return std::nullopt;
  if (view.size() <= kPrefix.size() + kSuffix.size()) return std::nullopt;
  const std::string_view digits = view.substr(kPrefix.size(), view.size() - kPrefix.size() - kSuffix.size());
  std::int64_t step = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (error != std::errc() || end != digits.data() + digits.size() || step < 0) return std::nullopt;
  return step;
}

/// Left under its temporary name by a writer that was killed.
bool isHalfWritten(const std::string& name) {
  const size_t part = name.find(".safetensors.part-");
  return part != std::string::npos && (name.starts_with(kPrefix) || name.starts_with("final."));
}

/// The length that a safetensors file's own header promises.
std::uint64_t promisedSize(const nlohmann::json& header, std::uint64_t headerBytes) {
  std::uint64_t end = 0;
  for (const auto& [name, tensor] : header.items())
    if (name != "__metadata__") end = std::max(end, tensor.at("data_offsets").at(1).get<std::uint64_t>());
  return 8 + headerBytes + end;
}

bool isWhole(const std::string& path) {
  try {
    const InputFile file(path);
    const auto size = static_cast<std::uint64_t>(file.size());
    if (size < 8) return false;
    std::array<unsigned char, 8> raw{};
    file.readAt(0, std::as_writable_bytes(std::span(raw)));
    std::uint64_t headerBytes = 0;
    for (size_t i = 8; i-- > 0;) headerBytes = headerBytes << 8 | raw[i];
    if (headerBytes > size - 8 || headerBytes > kMostHeaderBytes) return false;
    std::string text(static_cast<size_t>(headerBytes), '\0');
    file.readAt(8, std::as_writable_bytes(std::span(text.data(), text.size())));
    return !nestsTooDeeply(text) && promisedSize(nlohmann::json::parse(text), headerBytes) == size;
  } catch (const Error&) {
    return false;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::vector<std::string> namesIn(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  return names;
}

void removeFile(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) throw Error(ErrorKind::Io, path + ": cannot remove: " + error.message());
}

}  // namespace

std::string CheckpointFolder::stepPath(std::int64_t step) const {
  const std::string digits = std::to_string(step);
  const std::string zeros(digits.size() < 8 ? 8 - digits.size() : 0, '0');
  return m_path + "/" + std::string(kPrefix) + zeros + digits + std::string(kSuffix);
}

void CheckpointFolder::create() const {
  std::error_code error;
  fs::create_directories(m_path, error);
  if (error) throw Error(ErrorKind::Io, m_path + ": cannot create folder: " + error.message());
}

std::vector<CheckpointFile> CheckpointFolder::list() const {
  std::vector<CheckpointFile> files;
  for (const std::string& name : namesIn(m_path))
    if (const auto step = stepOf(name)) files.push_back({*step, m_path + "/" + name});
  std::sort(files.begin(), files.end(),
            [](const CheckpointFile& a, const CheckpointFile& b) { return a.step < b.step; });
  return files;
}

std::optional<CheckpointFile> CheckpointFolder::newestValid() const {
  const std::vector<CheckpointFile> files = list();
  const auto found =
      std::find_if(files.rbegin(), files.rend(), [](const CheckpointFile& file) { return isWhole(file.path); });
  if (found == files.rend()) return std::nullopt;
  return *found;
}

bool CheckpointFolder::hasFinal() const { return fs::exists(finalPath()) && isWhole(finalPath()); }

void CheckpointFolder::prune(int keep) const {
  const std::vector<CheckpointFile> files = list();
  int whole = 0;
  for (auto file = files.rbegin(); file != files.rend(); ++file)
    if (whole >= keep || !isWhole(file->path))
      removeFile(file->path);
    else
      ++whole;
  for (const std::string& name : namesIn(m_path))
    if (isHalfWritten(name)) removeFile(m_path + "/" + name);
}

void CheckpointFolder::removeAfter(std::int64_t step) const {
  for (const CheckpointFile& file : list())
    if (file.step > step) removeFile(file.path);
  removeFile(finalPath());
}

void CheckpointFolder::clear() const {
  for (const CheckpointFile& file : list()) removeFile(file.path);
  for (const std::string& name : namesIn(m_path))
    if (isHalfWritten(name)) removeFile(m_path + "/" + name);
  std::error_code error;
  fs::remove(finalPath(), error);
  fs::remove(m_path, error);  // stays when somebody keeps other things in it
}

bool CheckpointFolder::holdsAny() const { return !list().empty() || fs::exists(finalPath()); }

}  // namespace headroom
