// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <limits>

#include "core/store/h5_internal.h"

namespace headroom {

namespace {

constexpr int kMostDimensions = 2;

/// Selects whole rows in the file and makes the memory space that goes with them.
struct Selection {
  H5Handle file;
  H5Handle memory;
};

Selection selectRows(hid_t dataSet, const std::vector<std::uint64_t>& dims, std::uint64_t firstRow,
                     std::uint64_t rowCount, const std::string& where) {
  Selection selection;
  selection.file = dataSpaceHandle(H5Dget_space(dataSet));
  checkH5(selection.file.id(), where, "read");
  if (dims.empty()) {
    selection.memory = dataSpaceHandle(H5Screate(H5S_SCALAR));
    return selection;
  }
  std::vector<hsize_t> start(dims.size(), 0);
  std::vector<hsize_t> count(dims.begin(), dims.end());
  start.front() = firstRow;
  count.front() = rowCount;
  checkH5(H5Sselect_hyperslab(selection.file.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), where,
          "select rows");
  selection.memory = dataSpaceHandle(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  checkH5(selection.memory.id(), where, "select rows");
  return selection;
}

}  // namespace

std::vector<std::uint64_t> H5DataSet::dims() const {
  const H5Lock lock;
  const H5Handle space = dataSpaceHandle(checkH5(H5Dget_space(m_handle.id()), m_where, "read"));
  const int rank = checkH5(H5Sget_simple_extent_ndims(space.id()), m_where, "read");
  if (rank > kMostDimensions)
    throw Error(ErrorKind::BadFile, m_where + ": found " + std::to_string(rank) + " dimensions, expected at most " +
                                        std::to_string(kMostDimensions));
  std::vector<hsize_t> dims(static_cast<size_t>(rank));
  if (rank > 0) checkH5(H5Sget_simple_extent_dims(space.id(), dims.data(), nullptr), m_where, "read");
  return {dims.begin(), dims.end()};
}

std::uint64_t H5DataSet::rows() const {
  const std::vector<std::uint64_t> all = dims();
  return all.empty() ? 1 : all.front();
}

std::uint64_t H5DataSet::width() const {
  const std::vector<std::uint64_t> all = dims();
  return all.size() < 2 ? 1 : all[1];
}

void H5DataSet::resize(const std::vector<std::uint64_t>& dims) {
  const H5Lock lock;
  const std::vector<hsize_t> size(dims.begin(), dims.end());
  checkH5(H5Dset_extent(m_handle.id(), size.data()), m_where, "resize");
}

void H5DataSet::setRows(std::uint64_t rows) {
  std::vector<std::uint64_t> all = dims();
  if (all.empty() || all.front() == rows) return;
  all.front() = rows;
  resize(all);
}

std::size_t H5DataSet::checkedCount(std::uint64_t firstRow, std::uint64_t rowCount, std::size_t valueBytes,
                                    std::uint64_t maxBytes) const {
  const std::uint64_t have = rows();
  if (firstRow > have || rowCount > have - firstRow)
    throw Error(ErrorKind::BadFile, m_where + ": found " + std::to_string(have) + " rows, expected " +
                                        std::to_string(firstRow + rowCount) + "; the file is damaged");
  const std::uint64_t across = width();
  const std::uint64_t most = maxBytes / valueBytes;
  if (across > 0 && rowCount > most / across)
    throw Error(ErrorKind::BadFile, m_where + ": claims " + std::to_string(rowCount) + " x " + std::to_string(across) +
                                        " values, more than a file of this size holds; the file is damaged");
  return static_cast<std::size_t>(rowCount * across);
}

void H5DataSet::writeRows(std::uint64_t firstRow, std::uint64_t rowCount, H5Type type, const void* data,
                          std::size_t count) {
  const H5Lock lock;
  if (count != checkedCount(firstRow, rowCount, 1, std::numeric_limits<std::uint64_t>::max()))
    throw Error(ErrorKind::BadInput, m_where + ": found " + std::to_string(count) + " values for " +
                                         std::to_string(rowCount) + " rows of " + std::to_string(width()));
  if (count == 0) return;
  const Selection selection = selectRows(m_handle.id(), dims(), firstRow, rowCount, m_where);
  checkH5(H5Dwrite(m_handle.id(), memoryType(type), selection.memory.id(), selection.file.id(), H5P_DEFAULT, data),
          m_where, "write");
}

void H5DataSet::readRows(std::uint64_t firstRow, std::uint64_t rowCount, H5Type type, void* data) const {
  const H5Lock lock;
  if (rowCount == 0 || width() == 0) return;
  const Selection selection = selectRows(m_handle.id(), dims(), firstRow, rowCount, m_where);
  checkH5(H5Dread(m_handle.id(), memoryType(type), selection.memory.id(), selection.file.id(), H5P_DEFAULT, data),
          m_where, "read");
}

std::uint64_t H5DataSet::storageEnd() const {
  const H5Lock lock;
  const H5Handle list = propertyHandle(checkH5(H5Dget_create_plist(m_handle.id()), m_where, "read"));
  if (H5Pget_layout(list.id()) != H5D_CHUNKED) {
    const haddr_t begin = H5Dget_offset(m_handle.id());
    return begin == HADDR_UNDEF ? 0 : begin + H5Dget_storage_size(m_handle.id());
  }
  const H5Handle space = dataSpaceHandle(checkH5(H5Dget_space(m_handle.id()), m_where, "read"));
  hsize_t chunks = 0;
  checkH5(H5Dget_num_chunks(m_handle.id(), space.id(), &chunks), m_where, "read");
  std::uint64_t end = 0;
  for (hsize_t i = 0; i < chunks; ++i) {
    std::array<hsize_t, kMostDimensions> offset{};
    unsigned filters = 0;
    haddr_t begin = 0;
    hsize_t bytes = 0;
    checkH5(H5Dget_chunk_info(m_handle.id(), space.id(), i, offset.data(), &filters, &begin, &bytes), m_where, "read");
    if (begin != HADDR_UNDEF) end = std::max<std::uint64_t>(end, begin + bytes);
  }
  return end;
}

std::size_t H5DataSet::textLength() const {
  const H5Lock lock;
  const H5Handle type = dataTypeHandle(checkH5(H5Dget_type(m_handle.id()), m_where, "read"));
  const std::size_t length = H5Tget_size(type.id());
  if (H5Tget_class(type.id()) != H5T_STRING || H5Tis_variable_str(type.id()) != 0 || length == 0)
    throw Error(ErrorKind::BadFile, m_where + ": found no text of fixed length");
  return length;
}

void H5DataSet::writeTexts(std::uint64_t firstRow, std::span<const std::string> texts) {
  const H5Lock lock;
  const std::size_t length = textLength();
  std::string packed;
  packed.reserve(length * texts.size());
  for (const std::string& text : texts) {
    if (text.size() > length)
      throw Error(ErrorKind::BadInput, m_where + ": found a text of " + std::to_string(text.size()) +
                                           " bytes, expected at most " + std::to_string(length));
    packed += text;
    packed.append(length - text.size(), '\0');
  }
  if (texts.empty()) return;
  [[maybe_unused]] const std::size_t inRange =
      checkedCount(firstRow, texts.size(), 1, std::numeric_limits<std::uint64_t>::max());
  const Selection selection = selectRows(m_handle.id(), dims(), firstRow, texts.size(), m_where);
  const H5Handle type = fixedTextType(length);
  checkH5(H5Dwrite(m_handle.id(), type.id(), selection.memory.id(), selection.file.id(), H5P_DEFAULT, packed.data()),
          m_where, "write");
}

std::vector<std::string> H5DataSet::readTexts(std::uint64_t firstRow, std::uint64_t rowCount,
                                              std::uint64_t maxBytes) const {
  const H5Lock lock;
  const std::size_t length = textLength();
  const std::size_t count = checkedCount(firstRow, rowCount, length, maxBytes);
  std::vector<std::string> texts(count);
  if (count == 0) return texts;
  std::string packed(count * length, '\0');
  const Selection selection = selectRows(m_handle.id(), dims(), firstRow, rowCount, m_where);
  const H5Handle type = fixedTextType(length);
  checkH5(H5Dread(m_handle.id(), type.id(), selection.memory.id(), selection.file.id(), H5P_DEFAULT, packed.data()),
          m_where, "read");
  for (std::size_t i = 0; i < count; ++i) {
    texts[i] = packed.substr(i * length, length);
    texts[i].resize(std::min(texts[i].find('\0'), length));
  }
  return texts;
}

}  // namespace headroom
