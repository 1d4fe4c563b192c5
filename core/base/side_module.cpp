// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/side_module.h"

#include <dlfcn.h>

#include <filesystem>

#include "core/base/error.h"

namespace headroom {

namespace {

constexpr int kLoading = RTLD_NOW | RTLD_LOCAL
#ifndef __SANITIZE_ADDRESS__  // which refuses it
                         | RTLD_DEEPBIND
#endif
    ;

void* loadModule(const std::string& file) {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const std::filesystem::path& folder : {program, program / "../lib/headroom"})
    if (void* module = ::dlopen((folder / file).c_str(), kLoading)) return module;
  throw Error(ErrorKind::Io, (program / file).string() + ": cannot be loaded (" + ::dlerror() +
                                 "), expected beside the program; build or install Headroom again");
}

}  // namespace

void* sideModuleFunction(const std::string& file, const std::string& symbol) {
  if (void* function = ::dlsym(loadModule(file), symbol.c_str())) return function;
  throw Error(ErrorKind::Io, file + ": found another version of it, expected this program's; install Headroom again");
}

}  // namespace headroom
