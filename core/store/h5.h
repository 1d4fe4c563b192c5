// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The only door to HDF5, which is not thread-safe: every call below takes one process-wide lock. Failures of the
// library become one Error line each; it prints nothing. Destructors never throw.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace headroom {

/// Files that this program makes consist of pages of this size.
inline constexpr std::uint64_t kH5PageBytes = 4096;

enum class H5Type { UInt8, Int32, Int64, Float32, Float64, Text };

/// An open object of the library; closed by its destructor, errors of closing are dropped.
class H5Handle {
 public:
  using Close = int (*)(std::int64_t);
  H5Handle() = default;
  H5Handle(std::int64_t id, Close close) : m_id(id), m_close(close) {}
  ~H5Handle() { reset(); }
  H5Handle(H5Handle&& other) noexcept;
  H5Handle& operator=(H5Handle&& other) noexcept;

  [[nodiscard]] std::int64_t id() const { return m_id; }
  [[nodiscard]] bool open() const { return m_id >= 0; }
  /// Closes; false when the library could not.
  bool reset() noexcept;
  /// Forgets the object without closing it.
  void abandon() noexcept { m_id = -1; }

 private:
  std::int64_t m_id = -1;
  Close m_close = nullptr;
};

/// How a data set is made. Dimension 0 is the row; with `growing` it has no upper limit.
struct H5Spec {
  std::string path;  ///< "/time/step"; its group exists
  H5Type type = H5Type::Float64;
  std::vector<std::uint64_t> dims{};   ///< empty = one value
  std::vector<std::uint64_t> chunk{};  ///< empty = not chunked
  bool growing = false;                ///< rows may be added later
  bool wideGrowing = false;            ///< the last of two dimensions may be widened later instead
  int deflate = 0;                     ///< 0 = stored as it is, else shuffle and deflate of this level
  std::size_t textLength = 0;          ///< bytes of each value, for H5Type::Text
  std::string units{};
  std::string longName{};
};

/// One data set, read and written by rows. Numbers are converted by the library; text has a fixed length.
class H5DataSet {
 public:
  H5DataSet() = default;
  H5DataSet(H5Handle handle, std::string where) : m_handle(std::move(handle)), m_where(std::move(where)) {}

  [[nodiscard]] std::vector<std::uint64_t> dims() const;
  /// Rows, 1 for a single value.
  [[nodiscard]] std::uint64_t rows() const;
  /// Values in one row.
  [[nodiscard]] std::uint64_t width() const;
  void resize(const std::vector<std::uint64_t>& dims);
  void setRows(std::uint64_t rows);

  template <typename T>
  void write(std::uint64_t firstRow, std::uint64_t rowCount, std::span<const T> values) {
    writeRows(firstRow, rowCount, typeOf<T>(), values.data(), values.size());
  }
  /// Throws Error(BadFile) when the rows are not there or claim more than `maxBytes` of memory.
  template <typename T>
  [[nodiscard]] std::vector<T> read(std::uint64_t firstRow, std::uint64_t rowCount, std::uint64_t maxBytes) const {
    std::vector<T> values(checkedCount(firstRow, rowCount, sizeof(T), maxBytes));
    readRows(firstRow, rowCount, typeOf<T>(), values.data());
    return values;
  }

  /// Bytes that one text value can hold; Error(BadFile) when this is not text of a fixed length.
  [[nodiscard]] std::size_t textLength() const;
  /// Throws Error(BadInput) when a text is longer than textLength().
  void writeTexts(std::uint64_t firstRow, std::span<const std::string> texts);
  [[nodiscard]] std::vector<std::string> readTexts(std::uint64_t firstRow, std::uint64_t rowCount,
                                                   std::uint64_t maxBytes) const;
  /// The first byte of the file behind the stored values; 0 when none are stored.
  [[nodiscard]] std::uint64_t storageEnd() const;
  void abandon() noexcept { m_handle.abandon(); }

 private:
  template <typename T>
  static constexpr H5Type typeOf() {
    if constexpr (std::is_same_v<T, std::uint8_t>)
      return H5Type::UInt8;
    else if constexpr (std::is_same_v<T, std::int32_t>)
      return H5Type::Int32;
    else if constexpr (std::is_same_v<T, std::int64_t>)
      return H5Type::Int64;
    else if constexpr (std::is_same_v<T, float>)
      return H5Type::Float32;
    else {
      static_assert(std::is_same_v<T, double>, "a type that run files hold");
      return H5Type::Float64;
    }
  }
  [[nodiscard]] std::size_t checkedCount(std::uint64_t firstRow, std::uint64_t rowCount, std::size_t valueBytes,
                                         std::uint64_t maxBytes) const;
  void writeRows(std::uint64_t firstRow, std::uint64_t rowCount, H5Type type, const void* data, std::size_t count);
  void readRows(std::uint64_t firstRow, std::uint64_t rowCount, H5Type type, void* data) const;

  H5Handle m_handle;
  std::string m_where;  ///< "run.h5: /time/step", for messages
};

/// An open HDF5 file. HDF5's own file locks are off: see run_lock.h.
class H5File {
 public:
  /// A new empty file, any old one of this name is lost.
  [[nodiscard]] static H5File create(const std::string& path);
  /// One writer beside many readers; nothing can be created in this mode, rows can be added and values changed.
  [[nodiscard]] static H5File openSwmrWriter(const std::string& path);
  /// Works on closed files, on files that are being written, and on files left behind by a kill.
  [[nodiscard]] static H5File openReader(const std::string& path);
  /// Reads a copy in memory: for files that bear the mark of an ordinary writer, which keeps openReader out.
  [[nodiscard]] static H5File openPrivateCopy(const std::string& path);
  /// Clears the marks that a killed writer left, then reads and writes as usual. Only on files nobody else has open.
  /// Messages call the file `shownAs`.
  [[nodiscard]] static H5File openRecovering(const std::string& path, const std::string& shownAs);

  [[nodiscard]] const std::string& path() const { return m_path; }
  void createGroup(const std::string& path);
  H5DataSet createDataSet(const H5Spec& spec);
  /// A second name for an object.
  void link(const std::string& existing, const std::string& path);
  void setAttribute(const std::string& object, const std::string& name, const std::string& text);
  void setAttribute(const std::string& object, const std::string& name, const std::vector<std::string>& texts);
  void setAttribute(const std::string& object, const std::string& name, std::int64_t value);
  void setAttribute(const std::string& object, const std::string& name, const std::vector<std::int32_t>& values);

  [[nodiscard]] bool has(const std::string& path) const;
  /// Throws Error(BadFile) naming the missing data set.
  [[nodiscard]] H5DataSet dataSet(const std::string& path) const;
  /// Absent when the attribute is missing or of another kind.
  [[nodiscard]] std::optional<std::string> textAttribute(const std::string& object, const std::string& name) const;
  [[nodiscard]] std::optional<std::int64_t> numberAttribute(const std::string& object, const std::string& name) const;

  /// Everything written so far reaches the file, so that it outlives a kill of this process.
  void flush();
  void close();
  /// After a failed write: closing would write again, so the library's object is left alone until the process ends.
  void abandon() noexcept { m_handle.abandon(); }

 private:
  H5File(H5Handle handle, std::string path) : m_handle(std::move(handle)), m_path(std::move(path)) {}

  H5Handle m_handle;
  std::string m_path;
};

}  // namespace headroom
