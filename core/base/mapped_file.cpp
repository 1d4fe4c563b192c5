// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <string>

#include "core/base/error.h"

namespace headroom {

namespace {

constexpr size_t kMostMappings = 2048;  ///< two models of as many shards as may be, twice over

/// One live mapping as the signal handler sees it; `end` is 0 while the slot is free.
struct Slot {
  std::atomic<std::uintptr_t> begin{0}, end{0};
  std::atomic<bool> cut{false};
};
std::array<Slot, kMostMappings> slots;
struct sigaction formerAction;

/// What a mapping was made of, to tell later whether that is still so.
struct Origin {
  std::string path;
  struct stat status;
};
std::mutex originsMutex;
std::array<Origin, kMostMappings> origins;

std::uintptr_t pageSize() {
  static const auto size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// A page of a mapped file that is no longer there: from it on, zeros take the file's place. Anything else goes to who
/// was asked before. Calls only what a signal handler may.
void onBusError(int, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (Slot& slot : slots) {
    const std::uintptr_t end = slot.end.load(), begin = slot.begin.load();
    if (address < begin || address >= end) continue;
    const std::uintptr_t page = address / pageSize() * pageSize();
    if (::mmap(reinterpret_cast<void*>(page), end - page, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
      break;
    slot.cut.store(true);
    return;
  }
  ::sigaction(SIGBUS, &formerAction, nullptr);
  if (info->si_code <= 0) ::raise(SIGBUS);  // sent by somebody: it does not come again by itself
}

void watchBusErrors() {
  static std::once_flag once;
  std::call_once(once, [] {
    (void)pageSize();  // not for the first time inside the handler
    struct sigaction action {};
    action.sa_sigaction = onBusError;
    action.sa_flags = SA_SIGINFO;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(SIGBUS, &action, &formerAction);
  });
}

bool sameMoment(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

/// A file that went or was replaced under its name is still there as long as it is mapped.
bool changed(const Origin& origin) {
  struct stat now {};
  if (::stat(origin.path.c_str(), &now) != 0 || now.st_dev != origin.status.st_dev ||
      now.st_ino != origin.status.st_ino)
    return false;
  return now.st_size != origin.status.st_size || !sameMoment(now.st_mtim, origin.status.st_mtim);
}

/// With the lock held.
void requireIntactSlot(size_t slot) {
  if (slots[slot].cut.load() || changed(origins[slot]))
    throw Error(ErrorKind::BadFile,
                origins[slot].path +
                    ": found it changed while its weights were in use, expected it to stay as it was opened; " +
                    "put the file right and open it again");
}

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::map(const InputFile& file) {
  struct stat status {};
  if (file.size() == 0 || ::fstat(file.descriptor(), &status) != 0 || status.st_size != file.size()) return nullptr;
  watchBusErrors();
  const std::lock_guard lock(originsMutex);
  size_t free = 0;
  while (free < kMostMappings && slots[free].end.load() != 0) ++free;
  if (free == kMostMappings) return nullptr;
  const auto size = static_cast<size_t>(file.size());
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.descriptor(), 0);
  if (memory == MAP_FAILED) return nullptr;
  origins[free] = {file.path(), status};
  slots[free].cut.store(false);
  slots[free].begin.store(reinterpret_cast<std::uintptr_t>(memory));
  slots[free].end.store(reinterpret_cast<std::uintptr_t>(memory) + size);
  return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<std::byte*>(memory), size}, free));
}

MappedFile::~MappedFile() {
  const std::lock_guard lock(originsMutex);
  slots[m_slot].end.store(0);
  ::munmap(m_bytes.data(), m_bytes.size());
}

void MappedFile::release(std::span<const std::byte> part) const {
  const auto begin = (reinterpret_cast<std::uintptr_t>(part.data()) + pageSize() - 1) / pageSize() * pageSize();
  const auto end = reinterpret_cast<std::uintptr_t>(part.data() + part.size()) / pageSize() * pageSize();
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

void MappedFile::requireIntact() const {
  const std::lock_guard lock(originsMutex);
  requireIntactSlot(m_slot);
}

void requireMappedFilesIntact() {
  const std::lock_guard lock(originsMutex);
  for (size_t i = 0; i < kMostMappings; ++i)
    if (slots[i].end.load() != 0) requireIntactSlot(i);
}

}  // namespace headroom
