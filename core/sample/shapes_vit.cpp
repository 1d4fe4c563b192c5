// SPDX-License-Identifier: GPL-3.0-or-later
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/sample/sample_table.h"
#include "core/sample/shape_images.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

// The model learns from all of them; the first ones are bundled, which is enough to train gates on.
constexpr int kTrainImages = 30000, kBundledImages = 6000, kDevImages = 1000;

Json labelsById() {
  Json labels = Json::object();
  for (size_t i = 0; i < shapeNames().size(); ++i) labels[std::to_string(i)] = shapeNames()[i];
  return labels;
}

void writeShapes(const std::string& folder, std::uint64_t seed) {
  const ShapeImages images = shapeImages(kTrainImages + kDevImages, seed);
  const auto writePair = [&](const std::string& name, int first, int count) {
    writeFileAtomically(folder + "/" + name + "-images-idx3-ubyte", idxOfImages(images, first, count));
    writeFileAtomically(folder + "/" + name + "-labels-idx1-ubyte", idxOfLabels(images, first, count));
  };
  writePair("all", 0, kTrainImages);
  writePair("train", 0, kBundledImages);
  writePair("dev", kTrainImages, kDevImages);
  Json names = Json::object();
  for (size_t i = 0; i < shapeNames().size(); ++i) names[shapeNames()[i]] = i;
  const Json config = {{"model_type", "vit"},
                       {"architectures", {"ViTForImageClassification"}},
                       {"num_hidden_layers", 4},
                       {"num_attention_heads", 8},
                       {"hidden_size", 64},
                       {"intermediate_size", 128},
                       {"image_size", kShapeSide},
                       {"patch_size", 4},
                       {"num_channels", 1},
                       {"hidden_act", "gelu"},
                       {"layer_norm_eps", 1e-6},
                       {"qkv_bias", true},
                       {"initializer_range", 0.05},
                       {"hidden_dropout_prob", 0.0},
                       {"attention_probs_dropout_prob", 0.0},
                       {"id2label", labelsById()},
                       {"label2id", names},
                       {"torch_dtype", "float32"}};
  writeFileAtomically(folder + "/config.json", config.dump(2) + '\n');
  const Json preprocessor = {{"do_normalize", true},        {"do_rescale", true},
                             {"do_resize", true},           {"image_mean", {0.5}},
                             {"image_std", {0.5}},          {"image_processor_type", "ViTImageProcessor"},
                             {"rescale_factor", 1.0 / 255}, {"size", {{"height", kShapeSide}, {"width", kShapeSide}}}};
  writeFileAtomically(folder + "/preprocessor_config.json", preprocessor.dump(2) + '\n');
}

TrainSettings shapesRecipe() {
  TrainSettings settings;
  settings.method = "none";
  settings.steps = 4000;
  settings.batch = 64;
  settings.lr = 1e-3;
  settings.warmup = 0.1;
  settings.weightDecay = 0.05;
  settings.checkpointEvery = 0;
  return settings;
}

}  // namespace

Sample shapesVit() {
  return {"shapes-vit",
          writeShapes,
          shapesRecipe(),
          "all-images-idx3-ubyte",
          "dev-images-idx3-ubyte",
          {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "dev-images-idx3-ubyte", "dev-labels-idx1-ubyte"},
          nullptr};
}

}  // namespace headroom
