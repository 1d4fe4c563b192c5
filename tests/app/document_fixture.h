// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/gui/document.h"
#include "tests/app/fake_engine.h"

namespace headroom::testing {

/// A document over the fake engine, new for every test, in a folder of its own.
/// The test classes call makeDocument() and dropDocument() from their own init() and cleanup() slots.
class DocumentFixture : public QObject {
 protected:
  std::shared_ptr<FakeSettings> m_fake;
  std::unique_ptr<Document> m_document;
  std::unique_ptr<QTemporaryDir> m_folder;

  [[nodiscard]] std::string path(const char* name) const { return m_folder->filePath(name).toStdString(); }
  void openModel() {
    m_document->openModel("/models/sentiment-bert", "/models/train.tsv", "/models/dev.tsv");
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
  }
  void train(std::int64_t steps = 60, int keep = 12, const char* name = "run.h5") {
    TrainSettings settings = m_document->settings();
    settings.keep = keep;
    settings.steps = steps;
    m_document->setSettings(settings);
    m_document->startTraining(path(name));
  }
  void openAndTrain() {
    openModel();
    train();
    QTRY_COMPARE(m_document->state(), DocumentState::Ready);
    QTRY_VERIFY(m_document->curve().complete);
  }
  void makeDocument() {
    m_fake = std::make_shared<FakeSettings>();
    m_folder = std::make_unique<QTemporaryDir>();
    m_document = std::make_unique<Document>(fakeEngine(m_fake));
  }
  void dropDocument() { m_document.reset(); }
};

}  // namespace headroom::testing
