// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/h5.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/files.h"
#include "core/store/h5_internal.h"

namespace headroom {

namespace {

constexpr unsigned kReadAttempts = 18;  // a quarter of a millisecond in all
constexpr std::int64_t kMostImageBytes = std::int64_t{1} << 30;

std::recursive_mutex& processLock() {
  static std::recursive_mutex mutex;
  return mutex;
}

struct ErrorTrail {
  std::string deepest;  ///< the library's innermost description
  std::string system;   ///< strerror's words, when a system call failed
};

herr_t collectError(unsigned, const H5E_error2_t* entry, void* data) {
  ErrorTrail& trail = *static_cast<ErrorTrail*>(data);
  if (entry->desc == nullptr) return 0;
  const std::string text = entry->desc;
  if (trail.deepest.empty()) trail.deepest = text;
  const std::string mark = "error message = '";
  const size_t begin = text.find(mark);
  if (begin == std::string::npos || !trail.system.empty()) return 0;
  trail.system = text.substr(begin + mark.size(), text.find('\'', begin + mark.size()) - begin - mark.size());
  return 0;
}

H5Handle fileAccess() {
  H5Handle access = propertyHandle(H5Pcreate(H5P_FILE_ACCESS));
  // What 1.10 can read, also when a newer library writes.
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Pset_file_locking(access.id(), false, true);
  return access;
}

H5Handle fileHandle(hid_t file) {
  return {file, [](std::int64_t id) { return static_cast<int>(H5Fclose(id)); }};
}

H5Handle openFile(const std::string& path, unsigned flags, const H5Handle& access) {
  return fileHandle(checkH5(H5Fopen(path.c_str(), flags, access.id()), path, "open as HDF5"));
}

void writeAttribute(const std::string& path, hid_t file, const std::string& object, const std::string& name, hid_t type,
                    std::uint64_t count, const void* data) {
  const std::string action = "write attribute " + name + " of " + object;
  const hsize_t size = count;
  const H5Handle space = dataSpaceHandle(count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr));
  const H5Handle attribute(checkH5(H5Acreate_by_name(file, object.c_str(), name.c_str(), type, space.id(), H5P_DEFAULT,
                                                     H5P_DEFAULT, H5P_DEFAULT),
                                   path, action),
                           [](std::int64_t id) { return static_cast<int>(H5Aclose(id)); });
  checkH5(H5Awrite(attribute.id(), type, data), path, action);
}

H5Handle openAttribute(hid_t file, const std::string& object, const std::string& name) {
  return {H5Aopen_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
          [](std::int64_t id) { return static_cast<int>(H5Aclose(id)); }};
}

bool isScalar(const H5Handle& attribute) {
  const H5Handle space = dataSpaceHandle(H5Aget_space(attribute.id()));
  return space.open() && H5Sget_simple_extent_npoints(space.id()) == 1;
}

H5Handle creationList(const H5Spec& spec) {
  H5Handle list = propertyHandle(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_obj_track_times(list.id(), false);
  if (!spec.chunk.empty()) {
    const std::vector<hsize_t> chunk(spec.chunk.begin(), spec.chunk.end());
    H5Pset_chunk(list.id(), static_cast<int>(chunk.size()), chunk.data());
  } else {
    H5Pset_alloc_time(list.id(), H5D_ALLOC_TIME_EARLY);  // nothing is allocated once the file is in SWMR mode
  }
  if (spec.deflate > 0) {
    H5Pset_shuffle(list.id());
    H5Pset_deflate(list.id(), static_cast<unsigned>(spec.deflate));
  }
  const double noNumber = std::numeric_limits<double>::quiet_NaN();
  const std::int64_t noCount = -1;
  if (spec.type == H5Type::Float32 || spec.type == H5Type::Float64)
    H5Pset_fill_value(list.id(), H5T_NATIVE_DOUBLE, &noNumber);
  if (spec.type == H5Type::Int32 || spec.type == H5Type::Int64)
    H5Pset_fill_value(list.id(), H5T_NATIVE_INT64, &noCount);
  return list;
}

}  // namespace

H5Lock::H5Lock() : m_guard(processLock()) {
  // An object that could not be closed (full disk) must not be closed again when the process ends: that crashes.
  [[maybe_unused]] static const herr_t noExitHandler = H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

void failInH5(const std::string& where, const std::string& action, ErrorKind otherwise) {
  ErrorTrail trail;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collectError, &trail);
  H5Eclear2(H5E_DEFAULT);
  const bool fromSystem = !trail.system.empty() && trail.system != "Success";
  std::string reason = fromSystem ? trail.system : trail.deepest;
  if (reason.empty()) reason = "HDF5 gives no reason";
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  throw Error(fromSystem ? ErrorKind::Io : otherwise, where + ": cannot " + action + ": " + reason);
}

H5Handle::H5Handle(H5Handle&& other) noexcept : m_id(std::exchange(other.m_id, -1)), m_close(other.m_close) {}

H5Handle& H5Handle::operator=(H5Handle&& other) noexcept {
  if (this == &other) return *this;
  reset();
  m_id = std::exchange(other.m_id, -1);
  m_close = other.m_close;
  return *this;
}

bool H5Handle::reset() noexcept {
  if (m_id < 0) return true;
  const H5Lock lock;
  return m_close(std::exchange(m_id, -1)) >= 0;
}

H5Handle dataTypeHandle(hid_t type) {
  return {type, [](std::int64_t id) { return static_cast<int>(H5Tclose(id)); }};
}

H5Handle dataSpaceHandle(hid_t space) {
  return {space, [](std::int64_t id) { return static_cast<int>(H5Sclose(id)); }};
}

H5Handle propertyHandle(hid_t list) {
  return {list, [](std::int64_t id) { return static_cast<int>(H5Pclose(id)); }};
}

H5Handle dataSetHandle(hid_t dataSet) {
  return {dataSet, [](std::int64_t id) { return static_cast<int>(H5Dclose(id)); }};
}

H5Handle fixedTextType(std::size_t length) {
  H5Handle type = dataTypeHandle(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.id(), std::max<std::size_t>(length, 1));
  H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

hid_t memoryType(H5Type type) {
  switch (type) {
    case H5Type::UInt8: return H5T_NATIVE_UINT8;
    case H5Type::Int32: return H5T_NATIVE_INT32;
    case H5Type::Int64: return H5T_NATIVE_INT64;
    case H5Type::Float32: return H5T_NATIVE_FLOAT;
    default: return H5T_NATIVE_DOUBLE;
  }
}

H5File H5File::create(const std::string& path) {
  const H5Lock lock;
  const H5Handle access = fileAccess();
  // A kill can cut a system call that writes across two pages of memory, so no block of the file's structure may lie
  // across two: with this strategy none does that is smaller than a page.
  const H5Handle creation = propertyHandle(H5Pcreate(H5P_FILE_CREATE));
  checkH5(H5Pset_file_space_strategy(creation.id(), H5F_FSPACE_STRATEGY_PAGE, false, 1), path, "create");
  checkH5(H5Pset_file_space_page_size(creation.id(), kH5PageBytes), path, "create");
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.id(), access.id());
  return {fileHandle(checkH5(id, path, "create")), path};
}

H5File H5File::openSwmrWriter(const std::string& path) {
  const H5Lock lock;
  return {openFile(path, H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, fileAccess()), path};
}

H5File H5File::openReader(const std::string& path) {
  const H5Lock lock;
  const H5Handle access = fileAccess();
  H5Pset_libver_bounds(access.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  // Between attempts to read a damaged block the library sleeps, each time twice as long: its default of 100 never
  // ends.
  H5Pset_metadata_read_attempts(access.id(), kReadAttempts);
  return {openFile(path, H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access), path};
}

H5File H5File::openRecovering(const std::string& path, const std::string& shownAs) {
  const H5Lock lock;
  const H5Handle access = fileAccess();
  // The properties that h5clear sets: the library has no call for them.
  const hbool_t yes = true;
  checkH5(H5Pset(access.id(), "clear_status_flags", &yes), shownAs, "prepare recovery");
  checkH5(H5Pset(access.id(), "skip_eof_check", &yes), shownAs, "prepare recovery");
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id());
  H5File file(fileHandle(checkH5(id, shownAs, "recover")), shownAs);
  // A kill within a flush leaves blocks behind the end that the superblock names, or a file shorter than it. Without
  // this the former could not be read, and new blocks would be laid over them.
  checkH5(H5Fincrement_filesize(id, 0), shownAs, "recover");
  return file;
}

H5File H5File::openPrivateCopy(const std::string& path) {
  std::string image = readTextFile(path, kMostImageBytes);
  const H5Lock lock;
  const H5Handle access = fileAccess();
  const hbool_t yes = true;
  checkH5(H5Pset_fapl_core(access.id(), 1 << 20, false), path, "read a copy");
  checkH5(H5Pset_file_image(access.id(), image.data(), image.size()), path, "read a copy");
  checkH5(H5Pset(access.id(), "clear_status_flags", &yes), path, "read a copy");
  // The library wants a name that is no file's.
  return {openFile(path + ".copy-in-memory", H5F_ACC_RDWR, access), path};
}

void H5File::createGroup(const std::string& path) {
  const H5Lock lock;
  const hid_t id = H5Gcreate2(m_handle.id(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  checkH5(H5Gclose(checkH5(id, m_path, "create " + path)), m_path, "create " + path);
}

H5DataSet H5File::createDataSet(const H5Spec& spec) {
  const H5Lock lock;
  const std::vector<hsize_t> dims(spec.dims.begin(), spec.dims.end());
  std::vector<hsize_t> most = dims;
  if (spec.growing) most.front() = H5S_UNLIMITED;
  if (spec.wideGrowing) most.back() = H5S_UNLIMITED;
  const H5Handle space = dataSpaceHandle(
      dims.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), most.data()));
  const H5Handle type =
      spec.type == H5Type::Text ? fixedTextType(spec.textLength) : dataTypeHandle(H5Tcopy(memoryType(spec.type)));
  const H5Handle list = creationList(spec);
  const hid_t id =
      H5Dcreate2(m_handle.id(), spec.path.c_str(), type.id(), space.id(), H5P_DEFAULT, list.id(), H5P_DEFAULT);
  H5DataSet made(dataSetHandle(checkH5(id, m_path, "create " + spec.path)), m_path + ": " + spec.path);
  if (!spec.units.empty()) setAttribute(spec.path, "units", spec.units);
  if (!spec.longName.empty()) setAttribute(spec.path, "long_name", spec.longName);
  return made;
}

void H5File::link(const std::string& existing, const std::string& path) {
  const H5Lock lock;
  checkH5(H5Lcreate_hard(m_handle.id(), existing.c_str(), m_handle.id(), path.c_str(), H5P_DEFAULT, H5P_DEFAULT),
          m_path, "create " + path);
}

void H5File::setAttribute(const std::string& object, const std::string& name, const std::string& text) {
  const H5Lock lock;
  std::string padded = text;
  padded.resize(std::max<std::size_t>(text.size(), 1));
  writeAttribute(m_path, m_handle.id(), object, name, fixedTextType(text.size()).id(), 0, padded.data());
}

void H5File::setAttribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts) {
  const H5Lock lock;
  std::size_t longest = 1;
  for (const std::string& text : texts) longest = std::max(longest, text.size());
  std::string packed;
  for (const std::string& text : texts) packed += text + std::string(longest - text.size(), '\0');
  writeAttribute(m_path, m_handle.id(), object, name, fixedTextType(longest).id(), texts.size(), packed.data());
}

void H5File::setAttribute(const std::string& object, const std::string& name, std::int64_t value) {
  const H5Lock lock;
  writeAttribute(m_path, m_handle.id(), object, name, H5T_NATIVE_INT64, 0, &value);
}

void H5File::setAttribute(const std::string& object, const std::string& name, const std::vector<std::int32_t>& values) {
  const H5Lock lock;
  writeAttribute(m_path, m_handle.id(), object, name, H5T_NATIVE_INT32, values.size(), values.data());
}

bool H5File::has(const std::string& path) const {
  const H5Lock lock;
  // Every group on the way is asked for: the library fails on a path whose parent is missing.
  for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1))
    if (H5Lexists(m_handle.id(), path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
  return H5Lexists(m_handle.id(), path.c_str(), H5P_DEFAULT) > 0;
}

H5DataSet H5File::dataSet(const std::string& path) const {
  const H5Lock lock;
  if (!has(path)) throw Error(ErrorKind::BadFile, m_path + ": data set " + path + " is missing; the file is damaged");
  const hid_t id = H5Dopen2(m_handle.id(), path.c_str(), H5P_DEFAULT);
  return {dataSetHandle(checkH5(id, m_path, "read " + path)), m_path + ": " + path};
}

std::optional<std::string> H5File::textAttribute(const std::string& object, const std::string& name) const {
  const H5Lock lock;
  const H5Handle attribute = openAttribute(m_handle.id(), object, name);
  if (!attribute.open() || !isScalar(attribute)) return std::nullopt;
  const H5Handle stored = dataTypeHandle(H5Aget_type(attribute.id()));
  const std::size_t length = stored.open() ? H5Tget_size(stored.id()) : 0;
  if (length == 0 || length > 65536 || H5Tget_class(stored.id()) != H5T_STRING || H5Tis_variable_str(stored.id()) != 0)
    return std::nullopt;
  std::string text(length, '\0');
  if (H5Aread(attribute.id(), stored.id(), text.data()) < 0) return std::nullopt;
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

std::optional<std::int64_t> H5File::numberAttribute(const std::string& object, const std::string& name) const {
  const H5Lock lock;
  const H5Handle attribute = openAttribute(m_handle.id(), object, name);
  if (!attribute.open() || !isScalar(attribute)) return std::nullopt;
  const H5Handle stored = dataTypeHandle(H5Aget_type(attribute.id()));
  if (!stored.open() || H5Tget_class(stored.id()) != H5T_INTEGER) return std::nullopt;
  std::int64_t value = 0;
  if (H5Aread(attribute.id(), H5T_NATIVE_INT64, &value) < 0) return std::nullopt;
  return value;
}

void H5File::flush() {
  const H5Lock lock;
  checkH5(H5Fflush(m_handle.id(), H5F_SCOPE_GLOBAL), m_path, "write");
}

void H5File::close() {
  const H5Lock lock;
  if (!m_handle.reset()) failInH5(m_path, "close");
}

}  // namespace headroom
