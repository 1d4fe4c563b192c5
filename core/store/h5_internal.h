// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Shared by the two halves of the HDF5 wrapper and by nobody else: the lock, the error line, types.

#include <hdf5.h>

#include <mutex>
#include <string>

#include "core/base/error.h"
#include "core/store/h5.h"

namespace headroom {

static_assert(std::is_same_v<hid_t, std::int64_t> || sizeof(hid_t) == sizeof(std::int64_t), "HDF5 1.10 or newer");

/// Held around every call of the library. Also keeps it from printing, which is a setting of the calling thread.
class H5Lock {
 public:
  H5Lock();

 private:
  std::lock_guard<std::recursive_mutex> m_guard;
};

/// Error "WHERE: cannot ACTION: the system's or the library's reason"; Io where the system gave one, else `otherwise`.
[[noreturn]] void failInH5(const std::string& where, const std::string& action,
                           ErrorKind otherwise = ErrorKind::BadFile);

/// `status` as it came from the library; negative = failInH5.
template <typename T>
T checkH5(T status, const std::string& where, const std::string& action) {
  if (status < 0) failInH5(where, action);
  return status;
}

[[nodiscard]] H5Handle dataTypeHandle(hid_t type);
[[nodiscard]] H5Handle dataSpaceHandle(hid_t space);
[[nodiscard]] H5Handle propertyHandle(hid_t list);
[[nodiscard]] H5Handle dataSetHandle(hid_t dataSet);
/// Text of exactly `length` bytes, padded with zeros, UTF-8.
[[nodiscard]] H5Handle fixedTextType(std::size_t length);
[[nodiscard]] hid_t memoryType(H5Type type);

}  // namespace headroom
