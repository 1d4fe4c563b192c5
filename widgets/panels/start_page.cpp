// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panels/start_page.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

constexpr int kMostRecent = 5;
constexpr int kWidth = 720;

QLabel* makeLabel(const QString& text, TextRole role, bool strong, bool secondary) {
  auto* label = new QLabel(text);
  label->setFont(themeFont(role, strong));
  label->setWordWrap(true);
  if (secondary) label->setProperty("textRole", QStringLiteral("secondary"));
  return label;
}

/// A button with a name, its kind beside it, and a sentence below: as high as these need.
class CardButton : public QPushButton {
 public:
  CardButton(const QString& name, const QString& kind, const QString& sentence) {
    setProperty("card", true);
    setAccessibleName(name);
    setAccessibleDescription(kind + QStringLiteral(". ") + sentence);
    setToolTip(tr("Open %1").arg(name));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 9, 14, 9);
    column->setSpacing(2);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    QLabel* title = makeLabel(name, TextRole::Body, true, false);
    title->setWordWrap(false);
    row->addWidget(title);
    row->addWidget(makeLabel(kind, TextRole::Secondary, false, true), 1);
    column->addLayout(row);
    column->addWidget(makeLabel(sentence, TextRole::Body, false, false));
    for (QLabel* label : findChildren<QLabel*>()) label->setAttribute(Qt::WA_TransparentForMouseEvents);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
  }
  [[nodiscard]] QSize sizeHint() const override { return layout()->sizeHint(); }
  [[nodiscard]] QSize minimumSizeHint() const override { return layout()->minimumSize(); }
  [[nodiscard]] bool hasHeightForWidth() const override { return true; }
  [[nodiscard]] int heightForWidth(int width) const override { return layout()->heightForWidth(width); }
};

void clear(QVBoxLayout* layout) {
  while (QLayoutItem* item = layout->takeAt(0)) {
    delete item->widget();
    delete item;
  }
}

QVBoxLayout* addSection(QVBoxLayout* column, QLabel* heading) {
  column->addSpacing(10);
  column->addWidget(heading);
  auto* section = new QVBoxLayout;
  section->setSpacing(6);
  column->addLayout(section);
  return section;
}

}  // namespace

StartPage::StartPage(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("startPage"));
  auto* body = new QWidget;
  body->setMaximumWidth(scaledPixels(kWidth));
  auto* column = new QVBoxLayout(body);
  column->setContentsMargins(12, 22, 12, 22);
  column->setSpacing(6);
  column->addWidget(makeLabel(tr("Which attention heads does a transformer need?"), TextRole::Answer, true, false));
  column->addWidget(makeLabel(tr("Open a trained model, train gates until K heads are left, slide how many it keeps, "
                                 "and take the smaller model away."),
                              TextRole::Body, false, true));
  m_samples = addSection(
      column, makeLabel(tr("Samples, each small enough to train in a minute or two"), TextRole::Secondary, true, true));
  m_noSamples = makeLabel(tr("They are not installed beside this program."), TextRole::Body, false, true);
  column->addWidget(m_noSamples);

  QVBoxLayout* own = addSection(column, makeLabel(tr("Your own"), TextRole::Secondary, true, true));
  auto* buttons = new QHBoxLayout;
  auto* model = new QPushButton(tr("Open &model folder\u2026"));
  auto* run = new QPushButton(tr("Open &run\u2026"));
  model->setToolTip(tr("A folder in Hugging Face layout; the data beside it is opened too"));
  run->setToolTip(tr("A training run (.h5) with its model and data"));
  model->setObjectName(QStringLiteral("startOpenModel"));
  run->setObjectName(QStringLiteral("startOpenRun"));
  buttons->addWidget(model);
  buttons->addWidget(run);
  buttons->addWidget(makeLabel(tr("or drop one on the window"), TextRole::Secondary, false, true), 1);
  own->addLayout(buttons);
  m_recentHeading = makeLabel(tr("Opened lately"), TextRole::Secondary, true, true);
  m_recent = addSection(column, m_recentHeading);
  column->addStretch(1);
  connect(model, &QPushButton::clicked, this, &StartPage::openModelRequested);
  connect(run, &QPushButton::clicked, this, &StartPage::openRunRequested);

  auto* middle = new QWidget;
  auto* row = new QHBoxLayout(middle);
  row->setContentsMargins(0, 0, 0, 0);
  row->addStretch(1);
  row->addWidget(body, 100);
  row->addStretch(1);
  auto* scroll = new QScrollArea;
  scroll->setObjectName(QStringLiteral("startScroll"));
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(middle);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(scroll);
  setSamples({});
  setRecent({});
}

void StartPage::setSamples(const std::vector<StartSample>& samples) {
  clear(m_samples);
  m_noSamples->setVisible(samples.empty());
  for (const StartSample& sample : samples) {
    auto* card = new CardButton(sample.name, sample.kind, sample.lookFor);
    card->setObjectName(QStringLiteral("sample-") + sample.name);
    connect(card, &QPushButton::clicked, this, [this, path = sample.path] { emit chosen(path); });
    m_samples->addWidget(card);
  }
}

void StartPage::setRecent(const QStringList& paths) {
  clear(m_recent);
  m_recentHeading->setVisible(!paths.isEmpty());
  for (const QString& path : paths.mid(0, kMostRecent)) {
    auto* button = new QPushButton(QFileInfo(path).fileName());
    button->setProperty("card", true);
    button->setAccessibleName(tr("Open %1").arg(button->text()));
    button->setToolTip(path);
    connect(button, &QPushButton::clicked, this, [this, path] { emit chosen(path); });
    m_recent->addWidget(button);
  }
}

}  // namespace headroom
