// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/freed_memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace headroom {

void keepFreedMemory() {
#ifdef __GLIBC__
  constexpr int kKept = 512 << 20, kLargestKept = 256 << 20;
  ::mallopt(M_TRIM_THRESHOLD, kKept);
  ::mallopt(M_MMAP_THRESHOLD, kLargestKept);
  // Threads of their own arenas give memory back in pieces of 64 MB, whatever is asked for above.
  ::mallopt(M_ARENA_MAX, 1);
#endif
}

}  // namespace headroom
