// SPDX-License-Identifier: GPL-3.0-or-later
// BERT, RoBERTa and DistilBERT: encoders with a norm after each residual sum and a table of learned positions.
#include "core/checkpoint/families/family.h"
#include "core/checkpoint/json_text.h"

namespace headroom {

namespace {

bool classifies(const ModelConfig& config) { return config.task == Task::SequenceClassification; }
bool answersQuestions(const ModelConfig& config) { return config.task == Task::QuestionAnswering; }
bool fillsMasks(const ModelConfig& config) { return config.task == Task::MaskedLm; }
bool hasTiedOutput(const ModelConfig& config) { return fillsMasks(config) && config.tiedOutput; }
bool hasOwnOutput(const ModelConfig& config) { return fillsMasks(config) && !config.tiedOutput; }
bool hasTypes(const ModelConfig& config) { return config.typeVocabulary > 0; }

void refuseOtherKinds(const ConfigFields& fields) {
  if (const std::string positions = fields.text("position_embedding_type", "absolute"); positions != "absolute")
    fields.fail("position_embedding_type", shown(positions), "absolute");
  for (const char* field : {"is_decoder", "add_cross_attention"})
    if (fields.flag(field)) fields.fail(field, "true", "false");
}

void readBertConfig(const ConfigFields& fields, ModelConfig& config) {
  refuseOtherKinds(fields);
  config.hidden = fields.integer("hidden_size", 1, limits::kHidden);
  StackConfig stack;
  stack.layers = fields.integer("num_hidden_layers", 1, limits::kLayers);
  stack.heads = stack.kvHeads = fields.integer("num_attention_heads", 1, limits::kHeads);
  stack.intermediate = fields.integer("intermediate_size", 1, limits::kIntermediate);
  config.stacks = {stack};
  config.vocabulary = fields.integer("vocab_size", 1, limits::kVocabulary);
  config.maxPositions = fields.integer("max_position_embeddings", 1, limits::kPositions, 512);
  config.typeVocabulary = fields.integer("type_vocab_size", 1, 1024, 2);
  config.padId = fields.integer("pad_token_id", 0, config.vocabulary - 1, 0);
  divideHidden(fields, "num_attention_heads", stack.heads, config);
  config.embeddingNorm = true;
  config.tiedOutput = fields.flag("tie_word_embeddings", true);
  config.activation = config.headActivation = readActivation(fields, "hidden_act", "gelu");
  config.normEps = fields.real("layer_norm_eps", 0, 1, 1e-12);
  config.hiddenDropout = config.embeddingDropout = fields.real("hidden_dropout_prob", 0, 0.999, 0.1);
  config.attentionDropout = fields.real("attention_probs_dropout_prob", 0, 0.999, 0.1);
  config.classifierDropout = fields.real("classifier_dropout", 0, 0.999, config.hiddenDropout);
  if (answersQuestions(config)) config.classifierDropout = 0;
  config.initializerRange = fields.real("initializer_range", 0, 10, 0.02);
}

/// Positions are counted from pad + 1, and padding takes the row of pad itself. The head for masked tokens is always
/// GELU, and the classifier drops out before both of its layers.
void readRobertaConfig(const ConfigFields& fields, ModelConfig& config) {
  readBertConfig(fields, config);
  config.headActivation = Activation::Gelu;
  config.poolerDropout = config.classifierDropout;
  config.padId = fields.integer("pad_token_id", 0, config.vocabulary - 1, 1);
  config.bosId = readTokenId(fields, "bos_token_id", config, 0);
  config.eosId = readTokenId(fields, "eos_token_id", config, 2);
  config.positionOffset = config.padId + 1;
  config.positionsSkipPadding = true;
  if (config.maxPositions <= config.positionOffset)
    fields.fail("max_position_embeddings", std::to_string(config.maxPositions), "more than pad_token_id + 1");
  config.maxPositions -= config.positionOffset;
}

void readDistilBertConfig(const ConfigFields& fields, ModelConfig& config) {
  config.hidden = fields.integer("dim", 1, limits::kHidden);
  StackConfig stack;
  stack.layers = fields.integer("n_layers", 1, limits::kLayers);
  stack.heads = stack.kvHeads = fields.integer("n_heads", 1, limits::kHeads);
  stack.intermediate = fields.integer("hidden_dim", 1, limits::kIntermediate);
  config.stacks = {stack};
  config.vocabulary = fields.integer("vocab_size", 1, limits::kVocabulary);
  config.maxPositions = fields.integer("max_position_embeddings", 1, limits::kPositions, 512);
  config.padId = fields.integer("pad_token_id", 0, config.vocabulary - 1, 0);
  divideHidden(fields, "n_heads", stack.heads, config);
  config.embeddingNorm = true;
  config.tiedOutput = fields.flag("tie_word_embeddings", true);
  config.pooler = Pooler::Relu;
  config.activation = config.headActivation = readActivation(fields, "activation", "gelu");
  config.hiddenDropout = config.embeddingDropout = fields.real("dropout", 0, 0.999, 0.1);
  config.attentionDropout = fields.real("attention_dropout", 0, 0.999, 0.1);
  config.classifierDropout =
      fields.real(config.task == Task::QuestionAnswering ? "qa_dropout" : "seq_classif_dropout", 0, 0.999, 0.2);
  config.initializerRange = fields.real("initializer_range", 0, 10, 0.02);
}

// "{P}" stands for the family's prefix.
constexpr WeightRow kBefore[] = {
    {"embeddings.word", "{P}embeddings.word_embeddings.weight", RowKind::Tensor, {Dim::Vocabulary, Dim::Hidden}},
    {"encoder.embeddings.position",
     "{P}embeddings.position_embeddings.weight",
     RowKind::Tensor,
     {Dim::Positions, Dim::Hidden}},
    {"encoder.embeddings.type",
     "{P}embeddings.token_type_embeddings.weight",
     RowKind::Tensor,
     {Dim::Types, Dim::Hidden},
     BiasOf::Always,
     hasTypes},
    {"encoder.embeddings.norm", "{P}embeddings.LayerNorm", RowKind::Norm, {Dim::Hidden}}};
constexpr WeightRow kLayer[] = {
    {"encoder.{L}.self.query", "{P}encoder.layer.{L}.attention.self.query", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.key", "{P}encoder.layer.{L}.attention.self.key", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.value", "{P}encoder.layer.{L}.attention.self.value", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.output",
     "{P}encoder.layer.{L}.attention.output.dense",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads}},
    {"encoder.{L}.self.norm", "{P}encoder.layer.{L}.attention.output.LayerNorm", RowKind::Norm, {Dim::Hidden}},
    {"encoder.{L}.ff.up", "{P}encoder.layer.{L}.intermediate.dense", RowKind::Linear, {Dim::Intermediate, Dim::Hidden}},
    {"encoder.{L}.ff.down", "{P}encoder.layer.{L}.output.dense", RowKind::Linear, {Dim::Hidden, Dim::Intermediate}},
    {"encoder.{L}.ff.norm", "{P}encoder.layer.{L}.output.LayerNorm", RowKind::Norm, {Dim::Hidden}}};
constexpr WeightRow kBertAfter[] = {
    {"pooler", "bert.pooler.dense", RowKind::Linear, {Dim::Hidden, Dim::Hidden}, BiasOf::Always, classifies, true},
    {"classifier", "classifier", RowKind::Linear, {Dim::Labels, Dim::Hidden}, BiasOf::Always, classifies, true},
    {"classifier", "qa_outputs", RowKind::Linear, {Dim::Labels, Dim::Hidden}, BiasOf::Always, answersQuestions, true},
    {"head.dense",
     "cls.predictions.transform.dense",
     RowKind::Linear,
     {Dim::Hidden, Dim::Hidden},
     BiasOf::Always,
     fillsMasks,
     true},
    {"head.norm",
     "cls.predictions.transform.LayerNorm",
     RowKind::Norm,
     {Dim::Hidden},
     BiasOf::Always,
     fillsMasks,
     true},
    {"head.bias",
     "cls.predictions.bias",
     RowKind::Tensor,
     {Dim::Vocabulary},
     BiasOf::Always,
     hasTiedOutput,
     true,
     0,
     1,
     "cls.predictions.decoder.bias"},
    {"output",
     "cls.predictions.decoder",
     RowKind::Linear,
     {Dim::Vocabulary, Dim::Hidden},
     BiasOf::Never,
     hasOwnOutput,
     true},
    // Where both are there the decoder's own counts.
    {"head.bias",
     "cls.predictions.decoder.bias",
     RowKind::Tensor,
     {Dim::Vocabulary},
     BiasOf::Always,
     hasOwnOutput,
     true,
     0,
     1,
     "cls.predictions.bias"}};
constexpr WeightRow kRobertaAfter[] = {
    {"pooler", "classifier.dense", RowKind::Linear, {Dim::Hidden, Dim::Hidden}, BiasOf::Always, classifies, true},
    {"classifier",
     "classifier.out_proj",
     RowKind::Linear,
     {Dim::Labels, Dim::Hidden},
     BiasOf::Always,
     classifies,
     true},
    {"classifier", "qa_outputs", RowKind::Linear, {Dim::Labels, Dim::Hidden}, BiasOf::Always, answersQuestions, true},
    {"head.dense", "lm_head.dense", RowKind::Linear, {Dim::Hidden, Dim::Hidden}, BiasOf::Always, fillsMasks, true},
    {"head.norm", "lm_head.layer_norm", RowKind::Norm, {Dim::Hidden}, BiasOf::Always, fillsMasks, true},
    {"head.bias",
     "lm_head.bias",
     RowKind::Tensor,
     {Dim::Vocabulary},
     BiasOf::Always,
     hasTiedOutput,
     true,
     0,
     1,
     "lm_head.decoder.bias"},
    {"output", "lm_head.decoder", RowKind::Linear, {Dim::Vocabulary, Dim::Hidden}, BiasOf::Never, hasOwnOutput, true},
    {"head.bias",
     "lm_head.decoder.bias",
     RowKind::Tensor,
     {Dim::Vocabulary},
     BiasOf::Always,
     hasOwnOutput,
     true,
     0,
     1,
     "lm_head.bias"}};
constexpr WeightRow kDistilBertLayer[] = {
    {"encoder.{L}.self.query", "{P}transformer.layer.{L}.attention.q_lin", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.key", "{P}transformer.layer.{L}.attention.k_lin", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.value", "{P}transformer.layer.{L}.attention.v_lin", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.output",
     "{P}transformer.layer.{L}.attention.out_lin",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads}},
    {"encoder.{L}.self.norm", "{P}transformer.layer.{L}.sa_layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"encoder.{L}.ff.up", "{P}transformer.layer.{L}.ffn.lin1", RowKind::Linear, {Dim::Intermediate, Dim::Hidden}},
    {"encoder.{L}.ff.down", "{P}transformer.layer.{L}.ffn.lin2", RowKind::Linear, {Dim::Hidden, Dim::Intermediate}},
    {"encoder.{L}.ff.norm", "{P}transformer.layer.{L}.output_layer_norm", RowKind::Norm, {Dim::Hidden}}};
constexpr WeightRow kDistilBertAfter[] = {
    {"pooler", "pre_classifier", RowKind::Linear, {Dim::Hidden, Dim::Hidden}, BiasOf::Always, classifies, true},
    {"classifier", "classifier", RowKind::Linear, {Dim::Labels, Dim::Hidden}, BiasOf::Always, classifies, true},
    {"classifier", "qa_outputs", RowKind::Linear, {Dim::Labels, Dim::Hidden}, BiasOf::Always, answersQuestions, true},
    {"head.dense", "vocab_transform", RowKind::Linear, {Dim::Hidden, Dim::Hidden}, BiasOf::Always, fillsMasks, true},
    {"head.norm", "vocab_layer_norm", RowKind::Norm, {Dim::Hidden}, BiasOf::Always, fillsMasks, true},
    {"output", "vocab_projector", RowKind::Linear, {Dim::Vocabulary, Dim::Hidden}, BiasOf::Never, hasOwnOutput, true},
    {"head.bias", "vocab_projector.bias", RowKind::Tensor, {Dim::Vocabulary}, BiasOf::Always, fillsMasks, true}};

}  // namespace

const Family kBert{
    "bert", "Bert", Task::SequenceClassification, readBertConfig, {"bert.", kBefore, kLayer, {}, kBertAfter}};
const Family kRoberta{"roberta",
                      "Roberta",
                      Task::SequenceClassification,
                      readRobertaConfig,
                      {"roberta.", kBefore, kLayer, {}, kRobertaAfter}};
const Family kDistilBert{"distilbert",
                         "DistilBert",
                         Task::SequenceClassification,
                         readDistilBertConfig,
                         {"distilbert.", kBefore, kDistilBertLayer, {}, kDistilBertAfter}};

}  // namespace headroom
