// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/within_memory.h"

#include <new>
#include <string_view>

#include "core/model/torch_api.h"

namespace headroom {

namespace {

/// GPU allocators have an exception of their own; that of the CPU, and cuBLAS, only say it.
bool saysOutOfMemory(std::string_view what) {
  for (const std::string_view words : {"allocate memory", "out of memory", "not enough memory", "ALLOC_FAILED"})
    if (what.find(words) != std::string_view::npos) return true;
  return false;
}

}  // namespace

bool withinMemory(const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  } catch (const c10::OutOfMemoryError&) {
    return false;
  } catch (const c10::Error& error) {
    if (!saysOutOfMemory(error.what_without_backtrace())) throw;
    return false;
  }
}

}  // namespace headroom
