// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/bundled_samples.h"

#include <QCoreApplication>

#include "app/gui/known_places.h"

namespace headroom {

namespace {

QString sampleText(const char* text) { return QCoreApplication::translate("BundledSamples", text); }

}  // namespace

std::vector<StartSample> bundledSamples() {
  const StartSample all[] = {
      {{},
       QStringLiteral("sentiment-bert"),
       sampleText("BERT, 6 layers of 8 heads"),
       sampleText(
           "Made-up reviews with negation and contrast. Train for 8 of 48 heads and watch whole layers empty while "
           "accuracy stays.")},
      {{},
       QStringLiteral("induction-gpt2"),
       sampleText("GPT-2, 4 layers of 4 heads"),
       sampleText("Texts that repeat themselves. It is known what must survive: a head that looks one token back, and "
                  "above it "
                  "one that finds what came next the last time.")},
      {{},
       QStringLiteral("recall-llama"),
       sampleText("LLaMA, 8 query heads on 2 key/value heads"),
       sampleText(
           "The same texts under grouped queries. Prune by head, then by group, and compare what a key/value head "
           "costs.")},
      {{},
       QStringLiteral("rewrite-marian"),
       sampleText("Marian, 3 + 3 layers of 4 heads"),
       sampleText("Translates a toy language with another word order. See whether encoder, decoder or cross attention "
                  "gives up "
                  "its heads last.")},
      {{},
       QStringLiteral("shapes-vit"),
       sampleText("Vision transformer, 4 layers of 8 heads"),
       sampleText("Noisy pictures of shapes and digits. Which layers need more than one head to tell a square from a "
                  "triangle?")},
  };
  std::vector<StartSample> found;
  for (StartSample sample : all) {
    sample.path = findSample(sample.name);
    if (!sample.path.isEmpty()) found.push_back(sample);
  }
  return found;
}

}  // namespace headroom
