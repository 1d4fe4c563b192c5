// SPDX-License-Identifier: GPL-3.0-or-later
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "core/export/onnx/library.h"

namespace headroom {

namespace {

constexpr std::int64_t kIrVersion = 8, kOpset = 17;

/// ": No space left on device; make room": what the system says of the last failed write.
std::string reason() {
  if (errno == 0) return {};
  return std::string(": ") + std::strerror(errno) + (errno == ENOSPC || errno == EDQUOT ? "; make room" : "");
}

int onnxType(Dtype dtype) {
  switch (dtype) {
    case Dtype::F64: return onnx::TensorProto::DOUBLE;
    case Dtype::F32: return onnx::TensorProto::FLOAT;
    case Dtype::F16: return onnx::TensorProto::FLOAT16;
    case Dtype::BF16: return onnx::TensorProto::BFLOAT16;
    case Dtype::I64: return onnx::TensorProto::INT64;
    case Dtype::I32: return onnx::TensorProto::INT32;
    case Dtype::I16: return onnx::TensorProto::INT16;
    case Dtype::I8: return onnx::TensorProto::INT8;
    case Dtype::U8: return onnx::TensorProto::UINT8;
    case Dtype::Bool: return onnx::TensorProto::BOOL;
  }
  return onnx::TensorProto::UNDEFINED;
}

/// Only the types that our graphs hold.
Dtype ownType(int type) {
  return type == onnx::TensorProto::INT64 ? Dtype::I64 : type == onnx::TensorProto::BOOL ? Dtype::Bool : Dtype::F32;
}

void describe(const GraphValue& value, onnx::ValueInfoProto& info) {
  info.set_name(value.name);
  auto* type = info.mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnxType(value.dtype));
  for (const auto& size : value.shape) {
    auto* dimension = type->mutable_shape()->add_dim();
    if (const auto* number = std::get_if<std::int64_t>(&size)) {
      dimension->set_dim_value(*number);
    } else {
      dimension->set_dim_param(std::get<std::string>(size));
    }
  }
}

GraphValue describe(const onnx::ValueInfoProto& info) {
  GraphValue value{info.name(), ownType(info.type().tensor_type().elem_type()), {}};
  for (const auto& size : info.type().tensor_type().shape().dim()) {
    if (size.has_dim_value()) {
      value.shape.emplace_back(static_cast<std::int64_t>(size.dim_value()));
    } else {
      value.shape.emplace_back(size.dim_param());
    }
  }
  return value;
}

void addNode(const GraphNode& node, onnx::GraphProto& graph) {
  auto* made = graph.add_node();
  made->set_op_type(node.op);
  made->set_name(node.output);
  for (const std::string& input : node.inputs) made->add_input(input);
  made->add_output(node.output);
  for (const GraphAttribute& attribute : node.attributes) {
    auto* set = made->add_attribute();
    set->set_name(attribute.name);
    if (const auto* whole = std::get_if<std::int64_t>(&attribute.value)) {
      set->set_type(onnx::AttributeProto::INT);
      set->set_i(*whole);
    } else if (const auto* number = std::get_if<float>(&attribute.value)) {
      set->set_type(onnx::AttributeProto::FLOAT);
      set->set_f(*number);
    } else {
      set->set_type(onnx::AttributeProto::INTS);
      for (const std::int64_t each : std::get<std::vector<std::int64_t>>(attribute.value)) set->add_ints(each);
    }
  }
}

GraphNode readNode(const onnx::NodeProto& node) {
  GraphNode made{node.op_type(), {node.input().begin(), node.input().end()}, node.output(0), {}};
  for (const auto& attribute : node.attribute()) {
    if (attribute.type() == onnx::AttributeProto::INT) {
      made.attributes.push_back({attribute.name(), static_cast<std::int64_t>(attribute.i())});
    } else if (attribute.type() == onnx::AttributeProto::FLOAT) {
      made.attributes.push_back({attribute.name(), attribute.f()});
    } else {
      made.attributes.push_back(
          {attribute.name(), std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end())});
    }
  }
  return made;
}

/// Where constants go that are too large for protobuf: one after another, each begun at a multiple of 64 bytes.
class DataFile {
 public:
  explicit DataFile(const std::string& path)
      : m_name(std::filesystem::path(path).filename().string()), m_file(path, std::ios::binary) {}

  void write(const TensorToWrite& tensor, onnx::TensorProto& made) {
    while (m_written % 64 != 0) put("", 1);
    const std::int64_t begin = m_written;
    tensor.produce(
        [this](std::span<const std::byte> piece) { put(reinterpret_cast<const char*>(piece.data()), piece.size()); });
    made.set_data_location(onnx::TensorProto::EXTERNAL);
    set(made, "location", m_name);
    set(made, "offset", std::to_string(begin));
    set(made, "length", std::to_string(m_written - begin));
  }
  bool close() {
    m_file.close();
    return static_cast<bool>(m_file);
  }

 private:
  void put(const char* bytes, size_t count) {
    m_file.write(bytes, static_cast<std::streamsize>(count));
    m_written += static_cast<std::int64_t>(count);
  }
  static void set(onnx::TensorProto& made, const char* key, const std::string& value) {
    auto* entry = made.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
  std::string m_name;
  std::ofstream m_file;
  std::int64_t m_written = 0;
};

std::int64_t bytesOf(const Graph& graph) {
  std::int64_t sum = 0;
  for (const TensorToWrite& tensor : graph.constants) sum += tensorBytes(tensor.dtype, tensor.shape).value_or(0);
  return sum;
}

void addConstants(const Graph& graph, DataFile* file, onnx::GraphProto& made) {
  for (const TensorToWrite& tensor : graph.constants) {
    auto* constant = made.add_initializer();
    constant->set_name(tensor.name);
    constant->set_data_type(onnxType(tensor.dtype));
    for (const std::int64_t size : tensor.shape) constant->add_dims(size);
    // Small ones stay in the model: runtimes look at shapes and axes before they open other files.
    if (file && tensorBytes(tensor.dtype, tensor.shape).value_or(0) > 1024) {
      file->write(tensor, *constant);
    } else {
      std::string* bytes = constant->mutable_raw_data();
      tensor.produce([bytes](std::span<const std::byte> piece) {
        bytes->append(reinterpret_cast<const char*>(piece.data()), piece.size());
      });
    }
  }
}

std::string bytesOf(const onnx::TensorProto& tensor, const std::string& path) {
  if (tensor.data_location() != onnx::TensorProto::EXTERNAL) return tensor.raw_data();
  std::string location;
  std::int64_t offset = 0, length = 0;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") location = entry.value();
    if (entry.key() == "offset") offset = std::stoll(entry.value());
    if (entry.key() == "length") length = std::stoll(entry.value());
  }
  std::ifstream file(std::filesystem::path(path).parent_path() / std::filesystem::path(location).filename(),
                     std::ios::binary);
  file.seekg(offset);
  std::string bytes(static_cast<size_t>(length), '\0');
  file.read(bytes.data(), length);
  if (!file) throw std::runtime_error(location + " is cut short");
  return bytes;
}

TensorToWrite readConstant(const onnx::TensorProto& tensor, const std::string& path) {
  const auto bytes = std::make_shared<const std::string>(bytesOf(tensor, path));
  return {tensor.name(),
          ownType(tensor.data_type()),
          {tensor.dims().begin(), tensor.dims().end()},
          [bytes](const ByteSink& sink) { sink(std::as_bytes(std::span(bytes->data(), bytes->size()))); }};
}

class Library final : public OnnxLibrary {
 public:
  std::string write(const Graph& graph, const std::string& path, std::int64_t inlineBytes) override {
    return complaintOf([&] {
      onnx::ModelProto model;
      model.set_ir_version(kIrVersion);
      model.set_producer_name("headroom");
      model.add_opset_import()->set_version(kOpset);
      for (const auto& [key, value] : graph.metadata) {
        auto* property = model.add_metadata_props();
        property->set_key(key);
        property->set_value(value);
      }
      onnx::GraphProto& made = *model.mutable_graph();
      made.set_name(graph.name);
      for (const GraphValue& value : graph.inputs) describe(value, *made.add_input());
      for (const GraphValue& value : graph.outputs) describe(value, *made.add_output());
      for (const GraphNode& node : graph.nodes) addNode(node, made);
      std::unique_ptr<DataFile> file;
      if (bytesOf(graph) > inlineBytes) file = std::make_unique<DataFile>(path + ".data");
      addConstants(graph, file.get(), made);
      errno = 0;
      if (file && !file->close()) throw std::runtime_error("cannot write the weights beside it" + reason());
      std::ofstream out(path, std::ios::binary);
      if (!model.SerializeToOstream(&out) || !out.flush()) throw std::runtime_error("cannot write" + reason());
      out.close();
      onnx::checker::check_model(path);
    });
  }

  std::string read(const std::string& path, Graph& graph) override {
    return complaintOf([&] {
      std::ifstream in(path, std::ios::binary);
      onnx::ModelProto model;
      if (!model.ParseFromIstream(&in)) throw std::runtime_error(path + " is no ONNX model");
      graph = {};
      graph.name = model.graph().name();
      for (const auto& property : model.metadata_props()) graph.metadata[property.key()] = property.value();
      for (const auto& value : model.graph().input()) graph.inputs.push_back(describe(value));
      for (const auto& value : model.graph().output()) graph.outputs.push_back(describe(value));
      for (const auto& node : model.graph().node()) graph.nodes.push_back(readNode(node));
      for (const auto& constant : model.graph().initializer()) graph.constants.push_back(readConstant(constant, path));
    });
  }

 private:
  template <typename Work>
  static std::string complaintOf(Work work) {
    try {
      work();
      return {};
    } catch (const std::exception& error) {
      const std::string what = error.what();
      return what.empty() ? "unknown failure" : what;
    }
  }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) OnnxLibrary* headroomMakeOnnx() { return new Library; }

}  // namespace headroom
