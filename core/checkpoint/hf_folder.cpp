// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/hf_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "core/base/copy_file.h"
#include "core/base/error.h"
#include "core/base/files.h"

namespace headroom {
namespace fs = std::filesystem;
namespace {

constexpr std::array<const char*, 15> kSideFiles{"vocab.txt",
                                                 "vocab.json",
                                                 "merges.txt",
                                                 "tokenizer.json",
                                                 "tokenizer_config.json",
                                                 "special_tokens_map.json",
                                                 "added_tokens.json",
                                                 "spiece.model",
                                                 "tokenizer.model",
                                                 "tok512.json",
                                                 "sentencepiece.bpe.model",
                                                 "source.spm",
                                                 "target.spm",
                                                 "preprocessor_config.json",
                                                 "generation_config.json"};

std::string withoutTrailingSlash(const std::string& path) {
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos)
    throw Error(ErrorKind::BadInput, "output folder: found '" + path + "', expected a folder's name");
  return path.substr(0, end + 1);
}

// Overwriting replaces the model that was there, so it must look like one: a config.json and plain files only.
void checkReplaceable(const std::string& path) {
  bool model = false;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    model = model || entry.path().filename() == "config.json";
    if (!entry.is_regular_file())
      throw Error(ErrorKind::BadInput, path + ": holds " + entry.path().filename().string() +
                                           ", expected a model's files only; choose another folder");
  }
  if (!model)
    throw Error(ErrorKind::BadInput,
                path + ": holds files but no config.json, so it is not overwritten; choose another folder");
}

void checkTarget(const std::string& path, bool overwrite) {
  std::error_code code;
  const fs::file_status status = fs::symlink_status(path, code);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw Error(ErrorKind::BadInput, path + ": exists and is no folder; choose another name");
  const bool empty = fs::is_empty(path, code);
  if (code) throw Error(ErrorKind::Io, path + ": cannot list: " + code.message());
  if (empty) return;
  if (!overwrite)
    throw Error(ErrorKind::BadInput, path + ": already holds files; choose another folder or overwrite it");
  checkReplaceable(path);
}

/// Whether a model that is written takes the place of this file.
bool belongsToModel(const fs::path& file) {
  const std::string name = file.filename().string(), end = file.extension().string();
  return name == "config.json" || name.ends_with(".index.json") || end == ".safetensors" || end == ".bin" ||
         end == ".onnx" || std::find(kSideFiles.begin(), kSideFiles.end(), name) != kSideFiles.end();
}

/// Data and notes that lie beside the old model stay beside the new one.
void carryOver(const std::string& from, const std::string& staging) {
  for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
    const fs::path target = fs::path(staging) / entry.path().filename();
    std::error_code failed;
    if (belongsToModel(entry.path()) || fs::exists(target, failed)) continue;
    fs::create_hard_link(entry.path(), target, failed);
    if (failed) copyFile(entry.path().string(), target.string());
  }
}

std::string makeStaging(const std::string& path) {
  const fs::path target(path);
  const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
  for (int attempt = 0;; ++attempt) {
    const std::string name =
        "." + target.filename().string() + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(attempt);
    const std::string staging = (parent / name).string();
    if (::mkdir(staging.c_str(), 0777) == 0) return staging;
    if (errno != EEXIST || attempt == 1000) failWithErrno(path, "create the folder");
  }
}

void syncAll(const std::string& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const int descriptor = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) failWithErrno(entry.path().string(), "open");
    const bool synced = ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!synced) failWithErrno(entry.path().string(), "write");
  }
  syncFolder(folder);
}

/// Runs what writes into `staging`. A failure names the folder that was asked for, not the hidden one.
template <typename Write>
void naming(const std::string& path, const std::string& staging, Write write) {
  try {
    write();
  } catch (const Error& error) {
    std::string line = error.what();
    if (const size_t at = line.find(staging); at != std::string::npos) line.replace(at, staging.size(), path);
    throw Error(error.kind(), line);
  }
}

// Afterwards `path` is the new folder and `staging` the old one. Where the file system can, a whole model lies under
// the name at every moment.
void swapFolders(const std::string& staging, const std::string& path) {
  if (::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) failWithErrno(path, "rename the finished folder");
  const std::string old = staging + ".old";
  if (::rename(path.c_str(), old.c_str()) != 0) failWithErrno(path, "rename the old folder");
  if (::rename(staging.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::rename(old.c_str(), path.c_str());
    errno = reason;
    failWithErrno(path, "rename the finished folder");
  }
  ::rename(old.c_str(), staging.c_str());
}

}  // namespace

HfFolderWriter::HfFolderWriter(const std::string& path, bool overwrite)
    : m_path(withoutTrailingSlash(path)), m_overwrite(overwrite) {
  checkTarget(m_path, overwrite);
  m_staging = makeStaging(m_path);
}

HfFolderWriter::~HfFolderWriter() {
  std::error_code ignored;
  if (!m_staging.empty()) fs::remove_all(m_staging, ignored);
}

void HfFolderWriter::writeConfig(const std::string& json) { writeFile("config.json", json); }

void HfFolderWriter::writeWeights(std::vector<TensorToWrite> tensors) {
  naming(m_path, m_staging, [&] { writeSafetensors(m_staging + "/model.safetensors", std::move(tensors)); });
}

void HfFolderWriter::writeFile(const std::string& name, const std::string& text) {
  naming(m_path, m_staging, [&] { writeFileAtomically(m_staging + "/" + name, text); });
}

void HfFolderWriter::write(const std::function<void()>& writer) { naming(m_path, m_staging, writer); }

void HfFolderWriter::copySideFiles(const std::string& fromFolder) {
  for (const char* name : kSideFiles) {
    const fs::path from = fs::path(fromFolder) / name;
    std::error_code ignored;
    if (!fs::is_regular_file(from, ignored)) continue;
    naming(m_path, m_staging, [&] { copyFile(from.string(), m_staging + "/" + name); });
  }
}

void HfFolderWriter::commit() {
  syncAll(m_staging);
  checkTarget(m_path, m_overwrite);  // again: much time may have passed
  std::error_code ignored;
  const bool replace = fs::exists(m_path, ignored) && !fs::is_empty(m_path, ignored);
  if (replace) {
    naming(m_path, m_staging, [&] { carryOver(m_path, m_staging); });
    swapFolders(m_staging, m_path);
    fs::remove_all(m_staging, ignored);
  } else if (::rename(m_staging.c_str(), m_path.c_str()) != 0) {
    failWithErrno(m_path, "rename the finished folder");
  }
  m_staging.clear();
  const std::string parent = fs::path(m_path).parent_path().string();
  syncFolder(parent);
}

}  // namespace headroom
