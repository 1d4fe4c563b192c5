// SPDX-License-Identifier: GPL-3.0-or-later
// Shows every view with invented data in the Explore arrangement. With HEADROOM_GALLERY=FOLDER in the environment it
// leaves pictures there to be looked at; QT_SCALE_FACTOR=2 makes them at 200 %.
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QTest>
#include <QToolButton>
#include <QVBoxLayout>

#include "tests/widgets/sample_values.h"
#include "widgets/panels/head_map_panel.h"
#include "widgets/panels/keep_panel.h"
#include "widgets/panels/message_bar.h"
#include "widgets/panels/project_panel.h"
#include "widgets/panels/settings_panel.h"
#include "widgets/panels/step_bar.h"
#include "widgets/panels/training_panel.h"
#include "widgets/plots/concentration_plot.h"
#include "widgets/plots/gate_paths_plot.h"
#include "widgets/plots/icons.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/trade_off_plot.h"

using namespace headroom;
using namespace headroom::testing;

namespace {

constexpr std::int64_t kSteps = 3000;

/// The Explore arrangement without the program around it.
class Gallery : public QWidget {
 public:
  Gallery() {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(6);
    column->addWidget(messages = new MessageBar(this));
    column->addLayout(makeButtons());
    auto* middle = new QHBoxLayout;
    middle->setSpacing(6);
    column->addLayout(middle, 1);
    auto* left = new QVBoxLayout;
    left->addWidget(project = new ProjectPanel(this), 2);
    left->addWidget(settings = new SettingsPanel(this), 3);
    project->setFixedWidth(scaledPixels(226));
    settings->setFixedWidth(scaledPixels(226));
    middle->addLayout(left);
    auto* right = new QVBoxLayout;
    right->setSpacing(6);
    middle->addLayout(right, 1);
    auto* top = new QHBoxLayout;
    right->addLayout(top, 5);
    auto* centre = new QVBoxLayout;
    centre->addWidget(map = new HeadMapPanel(this), 1);
    centre->addWidget(keep = new KeepPanel(this));
    top->addLayout(centre, 5);
    auto* answers = new QVBoxLayout;
    auto* tradeOffPanel = new PanelFrame(QStringLiteral("Trade-off"), this);
    tradeOffPanel->setBody(tradeOff = new TradeOffPlot);
    auto* concentrationPanel = new PanelFrame(QStringLiteral("Concentration"), this);
    concentrationPanel->setBody(concentration = new ConcentrationPlot);
    connect(concentration, &ConcentrationPlot::summaryChanged, concentrationPanel, &PanelFrame::setNote);
    answers->addWidget(tradeOffPanel, 5);
    answers->addWidget(concentrationPanel, 4);
    top->addLayout(answers, 3);
    right->addWidget(training = new TrainingPanel(this), 2);
  }

  QLayout* makeButtons() {
    auto* row = new QHBoxLayout;
    const std::pair<const char*, IconName> buttons[] = {{"Open model …", IconName::OpenModel},
                                                        {"Data …", IconName::OpenData},
                                                        {"Train", IconName::Play},
                                                        {"Pause", IconName::Pause},
                                                        {"Stop", IconName::Stop},
                                                        {"Save", IconName::Save},
                                                        {"Undo", IconName::Undo},
                                                        {"Redo", IconName::Redo},
                                                        {"Copy", IconName::Copy}};
    for (const auto& [text, icon] : buttons) {
      auto* button = new QToolButton(this);
      button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
      button->setText(QString::fromUtf8(text));
      button->setToolTip(button->text());
      button->setIcon(icon == IconName::Play ? themeIconOnAccent(icon) : themeIcon(icon));
      button->setProperty("primary", icon == IconName::Play);
      button->setEnabled(icon != IconName::Redo);
      row->addWidget(button);
    }
    auto* logo = new QLabel(this);
    logo->setPixmap(applicationIcon().pixmap(28, 28));
    row->addStretch(1);
    row->addWidget(logo);
    return row;
  }

  void fill(const HeadLayout& layout, std::int64_t trainedSteps) {
    const HeadMask mask = concentratedMask(layout);
    project->setModel(modelSummary(layout));
    project->setData(dataSummary());
    project->setRuns({{"a.h5", "passconc", 16, 1, 0.946, "finished"},
                      {"b.h5", "pass", 16, 1, 0.948, "finished"},
                      {"c.h5", "pass", 16, 2, std::nullopt, "running"},
                      {"d.h5", "none", 0, 1, 0.953, "finished"}});
    project->setCurrentRun("a.h5");
    settings->setMaximumHeads(layout.headCount());
    TrainSettings values;
    values.keep = mask.keptCount();
    values.steps = kSteps;
    settings->setSettings(values);
    map->map()->setHeadLayout(layout);
    map->map()->setMask(mask);
    training->setHeadLayout(layout);
    training->setMask(mask);
    training->setPlan(mask.keptCount(), kSteps);
    training->setPoints(trainPoints(mask, trainedSteps, 300));
    training->setEvents(trainEvents(kSteps));
    training->setSelected(HeadId{3, 5});
    const TrainSeries& series = training->series();
    map->map()->setValues(series.pOpenAt(series.size() - 1), series.logAlphaAt(series.size() - 1));
    map->map()->setSelected(HeadId{3, 5});
    map->map()->setReopened({19, 4});
    map->map()->setClipAt(5);
    keep->setHeadCount(layout.headCount());
    keep->setKept(mask.keptCount());
    keep->setShownMask(mask);
    keep->setAnswer(answerFor(mask, true), false);
    tradeOff->setCurve(accuracyCurve(mask));
    tradeOff->setCurveName(QStringLiteral("PASSCONC"));
    std::vector<CurvePoint> random = accuracyCurve(mask, 2).points;
    for (CurvePoint& point : random) {
      const double share = static_cast<double>(point.kept) / layout.headCount();
      point.metric.value = 0.5 + 0.453 * share * (1.7 - 0.7 * share);
      point.metric.low = point.metric.value - 0.05 * (1 - share);
      point.metric.high = point.metric.value + 0.05 * (1 - share);
    }
    tradeOff->setRandom(random);
    tradeOff->setCursor(mask.keptCount());
    concentration->setMask(mask);
  }

  MessageBar* messages = nullptr;
  ProjectPanel* project = nullptr;
  SettingsPanel* settings = nullptr;
  HeadMapPanel* map = nullptr;
  KeepPanel* keep = nullptr;
  TradeOffPlot* tradeOff = nullptr;
  ConcentrationPlot* concentration = nullptr;
  TrainingPanel* training = nullptr;
};

void keepPicture(Gallery& gallery, const QString& name) {
  QCoreApplication::processEvents();
  QCoreApplication::processEvents();
  const QPixmap picture = gallery.grab();
  QVERIFY(!picture.isNull());
  const QString folder = qEnvironmentVariable("HEADROOM_GALLERY");
  if (!folder.isEmpty()) QVERIFY(picture.save(folder + QLatin1Char('/') + name + QStringLiteral(".png")));
}

}  // namespace

class GalleryTest : public QObject {
  Q_OBJECT
 private slots:
  void cleanup() { applyTheme(*qApp, ThemeChoice::Light); }

  void everythingIsShown_data() {
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("dark");
    QTest::newRow("large-light") << QSize(1440, 820) << false;
    QTest::newRow("large-dark") << QSize(1440, 820) << true;
    QTest::newRow("small-light") << QSize(1024, 580) << false;
    QTest::newRow("small-dark") << QSize(1024, 580) << true;
  }
  void everythingIsShown() {
    QFETCH(QSize, size);
    QFETCH(bool, dark);
    applyTheme(*qApp, dark ? ThemeChoice::Dark : ThemeChoice::Light);
    Gallery gallery;
    gallery.resize(size);
    gallery.fill(evenLayout(6, 8), 1840);
    gallery.show();
    keepPicture(gallery, QString::fromLatin1(QTest::currentDataTag()));
  }

  void themeFollowsWhileShown() {
    applyTheme(*qApp, ThemeChoice::Light);
    Gallery gallery;
    gallery.resize(1200, 760);
    gallery.fill(evenLayout(6, 8), kSteps);
    gallery.show();
    QCoreApplication::processEvents();
    const QColor before = gallery.grab().toImage().pixelColor(3, 3);
    applyTheme(*qApp, ThemeChoice::Dark);
    keepPicture(gallery, QStringLiteral("changed-to-dark"));
    const QColor after = gallery.grab().toImage().pixelColor(3, 3);
    QVERIFY(before.lightness() > 200);
    QVERIFY(after.lightness() < 60);
  }

  void nothingIsOpen() {
    Gallery gallery;
    gallery.resize(1200, 760);
    gallery.show();
    gallery.messages->showMessage(
        MessageBar::Severity::Error,
        QStringLiteral("model.safetensors: header says 412 bytes, file has 96; copy the file again"),
        QStringLiteral("Opened from a folder that was dropped on the window."));
    keepPicture(gallery, QStringLiteral("empty"));
  }

  void unusualModels_data() {
    QTest::addColumn<QList<int>>("heads");
    QTest::addColumn<int>("mode");
    QTest::newRow("unequal") << QList<int>{8, 8, 0, 7, 5, 3} << 1;
    QTest::newRow("24x16") << QList<int>(24, 16) << 0;
    QTest::newRow("12x12-kept") << QList<int>(12, 12) << 2;
    QTest::newRow("2x2") << QList<int>{0, 2, 0, 2, 2} << 0;
  }
  void unusualModels() {
    QFETCH(QList<int>, heads);
    QFETCH(int, mode);
    Gallery gallery;
    gallery.resize(1280, 800);
    gallery.fill(encoderLayout(std::vector<int>(heads.begin(), heads.end())), kSteps);
    gallery.map->setMode(static_cast<HeadMap::Mode>(mode));
    gallery.training->gates()->setQuantity(GatePathsPlot::Quantity::LogAlpha);
    gallery.training->stepBar()->choose(1200);
    gallery.keep->setAnswer(answerFor(HeadMask(gallery.map->map()->headLayout()), false), false);
    gallery.settings->setTraining(true);
    gallery.show();
    gallery.map->map()->setFocus();
    keepPicture(gallery, QStringLiteral("model-") + QString::fromLatin1(QTest::currentDataTag()));
  }

  void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
};

QTEST_MAIN(GalleryTest)
#include "gallery_test.moc"
