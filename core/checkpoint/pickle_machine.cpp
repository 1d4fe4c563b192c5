// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pickle_machine.h"

#include <array>
#include <bit>
#include <utility>

#include "core/base/error.h"
#include "core/checkpoint/json_text.h"
#include "core/checkpoint/pickle_values.h"

namespace headroom {
namespace {

constexpr size_t kMaxNodes = 2'000'000;  // a tensor needs about ten
constexpr size_t kMaxTensors = 100'000;
constexpr size_t kMaxName = 1024;  // bytes
constexpr size_t kMostDimensions = 16;
constexpr const char* kRemedy =
    "; load it where you trust it and save the model with save_pretrained(FOLDER, safe_serialization=True)";

class Machine {
 public:
  Machine(std::string_view pickle, const std::string& path) : m_pickle(pickle), m_path(path) {}

  std::vector<PickledTensor> run() {
    while (step(static_cast<unsigned char>(byte()))) {
    }
    return collect(popNode());
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::BadFile, m_path + ": pickle byte " + std::to_string(m_at) + ": " + what + kRemedy);
  }

  // ---- input -------------------------------------------------------------------------------------------------------
  char byte() {
    if (m_at >= m_pickle.size()) refuse("ends too early");
    return m_pickle[m_at++];
  }
  std::uint64_t number(size_t width) {
    const std::string_view raw = bytes(width);
    std::uint64_t value = 0;
    for (size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(raw[i]);
    return value;
  }
  std::string_view bytes(std::uint64_t count) {
    if (count > m_pickle.size() - m_at) refuse("ends too early");
    const std::string_view piece = m_pickle.substr(m_at, static_cast<size_t>(count));
    m_at += static_cast<size_t>(count);
    return piece;
  }
  std::string_view line() {
    const size_t end = m_pickle.find('\n', m_at);
    if (end == std::string_view::npos) refuse("ends too early");
    const std::string_view text = m_pickle.substr(m_at, end - m_at);
    m_at = end + 1;
    return text;
  }

  // ---- values ------------------------------------------------------------------------------------------------------
  PickleNode& node(int id) { return m_nodes[static_cast<size_t>(id)]; }
  void push(PickleNode value) {
    if (m_nodes.size() == kMaxNodes) refuse("found more than " + std::to_string(kMaxNodes) + " values");
    m_nodes.push_back(std::move(value));
    m_stack.push_back(static_cast<int>(m_nodes.size()) - 1);
  }
  void pushKind(PickleKind kind) {
    PickleNode value;
    value.kind = kind;
    push(std::move(value));
  }
  void pushNumber(std::int64_t value) {
    pushKind(PickleKind::Number);
    node(m_stack.back()).number = value;
  }
  void pushText(std::string_view value) {
    pushKind(PickleKind::Text);
    node(m_stack.back()).text = value;
  }
  void pushTuple(std::vector<int> items) {
    pushKind(PickleKind::Tuple);
    node(m_stack.back()).items = std::move(items);
  }
  int top() const {
    if (m_stack.empty()) refuse("takes a value from an empty stack");
    return m_stack.back();
  }
  int pop() {
    const int id = top();
    if (node(id).kind == PickleKind::Mark) refuse("takes a value where there is a mark");
    m_stack.pop_back();
    return id;
  }
  PickleNode& popNode() { return node(pop()); }
  PickleNode& popKind(PickleKind kind, const char* expected) {
    PickleNode& value = popNode();
    if (value.kind != kind) refuse(std::string("expected ") + expected + ", found another kind of value");
    return value;
  }
  std::vector<int> popItems(size_t count) {
    std::vector<int> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    return items;
  }
  std::vector<int> popToMark() {
    if (m_marks.empty()) refuse("goes back to a mark that is not there");
    const size_t begin = m_marks.back();
    m_marks.pop_back();
    if (begin >= m_stack.size()) refuse("goes back to a mark that is not there");
    std::vector<int> items(m_stack.begin() + static_cast<std::ptrdiff_t>(begin) + 1, m_stack.end());
    m_stack.resize(begin);
    return items;
  }

  // ---- opcodes -----------------------------------------------------------------------------------------------------
  // False at STOP.
  bool step(unsigned char opcode) {
    if (opcode == '.') return false;
    if (literal(opcode) || container(opcode) || memo(opcode) || callable(opcode)) return true;
    static constexpr char kDigits[] = "0123456789abcdef";
    refuse(std::string("found opcode 0x") + kDigits[opcode >> 4] + kDigits[opcode & 15] +
           ", which a state dict has no use for");
  }

  bool literal(unsigned char opcode) {
    switch (opcode) {
      case 0x80: return protocol();
      case 0x95: number(8); return true;  // FRAME: only a hint for reading ahead
      case 'N':
      case 0x88:
      case 0x89: pushKind(PickleKind::Other); return true;
      case 'G':
        bytes(8);
        pushKind(PickleKind::Other);
        return true;
      case 'J': pushNumber(static_cast<std::int32_t>(number(4))); return true;
      case 'K': pushNumber(static_cast<std::int64_t>(number(1))); return true;
      case 'M': pushNumber(static_cast<std::int64_t>(number(2))); return true;
      case 0x8a: return longNumber();
      case 'X':
      case 'T': pushText(bytes(number(4))); return true;
      case 'U':
      case 0x8c: pushText(bytes(number(1))); return true;
      case 0x8d: pushText(bytes(number(8))); return true;
      default: return false;
    }
  }

  bool protocol() {
    const std::uint64_t version = number(1);
    if (version < 2 || version > 5) refuse("protocol: found " + std::to_string(version) + ", expected 2 to 5");
    return true;
  }

  bool longNumber() {
    const std::uint64_t width = number(1);
    if (width > 8) refuse("found a number of " + std::to_string(width) + " bytes, expected at most 8");
    std::uint64_t value = number(static_cast<size_t>(width));
    if (width > 0 && width < 8 && (value >> (8 * width - 1)) != 0) value |= ~std::uint64_t{0} << (8 * width);
    pushNumber(std::bit_cast<std::int64_t>(value));
    return true;
  }

  bool container(unsigned char opcode) {
    switch (opcode) {
      case '(':
        pushKind(PickleKind::Mark);
        m_marks.push_back(m_stack.size() - 1);
        return true;
      case '}': pushKind(PickleKind::Dict); return true;
      case ']': pushKind(PickleKind::List); return true;
      case ')': pushKind(PickleKind::Tuple); return true;
      case 't': pushTuple(popToMark()); return true;
      case 0x85:
      case 0x86:
      case 0x87: pushTuple(popItems(opcode - 0x84u)); return true;
      case 'a':
        popItems(1);
        expectTop(PickleKind::List);
        return true;
      case 'e':
        popToMark();
        expectTop(PickleKind::List);
        return true;
      case 's': setItems(popItems(2)); return true;
      case 'u': setItems(popToMark()); return true;
      case '0': pop(); return true;
      default: return false;
    }
  }

  void expectTop(PickleKind kind) {
    if (node(top()).kind != kind) refuse("fills a container that is none");
  }
  void setItems(const std::vector<int>& items) {
    expectTop(PickleKind::Dict);
    if (items.size() % 2 != 0) refuse("found a key without a value");
    std::vector<int>& all = node(top()).items;
    all.insert(all.end(), items.begin(), items.end());
  }

  bool memo(unsigned char opcode) {
    switch (opcode) {
      case 'q': remember(number(1)); return true;
      case 'r': remember(number(4)); return true;
      case 0x94: remember(m_remembered); return true;
      case 'h': recall(number(1)); return true;
      case 'j': recall(number(4)); return true;
      default: return false;
    }
  }
  void remember(std::uint64_t index) {
    if (node(top()).kind == PickleKind::Mark) refuse("remembers a mark");
    if (index >= m_pickle.size())
      refuse("remembers value " + std::to_string(index) + ", more than the pickle can hold");
    if (index >= m_memo.size()) m_memo.resize(static_cast<size_t>(index) + 1, -1);
    int& place = m_memo[static_cast<size_t>(index)];
    if (place < 0) ++m_remembered;
    place = top();
  }
  void recall(std::uint64_t index) {
    if (index >= m_memo.size() || m_memo[static_cast<size_t>(index)] < 0)
      refuse("recalls value " + std::to_string(index) + ", which was never remembered");
    m_stack.push_back(m_memo[static_cast<size_t>(index)]);
  }

  bool callable(unsigned char opcode) {
    switch (opcode) {
      case 'c': {
        const std::string_view module = line();
        pushGlobal(module, line());
        return true;
      }
      case 0x93: {
        const std::string_view name = popKind(PickleKind::Text, "a name").text;
        pushGlobal(popKind(PickleKind::Text, "a module").text, name);
        return true;
      }
      case 'R': reduce(); return true;
      case 'b':  // attributes of an OrderedDict (_metadata): of no use here
        popKind(PickleKind::Dict, "a dictionary of attributes");
        expectTop(PickleKind::Dict);
        return true;
      case 'Q': persistent(); return true;
      default: return false;
    }
  }

  void pushGlobal(std::string_view module, std::string_view name) {
    auto allowed = allowedPickleGlobal(module, name);
    if (!allowed)
      refuse("found the global " + shown(std::string(module) + "." + std::string(name)) + ", which is never run here");
    push(std::move(*allowed));
  }

  // Arguments are looked at in place: copying a long tuple that is recalled again and again would take quadratic time.
  void reduce() {
    const std::vector<int>& arguments = popKind(PickleKind::Tuple, "a tuple of arguments").items;
    const PickleCallable function = popKind(PickleKind::Callable, "a known function").callable;
    if (function == PickleCallable::OrderedDict) {
      if (!arguments.empty()) refuse("OrderedDict: found arguments, expected none");
      pushKind(PickleKind::Dict);
    } else if (function == PickleCallable::RebuildParameter) {
      if (arguments.empty() || node(arguments[0]).kind != PickleKind::Tensor)
        refuse("_rebuild_parameter: expected a tensor");
      m_stack.push_back(arguments[0]);
    } else {
      pushTensor(arguments);
    }
  }

  void pushTensor(const std::vector<int>& arguments) {
    const std::array kinds{PickleKind::Storage, PickleKind::Number, PickleKind::Tuple, PickleKind::Tuple};
    bool fits = arguments.size() == 6 || arguments.size() == 7;
    for (size_t i = 0; fits && i < kinds.size(); ++i) fits = node(arguments[i]).kind == kinds[i];
    if (!fits) refuse("_rebuild_tensor_v2: expected a storage, an offset, a shape and strides");
    PickleNode tensor;
    tensor.kind = PickleKind::Tensor;
    tensor.items.assign(arguments.begin(), arguments.begin() + 4);
    push(std::move(tensor));
  }

  // ('storage', type, key, location, elements); the location is ignored, everything is read to the CPU.
  void persistent() {
    const std::vector<int>& id = popKind(PickleKind::Tuple, "a storage's description").items;
    if (id.size() != 5 || node(id[0]).kind != PickleKind::Text || node(id[0]).text != "storage" ||
        node(id[1]).kind != PickleKind::StorageType || node(id[2]).kind != PickleKind::Text ||
        node(id[2]).text.size() > kMaxName || node(id[4]).kind != PickleKind::Number)
      refuse("expected ('storage', type, key, location, elements), found another description");
    PickleNode storage;
    storage.kind = PickleKind::Storage;
    storage.dtype = node(id[1]).dtype;
    storage.text = node(id[2]).text;
    storage.number = node(id[4]).number;
    push(std::move(storage));
  }

  // ---- result ------------------------------------------------------------------------------------------------------
  std::vector<PickledTensor> collect(const PickleNode& root) {
    if (root.kind != PickleKind::Dict) refuse("expected a dictionary of tensors, found another kind of value");
    if (root.items.size() / 2 > kMaxTensors) refuse("found more than " + std::to_string(kMaxTensors) + " tensors");
    std::vector<PickledTensor> tensors;
    for (size_t i = 0; i < root.items.size(); i += 2) {
      const PickleNode& key = node(root.items[i]);
      const PickleNode& value = node(root.items[i + 1]);
      if (key.kind != PickleKind::Text || key.text.size() > kMaxName)
        refuse("expected tensor names of at most 1024 bytes as keys, found another key");
      if (value.kind != PickleKind::Tensor)
        refuse("entry " + shown(key.text) + ": expected a tensor, found another kind of value");
      tensors.push_back(describe(std::string(key.text), value));
    }
    return tensors;
  }

  PickledTensor describe(const std::string& name, const PickleNode& tensor) {
    const PickleNode& storage = node(tensor.items[0]);
    PickledTensor out{name,
                      storage.dtype,
                      std::string(storage.text),
                      storage.number,
                      node(tensor.items[1]).number,
                      numbers(name, tensor.items[2]),
                      numbers(name, tensor.items[3])};
    if (out.shape.size() != out.strides.size() || out.offset < 0 || out.storageElements < 0)
      refuse("tensor " + shown(name) + ": shape, strides and offset contradict each other");
    return out;
  }

  std::vector<std::int64_t> numbers(const std::string& name, int tuple) {
    std::vector<std::int64_t> out;
    for (const int item : node(tuple).items) {
      if (node(item).kind != PickleKind::Number || node(item).number < 0 || out.size() == kMostDimensions)
        refuse("tensor " + shown(name) + ": expected a shape and strides of at most 16 numbers, none negative");
      out.push_back(node(item).number);
    }
    return out;
  }

  std::string_view m_pickle;
  const std::string& m_path;
  size_t m_at = 0;
  std::vector<PickleNode> m_nodes;
  std::vector<int> m_stack;
  std::vector<size_t> m_marks;  // places of the marks in m_stack
  std::vector<int> m_memo;      // -1 = nothing remembered
  size_t m_remembered = 0;
};

}  // namespace

std::vector<PickledTensor> readPickledStateDict(std::string_view pickle, const std::string& path) {
  return Machine(pickle, path).run();
}

}  // namespace headroom
