// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/safetensors_header.h"

#include <nlohmann/json.hpp>
#include <set>

#include "core/base/error.h"
#include "core/checkpoint/json_text.h"

namespace headroom {
namespace {

constexpr size_t kMaxDimensions = 16;
constexpr const char* kMetadata = "__metadata__";

// {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, "__metadata__": {"KEY": "TEXT"}} and nothing
// else.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  HeaderReader(SafetensorsHeader& header, const std::string& path) : m_header(header), m_path(path) {}

  bool null() override { fail("found null"); }
  bool boolean(bool) override { fail("found true or false"); }
  bool number_integer(number_integer_t) override { fail("found a negative number"); }
  bool number_float(number_float_t, const string_t&) override { fail("found a fraction"); }
  bool binary(binary_t&) override { fail("found binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (m_numbers == nullptr) fail("found a number");
    if (value > static_cast<number_unsigned_t>(INT64_MAX))
      fail("found " + std::to_string(value) + ", expected less than 2^63");
    if (m_numbers->size() == kMaxDimensions) fail("found more than " + std::to_string(kMaxDimensions) + " numbers");
    m_numbers->push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool string(string_t& value) override {
    if (m_depth != 2 || m_numbers != nullptr) fail("found text");
    if (m_name == kMetadata) {
      m_header.metadata[m_field] = value;
      return true;
    }
    if (m_field != "dtype") fail("found text, expected an array");
    const auto dtype = dtypeFromName(value);
    if (!dtype)
      fail("found " + shown(value) + ", expected a type this version reads (F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL)");
    m_entry.info.dtype = *dtype;
    return true;
  }

  bool start_object(size_t) override {
    if (m_depth >= 2 || m_numbers != nullptr) fail("found an object");
    ++m_depth;
    m_fields.clear();
    m_offsets.clear();
    m_entry = {};
    return true;
  }

  bool key(string_t& name) override {
    if (m_depth == 1) {
      m_name = name;
      m_field.clear();
      if (!m_names.insert(name).second) fail("found twice, expected once");
      return true;
    }
    m_field = name;
    if (!m_fields.insert(name).second) fail("found twice, expected once");
    if (m_name != kMetadata && name != "dtype" && name != "shape" && name != "data_offsets")
      fail("unknown field, expected dtype, shape, data_offsets");
    return true;
  }

  bool end_object() override {
    --m_depth;
    if (m_depth == 1 && m_name != kMetadata) finishTensor();
    m_field.clear();
    return true;
  }

  bool start_array(size_t) override {
    if (m_depth != 2 || m_numbers != nullptr || (m_field != "shape" && m_field != "data_offsets") ||
        m_name == kMetadata)
      fail("found an array");
    m_numbers = m_field == "shape" ? &m_entry.info.shape : &m_offsets;
    return true;
  }

  bool end_array() override {
    m_numbers = nullptr;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    m_name.clear();
    fail("expected JSON, found something else at byte " + std::to_string(8 + position));
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    std::string where = m_path + ": header";
    if (!m_name.empty()) where += ": " + shown(m_name);
    if (!m_field.empty()) where += ": " + shown(m_field);
    throw Error(ErrorKind::BadFile, where + ": " + what + "; the file is damaged, copy it again");
  }

  void finishTensor() {
    m_field.clear();
    if (m_fields.size() != 3)
      fail("expected dtype, shape and data_offsets, found " + std::to_string(m_fields.size()) + " fields");
    if (m_offsets.size() != 2) fail("data_offsets: found " + std::to_string(m_offsets.size()) + " numbers, expected 2");
    const auto bytes = tensorBytes(m_entry.info.dtype, m_entry.info.shape);
    if (!bytes) fail("shape: found " + shapeText(m_entry.info.shape) + ", which is larger than any file");
    const std::int64_t span = m_offsets[1] - m_offsets[0];
    if (span != *bytes)
      fail("data_offsets: found " + std::to_string(span) + " bytes, expected " + std::to_string(*bytes) + " for " +
           std::string(dtypeName(m_entry.info.dtype)) + " " + shapeText(m_entry.info.shape));
    m_entry.info.name = m_name;
    m_entry.info.bytes = *bytes;
    m_entry.begin = m_offsets[0];
    m_entry.end = m_offsets[1];
    m_header.entries.push_back(std::move(m_entry));
  }

  SafetensorsHeader& m_header;
  const std::string& m_path;
  int m_depth = 0;
  std::string m_name;
  std::string m_field;
  std::set<std::string> m_names;
  std::set<std::string> m_fields;
  HeaderEntry m_entry;
  std::vector<std::int64_t> m_offsets;
  std::vector<std::int64_t>* m_numbers = nullptr;  // the open array
};

}  // namespace

SafetensorsHeader parseSafetensorsHeader(const std::string& json, const std::string& path) {
  if (json.empty() || json.front() != '{')
    throw Error(ErrorKind::BadFile,
                path + ": header: expected a JSON object; no safetensors file, or damaged: copy it again");
  SafetensorsHeader header;
  HeaderReader reader(header, path);
  nlohmann::json::sax_parse(json, &reader);
  return header;
}

}  // namespace headroom
