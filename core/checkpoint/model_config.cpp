// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/model_config.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/config_fields.h"
#include "core/checkpoint/families/family.h"
#include "core/checkpoint/json_text.h"
#include "core/checkpoint/kept_heads.h"

namespace headroom {
namespace {

constexpr std::int64_t kMaxConfig = 10 << 20;

constexpr std::array<std::pair<const char*, Task>, 8> kClassEndings{
    {{"ForSequenceClassification", Task::SequenceClassification},
     {"ForMaskedLM", Task::MaskedLm},
     {"ForQuestionAnswering", Task::QuestionAnswering},
     {"LMHeadModel", Task::CausalLm},
     {"ForCausalLM", Task::CausalLm},
     {"ForConditionalGeneration", Task::Seq2SeqLm},
     {"MTModel", Task::Seq2SeqLm},
     {"ForImageClassification", Task::ImageClassification}}};

// Files from before Hugging Face wrote model_type name the family by the architecture only.
const Family& readFamily(const ConfigFields& fields, const ModelConfig& config) {
  std::string named;
  for (const Family* family : families())
    if (!config.architectures.empty() && config.architectures.front().starts_with(family->classPrefix))
      named = family->name;
  const std::string name = fields.text("model_type", named);
  if (name.empty()) fields.fail("model_type", "nothing", familyNames());
  if (const Family* family = findFamily(name)) return *family;
  throw Error(ErrorKind::BadInput, config.path + ": model_type: family " + shown(name) +
                                       " is not supported by this version, expected one of " + familyNames());
}

/// Tasks of a family: what its tables have a head for.
bool knowsTask(const Family& family, Task task) {
  switch (family.defaultTask) {
    case Task::SequenceClassification:
      return task == Task::SequenceClassification || task == Task::MaskedLm || task == Task::QuestionAnswering;
    case Task::CausalLm: return task == Task::CausalLm || task == Task::SequenceClassification;
    default: return task == family.defaultTask;
  }
}

// Classes without a head that we know (a bare encoder, say) get the family's usual task; the missing head is reported
// when the weights are looked up.
Task readTask(const ModelConfig& config, const Family& family) {
  for (const std::string& name : config.architectures)
    for (const auto& [ending, task] : kClassEndings)
      if (name.ends_with(ending) && knowsTask(family, task)) return task;
  return family.defaultTask;
}

/// The place among `keyValues` of what each kept query head reads; empty where equal runs of heads read them in turn.
std::vector<int> unevenReaders(const std::vector<int>& heads, const std::vector<int>& keyValues, int groupSize) {
  std::vector<int> places;
  bool even = true;
  for (size_t i = 0; i < heads.size(); ++i) {
    places.push_back(static_cast<int>(std::lower_bound(keyValues.begin(), keyValues.end(), heads[i] / groupSize) -
                                      keyValues.begin()));
    even = even && static_cast<size_t>(places.back()) == i * keyValues.size() / heads.size();
  }
  return even ? std::vector<int>() : places;
}

void makeBlocks(ModelConfig& config, const std::vector<std::vector<int>>& kept) {
  std::vector<AttentionBlock> blocks = blocksOf(config);
  config.originalHeads = kept;
  for (size_t block = 0; block < blocks.size(); ++block) {
    const std::vector<int> keyValues = config.originalKeyValueHeads(static_cast<int>(block));
    blocks[block].heads = static_cast<int>(kept[block].size());
    blocks[block].kvHeads = static_cast<int>(keyValues.size());
    blocks[block].kvOf = unevenReaders(kept[block], keyValues, config.groupSize(static_cast<int>(block)));
  }
  config.heads = HeadLayout(std::move(blocks));
}

std::vector<std::string> readLabels(const ConfigFields& fields) {
  const nlohmann::json* names = fields.find("id2label");
  const int count =
      fields.integer("num_labels", 1, limits::kLabels, names != nullptr ? static_cast<int>(names->size()) : 2);
  std::vector<std::string> labels(static_cast<size_t>(count));
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = "LABEL_" + std::to_string(i);
  if (names == nullptr) return labels;
  if (!names->is_object() || names->empty() || names->size() > static_cast<size_t>(limits::kLabels))
    fields.fail("id2label", foundText(*names), "an object with a name for each class");
  if (names->size() != labels.size())
    fields.fail("id2label", std::to_string(names->size()) + " classes", std::to_string(count) + " as num_labels says");
  for (const auto& [key, name] : names->items()) {
    const auto id = wholeNumber(key);
    if (!id || *id >= count || key != std::to_string(*id))
      fields.fail("id2label", "class " + shown(key), "classes from 0 to " + std::to_string(count - 1));
    if (!name.is_string() && !name.is_number()) fields.fail("id2label: " + shown(key), foundText(name), "text");
    labels[static_cast<size_t>(*id)] = name.is_string() ? name.get<std::string>() : name.dump();
  }
  return labels;
}

/// What a loss makes of the labels: one is a number, of several one is right.
void checkProblemType(const ConfigFields& fields, int labels) {
  const std::string usual = labels == 1 ? "regression" : "single_label_classification";
  if (const std::string found = fields.text("problem_type", usual); found != usual)
    fields.fail("problem_type", shown(found),
                usual + " as the model has " + std::to_string(labels) + (labels == 1 ? " label" : " labels"));
}

}  // namespace

std::string taskName(Task task) {
  switch (task) {
    case Task::SequenceClassification: return "sequence-classification";
    case Task::MaskedLm: return "masked-lm";
    case Task::QuestionAnswering: return "question-answering";
    case Task::CausalLm: return "causal-lm";
    case Task::Seq2SeqLm: return "seq2seq-lm";
    case Task::ImageClassification: return "image-classification";
  }
  return {};
}

bool predictsTokens(Task task) { return task == Task::MaskedLm || task == Task::CausalLm || task == Task::Seq2SeqLm; }

const StackConfig* ModelConfig::stack(Stack which) const {
  for (const StackConfig& candidate : stacks)
    if (candidate.stack == which) return &candidate;
  return nullptr;
}

int ModelConfig::layerCount() const {
  int count = 0;
  for (const StackConfig& each : stacks) count += each.layers;
  return count;
}

int ModelConfig::defaultHeads(int block) const { return blocksOf(*this)[static_cast<size_t>(block)].heads; }

int ModelConfig::groupSize(int block) const {
  const AttentionBlock whole = blocksOf(*this)[static_cast<size_t>(block)];
  return whole.heads / whole.kvHeads;
}

int ModelConfig::blockOf(Stack stack, AttentionKind kind, int layer) const {
  const std::vector<AttentionBlock>& blocks = heads.blocks();
  const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const AttentionBlock& block) {
    return block.id == BlockId{stack, kind, layer};
  });
  return found == blocks.end() ? -1 : static_cast<int>(found - blocks.begin());
}

std::vector<int> ModelConfig::originalKeyValueHeads(int block) const {
  const int size = groupSize(block);
  std::vector<int> groups;
  for (const int head : originalHeads[static_cast<size_t>(block)])
    if (groups.empty() || groups.back() != head / size) groups.push_back(head / size);
  return groups;
}

bool ModelConfig::alreadyPruned() const {
  int all = 0;
  for (const AttentionBlock& block : blocksOf(*this)) all += block.heads;
  return heads.headCount() < all;
}

ModelConfig readModelConfig(const std::string& folder) {
  std::error_code ignored;
  const std::filesystem::path path = std::filesystem::path(folder) / "config.json";
  if (!std::filesystem::is_directory(folder, ignored))
    throw Error(ErrorKind::Io, folder + ": found no folder of that name, expected a Hugging Face model folder");
  if (!std::filesystem::exists(path, ignored))
    throw Error(ErrorKind::BadFile,
                folder +
                    ": found no config.json, expected a Hugging Face model folder; save the model with "
                    "save_pretrained(FOLDER)");
  return parseModelConfig(readTextFile(path.string(), kMaxConfig), path.string());
}

ModelConfig parseModelConfig(const std::string& json, const std::string& path) {
  const nlohmann::json object = parseJson(json, path);
  if (!object.is_object())
    throw Error(ErrorKind::BadFile, path + ": found " + foundText(object) + ", expected an object");
  const ConfigFields fields(object, path);
  ModelConfig config;
  config.path = path;
  config.json = json;
  config.architectures = fields.texts("architectures");
  const Family& family = readFamily(fields, config);
  config.family = family.name;
  config.task = readTask(config, family);
  family.readConfig(fields, config);
  makeBlocks(config, readKeptHeads(fields, config));
  if (config.task == Task::QuestionAnswering) {
    config.labels = {"start", "end"};
  } else if (!predictsTokens(config.task)) {
    config.labels = readLabels(fields);
    checkProblemType(fields, config.labelCount());
  }
  return config;
}

}  // namespace headroom
