// SPDX-License-Identifier: GPL-3.0-or-later
#include <qcustomplot.h>

#include <QAccessible>
#include <QCheckBox>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QStatusBar>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolBar>

#include "app/gui/explore_view.h"
#include "app/gui/known_places.h"
#include "app/gui/main_window.h"
#include "core/store/campaign_folder.h"
#include "tests/app/fake_engine.h"
#include "widgets/panels/compare_dialog.h"
#include "widgets/panels/compare_results.h"
#include "widgets/panels/data_dialog.h"
#include "widgets/panels/example_panel.h"
#include "widgets/panels/head_map_panel.h"
#include "widgets/panels/keep_panel.h"
#include "widgets/panels/message_bar.h"
#include "widgets/panels/settings_panel.h"
#include "widgets/panels/speed_panel.h"
#include "widgets/panels/start_page.h"
#include "widgets/panels/training_panel.h"
#include "widgets/plots/trade_off_plot.h"

using namespace headroom;

class WindowTest : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<testing::FakeSettings> m_fake;
  std::unique_ptr<QTemporaryDir> m_folder;
  std::unique_ptr<MainWindow> m_window;
  QStringList m_answer;  ///< what the file chooser answers; empty = cancelled
  std::vector<FileQuestion> m_asked;

  [[nodiscard]] Document& document() { return *m_window->document(); }
  [[nodiscard]] QString path(const char* name) const { return m_folder->filePath(name); }
  void write(const char* name, const QByteArray& text = "x") const {
    QFile file(path(name));
    QVERIFY(QDir().mkpath(QFileInfo(file).path()) && file.open(QIODevice::WriteOnly));
    file.write(text);
  }
  void makeWindow() {
    WindowOptions options;
    options.engine = testing::fakeEngine(m_fake);
    options.settingsFile = path("settings.ini");
    options.runFolder = path("runs");
    options.theme = ThemeChoice::Light;
    options.themeGiven = true;
    options.chooser = [this](QWidget*, const FileQuestion& question,
                             const std::function<void(const QStringList&)>& chosen) {
      m_asked.push_back(question);
      if (!m_answer.isEmpty()) chosen(m_answer);
    };
    m_window = std::make_unique<MainWindow>(std::move(options));
    m_window->show();
  }
  void openModel() {
    m_window->openPath(path("model"));
    QTRY_COMPARE(document().state(), DocumentState::Ready);
    QTRY_VERIFY(document().answer() && document().answer()->complete);
  }
  void useSteps(std::int64_t steps) {
    TrainSettings settings = document().settings();
    settings.steps = steps;
    document().setSettings(settings);
  }
  void train() {
    useSteps(60);
    m_window->actions().start->trigger();
    QVERIFY(document().isTraining());
    QTRY_VERIFY(document().curve().complete);
  }

 private slots:
  void init() {
    m_fake = std::make_shared<testing::FakeSettings>();
    m_folder = std::make_unique<QTemporaryDir>();
    m_answer.clear();
    m_asked.clear();
    write("model/config.json");
    write("model/train.tsv");
    write("model/dev.tsv");
    makeWindow();
  }
  void cleanup() { m_window.reset(); }

  void emptyWindowOffersOnlyOpening() {
    const WindowActions& a = m_window->actions();
    QVERIFY(a.openModel->isEnabled() && a.openRun->isEnabled());
    for (const QAction* action : {a.openData, a.start, a.pause, a.resume, a.stop, a.sweep, a.pruneCompact, a.saveMask,
                                  a.saveReport, a.saveCurve}) {
      QVERIFY2(!action->isEnabled(), qPrintable(action->objectName()));
      QVERIFY2(action->toolTip().contains("Not now: "), qPrintable(action->objectName()));
    }
  }

  void startPageOffersSamplesAndWhatWasOpenedLately() {
    StartPage* page = m_window->startPage();
    QVERIFY(page->isVisible() && !m_window->view()->isVisible());
    const auto cards = page->findChildren<QPushButton*>(QRegularExpression("^sample-"));
    QCOMPARE(cards.size(), 5);
    for (const QPushButton* card : cards) {
      QVERIFY2(card->accessibleDescription().size() > 60, qPrintable(card->objectName()));
      QVERIFY2(card->height() >= card->heightForWidth(card->width()), qPrintable(card->objectName()));
    }
    QTest::mouseClick(cards.back(), Qt::LeftButton);
    QTRY_COMPARE(document().state(), DocumentState::Ready);
    QVERIFY(!page->isVisible() && m_window->view()->isVisible());
    m_window->actions().startPage->trigger();
    QVERIFY(page->isVisible());
    QCOMPARE(page->findChildren<QPushButton*>().size(), cards.size() + 3);
    m_window->actions().startPage->trigger();
    QVERIFY(!page->isVisible());
  }

  void dataArePreviewedBeforeTheyAreOpened() {
    openModel();
    m_window->actions().openData->trigger();
    auto* dialog = m_window->findChild<DataDialog*>();
    QVERIFY(dialog);
    QCOMPARE(dialog->path(DataDialog::Role::Train), path("model/train.tsv"));
    auto* open = dialog->findChild<QPushButton*>("openData");
    auto* table = dialog->findChild<QTableWidget*>();
    QTRY_VERIFY(open->isEnabled());
    QCOMPARE(table->rowCount(), 50);
    QCOMPARE(table->columnCount(), 2);
    QVERIFY(dialog->summaryText().contains("3 skipped: empty text"));
    QVERIFY(dialog->summaryText().contains("positive"));
    // A second text column is read again as the user wants it.
    auto* second = dialog->findChildren<QComboBox*>().at(1);
    second->setCurrentIndex(2);
    emit second->activated(2);
    QTRY_COMPARE(table->columnCount(), 3);
    QCOMPARE(dialog->textColumns(), QStringList({"sentence", "reply"}));
    QTRY_VERIFY(open->isEnabled());
    QTest::mouseClick(open, Qt::LeftButton);
    QTRY_COMPARE(document().state(), DocumentState::Ready);
    QVERIFY(document().hasTrainData() && document().hasDevData());
  }

  void dataThatCannotBeReadAreNotOpened() {
    openModel();
    write("damaged.tsv");
    m_answer = {path("damaged.tsv")};
    m_window->actions().openData->trigger();
    auto* dialog = m_window->findChild<DataDialog*>();
    emit dialog->fileWanted(DataDialog::Role::Train);
    QTRY_VERIFY(dialog->summaryText().contains("found binary junk"));
    QVERIFY(!dialog->findChild<QPushButton*>("openData")->isEnabled());
    dialog->reject();
  }

  void examplesArePredictedForTheShownMask() {
    openModel();
    m_window->view()->showLowerRight(1);
    ExamplePanel* panel = m_window->view()->example();
    QTRY_COMPARE(panel->verdictText(), QString("= the same answer"));
    auto* index = panel->findChild<QSpinBox*>();
    QCOMPARE(index->maximum(), 1999);
    index->setValue(7);
    QTRY_COMPARE(document().prediction()->index, std::int64_t{7});
    m_window->actions().closeAll->trigger();
    QTRY_VERIFY(panel->verdictText().contains("right only with them"));
    QCOMPARE(document().prediction()->maskHash, document().mask().hash());
    // What nobody looks at is not computed.
    m_window->view()->showLowerRight(0);
    const int before = m_fake->predictions;
    m_window->actions().keepAll->trigger();
    QTRY_VERIFY(document().answer()->complete && !document().isEvaluating());
    QCOMPARE(m_fake->predictions.load(), before);
  }

  void startPageWorksByKeyboard() {
    auto* card = m_window->startPage()->findChild<QPushButton*>("sample-sentiment-bert");
    card->setFocus();
    QTest::keyClick(card, Qt::Key_Space);
    QTRY_COMPARE(document().state(), DocumentState::Ready);
    QVERIFY(m_window->view()->isVisible());
  }

  void openTrainSlideUndoPrune() {
    m_answer = {path("model")};
    m_window->actions().openModel->trigger();
    QTRY_COMPARE(document().state(), DocumentState::Ready);
    QCOMPARE(m_window->windowTitle(), QString("sentiment-bert"));
    QVERIFY(document().hasTrainData() && document().hasDevData());
    train();
    QVERIFY(m_window->view()->training()->series().size() > 0);
    QCOMPARE(m_window->view()->headMap()->map()->mask().keptCount(), 12);
    QCOMPARE(m_window->view()->keepPanel()->kept(), 12);

    auto* slider = m_window->view()->keepPanel()->findChild<QSlider*>();
    QVERIFY(slider->isEnabled());
    slider->setFocus();
    QTest::keyClick(slider, Qt::Key_Right);
    QCOMPARE(document().mask().keptCount(), 13);
    QVERIFY(!m_window->view()->keepPanel()->dimmed());
    m_window->actions().undo->trigger();
    QCOMPARE(document().mask().keptCount(), 12);
    QCOMPARE(m_window->view()->keepPanel()->kept(), 12);

    m_answer = {path("pruned")};
    QSignalSpy pruned(&document(), &Document::pruned);
    m_window->actions().pruneCompact->trigger();
    QTRY_COMPARE(pruned.size(), 1);
    QVERIFY(m_window->messages()->isVisible());
    QVERIFY(m_window->messages()->text().contains("64 of 64"));
    QVERIFY(QFileInfo(path("pruned")).isDir());
  }

  void aModelThatIsThereIsReplacedOnlyAfterAYes() {
    openModel();
    m_answer = {path("pruned")};
    write("pruned/config.json", "{}");
    QSignalSpy pruned(&document(), &Document::pruned);
    m_window->actions().pruneCompact->trigger();
    auto* question = m_window->findChild<QMessageBox*>("replaceQuestion");
    QVERIFY(question != nullptr);
    QTest::mouseClick(question->defaultButton(), Qt::LeftButton);  // keep it
    QCOMPARE(document().state(), DocumentState::Ready);
    QCOMPARE(pruned.size(), 0);
    m_window->actions().foldValueBias->trigger();
    m_window->actions().pruneCompact->trigger();
    const auto questions = m_window->findChildren<QMessageBox*>("replaceQuestion");
    for (QAbstractButton* button : questions.last()->buttons())
      if (questions.last()->buttonRole(button) == QMessageBox::AcceptRole) QTest::mouseClick(button, Qt::LeftButton);
    QTRY_COMPARE(pruned.size(), 1);
    QVERIFY(m_fake->foldedValueBias);
    QVERIFY(m_window->messages()->text().contains("Value biases"));
  }

  void keysPinTheMaskAndMeasureTheSelectedHead() {
    openModel();
    m_window->actions().pin->trigger();
    QCOMPARE(document().pins().size(), size_t{1});
    QVERIFY(m_window->actions().pin->isChecked() && m_window->actions().clearPins->isEnabled());
    HeadMap* map = m_window->view()->headMap()->map();
    m_window->actions().effect->trigger();
    QVERIFY(!document().isMeasuringEffect());  // no head is selected
    map->setSelected(HeadId{2, 3});
    QTest::keyClick(map, Qt::Key_E);
    QTRY_VERIFY(document().effect() && document().effect()->change.complete);
    const auto* line = m_window->view()->keepPanel()->findChild<QLabel*>("effect");
    QVERIFY(line->isVisible());
    QVERIFY2(line->text().contains("layer 2, head 3 closed"), qPrintable(line->text()));
    QTest::keyClick(map, Qt::Key_Space);
    QVERIFY(!line->isVisible());
    QVERIFY(!m_window->actions().pin->isChecked());
    m_window->actions().clearPins->trigger();
    QVERIFY(document().pins().empty());
  }

  void bfloat16SaysInTheStatusLineHowFarItIs() {
    openModel();
    m_window->actions().bfloat16->trigger();
    QTRY_VERIFY(document().disagreement().has_value());
    QVERIFY(m_window->actions().bfloat16->isChecked());
    bool said = false;
    for (const QLabel* label : m_window->statusBar()->findChildren<QLabel*>())
      said |= label->text().contains("3 of 512 predictions differ from float32");
    QVERIFY(said);
  }

  void clickOnAHeadSwitchesItAndIsMeasured() {
    openModel();
    HeadMap* map = m_window->view()->headMap()->map();
    const QPoint cell = map->geometryOfHeads().cell({2, 3}).center().toPoint();
    QTest::mouseClick(map, Qt::LeftButton, {}, cell);
    QVERIFY(!document().mask().kept(HeadId{2, 3}));
    QVERIFY(m_window->actions().undo->text().contains("close head 3 of layer 2"));
    QTRY_VERIFY(document().answer() && document().answer()->mask == document().mask());
    QVERIFY(!m_window->view()->keepPanel()->answerText().isEmpty());
  }

  void sliderSaysWhyItIsLockedBeforeTheFirstRun() {
    openModel();
    const auto* slider = m_window->view()->keepPanel()->findChild<QSlider*>();
    QVERIFY(!slider->isEnabled());
    QCOMPARE(slider->toolTip(), QString("Train or open a run to rank the heads"));
  }

  void curveCursorMovesTheMask() {
    openModel();
    train();
    emit m_window->view()->tradeOff()->keptChosen(20);
    QCOMPARE(document().mask().keptCount(), 20);
    QCOMPARE(m_window->view()->keepPanel()->kept(), 20);
  }

  void settingsAndToolBarShowTheSameK() {
    openModel();
    useSteps(60);
    auto* keep = m_window->findChild<QToolBar*>("toolBar")->findChild<QSpinBox*>();
    keep->setValue(7);
    QCOMPARE(m_window->view()->settings()->settings().keep, 7);
    TrainSettings settings = m_window->view()->settings()->settings();
    settings.keep = 9;
    document().setSettings(settings);
    QCOMPARE(keep->value(), 9);
  }

  void pauseButtonBecomesResume() {
    openModel();
    m_fake->holdAtStep = 10;
    useSteps(40);
    m_window->actions().start->trigger();
    QTRY_COMPARE(document().run().step, 10);
    m_window->actions().pause->trigger();
    QCOMPARE(document().state(), DocumentState::Paused);
    QVERIFY(m_window->actions().resume->isEnabled());
    QVERIFY(!m_window->actions().pause->isEnabled());
    m_fake->holdAtStep = -1;
    m_window->actions().resume->trigger();
    QTRY_COMPARE(document().state(), DocumentState::Ready);
  }

  void failureIsShownInTheMessageBarNotInADialog() {
    m_fake->openFailure = "config.json: field 'hidden_size': found nothing, expected a number; is this a model folder?";
    m_window->openPath(path("model"));
    QTRY_VERIFY(m_window->messages()->isVisible());
    QVERIFY(m_window->messages()->text().contains("hidden_size"));
    QVERIFY(QApplication::activeModalWidget() == nullptr);
    QCOMPARE(document().state(), DocumentState::Failed);
  }

  void whetherASearchForLambdaReachedKIsSaid() {
    openModel();
    TrainSettings settings = document().settings();
    settings.method = "l0";
    settings.lambdaSearched = true;
    settings.keep = 12;
    document().setSettings(settings);
    m_fake->lambdaReached = false;
    train();
    QVERIFY2(m_window->messages()->text().contains(
                 QStringLiteral("was found that leaves exactly 12 heads open. The nearest, 0.02, was taken")),
             qPrintable(m_window->messages()->text()));
    m_fake->lambdaReached = true;
    m_window->actions().start->trigger();
    QTRY_VERIFY(m_window->messages()->text().contains(
        QStringLiteral("= 0.02, found by bisection, leaves exactly 12 heads open.")));
  }

  void missingPathIsReported() {
    m_window->openPath(path("nothing-here"));
    QVERIFY(m_window->messages()->text().contains("no such file or folder"));
  }

  void folderDroppedOnTheWindowIsOpened() {
    QMimeData dropped;
    dropped.setUrls({QUrl::fromLocalFile(path("model"))});
    QDragEnterEvent enter({100, 100}, Qt::CopyAction, &dropped, Qt::LeftButton, {});
    QApplication::sendEvent(m_window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QVERIFY(m_window->statusBar()->currentMessage().startsWith("Drop to open the model"));
    QDropEvent drop({100, 100}, Qt::CopyAction, &dropped, Qt::LeftButton, {});
    QApplication::sendEvent(m_window.get(), &drop);
    QTRY_COMPARE(document().state(), DocumentState::Ready);
  }

  void unknownFileIsNotAcceptedByDrop() {
    write("picture.jpg");
    QMimeData dropped;
    dropped.setUrls({QUrl::fromLocalFile(path("picture.jpg"))});
    QDragEnterEvent enter({100, 100}, Qt::CopyAction, &dropped, Qt::LeftButton, {});
    QApplication::sendEvent(m_window.get(), &enter);
    QVERIFY(!enter.isAccepted());
  }

  void runOfTheListIsOpened() {
    write("old.h5");
    m_window->openPath(path("old.h5"));
    QTRY_COMPARE(document().state(), DocumentState::Ready);
    QTRY_COMPARE(document().run().path, path("old.h5").toStdString());
    QCOMPARE(m_window->view()->training()->series().lastStep(), 100);
    QVERIFY(document().hasOrder());
  }

  void closingWhileTrainingAsksAndStopsCleanly() {
    openModel();
    m_fake->holdAtStep = 10;
    useSteps(40);
    m_window->actions().start->trigger();
    QTRY_COMPARE(document().run().step, 10);
    QVERIFY(!m_window->close());
    auto* question = m_window->findChild<QMessageBox*>("closeQuestion");
    QVERIFY(question != nullptr);
    for (QAbstractButton* button : question->buttons()) {
      if (button->text().contains("Stop")) button->click();
    }
    QTRY_VERIFY(!m_window->isVisible());
    QCOMPARE(document().runs().front().status, std::string("stopped"));
  }

  void closingWithoutARunAsksNothing() {
    openModel();
    QVERIFY(m_window->close());
  }

  void runsAreNeverOverwritten() {
    openModel();
    train();
    const std::string first = document().run().path;
    train();
    QVERIFY(document().run().path != first);
    QVERIFY(QString::fromStdString(document().run().path).endsWith("-2.h5"));
  }

  void sizesAndRecentFilesAreRemembered() {
    openModel();
    const QSize size(1024, 700);  // Qt 6.8 makes a window no wider than its screen, which has 800 pixels here
    m_window->resize(size);
    QVERIFY(m_window->close());
    m_window.reset();
    makeWindow();
    QCOMPARE(m_window->size(), size);
    QMenu* recent = m_window->actions().recent;
    emit recent->aboutToShow();
    QVERIFY(recent->actions().front()->text().contains("model"));
    QVERIFY(QDir(path("model")).removeRecursively());
    emit recent->aboutToShow();
    QVERIFY(!recent->actions().front()->isEnabled());
  }

  void everyViewIsSavedAsPngSvgAndPdf() {
    openModel();
    train();
    const WindowActions& a = m_window->actions();
    for (QAction* action : {a.pictureMap, a.pictureTradeOff, a.pictureConcentration, a.pictureGates, a.pictureBudget,
                            a.pictureLosses, a.pictureGap}) {
      for (const char* kind : {"png", "svg", "pdf"}) {
        const QString file = path(qPrintable(action->objectName() + '.' + kind));
        m_answer = {file};
        action->trigger();
        QTRY_COMPARE(m_window->messages()->text(), "Picture saved: " + file);
        QVERIFY2(QFileInfo(file).size() > 2000, qPrintable(file));
      }
      QFile svg(path(qPrintable(action->objectName() + ".svg")));
      QVERIFY(svg.open(QIODevice::ReadOnly));
      QVERIFY(svg.readAll().contains("sentiment-bert"));  // the caption
    }
  }

  void pictureOfAnUnknownKindIsRefused() {
    openModel();
    m_answer = {path("map.bmp")};
    m_window->actions().pictureMap->trigger();
    QTRY_VERIFY(m_window->messages()->text().contains("found the ending 'bmp', expected png, svg or pdf"));
    QVERIFY(!QFileInfo::exists(path("map.bmp")));
  }

  void viewsOfferTheirPictureInTheContextMenu() {
    openModel();
    train();
    auto* drawing = m_window->view()->tradeOff()->findChild<QCustomPlot*>();
    QContextMenuEvent asks(QContextMenuEvent::Mouse, drawing->rect().center(), drawing->mapToGlobal(QPoint(9, 9)));
    QApplication::sendEvent(drawing, &asks);
    auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY(menu != nullptr);
    QVERIFY(menu->actions().contains(m_window->actions().pictureTradeOff));
    menu->close();
  }

  void maskIsSavedAsJson() {
    openModel();
    m_answer = {path("mask.json")};
    m_window->actions().saveMask->trigger();
    QFile file(path("mask.json"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readAll().contains("headroom-mask/1"));
  }

  void reportOfTheOpenRunIsSaved() {
    QAction* save = m_window->actions().saveReport;
    openModel();
    QVERIFY2(save->toolTip().contains("Not now: train or open a run first"), qPrintable(save->toolTip()));
    train();
    m_answer = {path("report.html")};
    save->trigger();
    QTRY_COMPARE(m_window->messages()->text(), "Report saved: " + path("report.html"));
    QCOMPARE(m_asked.back().topic, QString("report"));
    QVERIFY2(m_asked.back().suggested.endsWith(".html"), qPrintable(m_asked.back().suggested));
    QFile page(path("report.html"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    QCOMPARE(QString::fromUtf8(page.readAll()), "report of " + QString::fromStdString(document().run().path));
    m_fake->reportFailure = "report.html: writing: No space left on device";
    save->trigger();
    QTRY_COMPARE(m_window->messages()->text(),
                 QString("The report was not saved: report.html: writing: No space left on device"));
  }

  void comparisonsOfTheCommandLineAreOpenedAndSaved() {
    openModel();
    CompareCell cell;
    cell.method = "taylor";
    cell.keep = 12;
    cell.done = true;
    cell.mask = keepRandom(document().model()->layout, 12, 1);
    cell.metric = {"accuracy", 0.75, 0.7, 0.8, 2000};
    cell.toFull.value = -0.125;
    CampaignFolder(path("campaign").toStdString(), "{}\n").write(cell);
    m_window->actions().compare->trigger();
    auto* dialog = m_window->findChild<CompareDialog*>();
    QVERIFY(dialog);
    const auto press = [dialog](const QString& name) {
      for (auto* button : dialog->findChildren<QPushButton*>())
        if (button->accessibleName() == name) button->click();
    };
    const auto says = [dialog](const QString& text) {
      const auto labels = dialog->findChildren<QLabel*>();
      return std::any_of(labels.begin(), labels.end(),
                         [&](const QLabel* label) { return label->text().contains(text); });
    };
    m_answer = {path("model")};
    press("Open a comparison");
    QTRY_VERIFY(says("found no campaign.json"));
    auto* table = dialog->results()->findChild<QTableWidget*>();
    QCOMPARE(table->rowCount(), 0);
    m_answer = {path("campaign")};
    press("Open a comparison");
    QTRY_COMPARE(table->rowCount(), 1);
    QCOMPARE(table->item(0, 0)->text(), QString("taylor"));
    QVERIFY(says("Shown is " + path("campaign")));
    const auto caution = [dialog] {
      for (auto* label : dialog->results()->findChildren<QLabel*>())
        if (label->text().contains("other weights") && !label->isHidden()) return true;
      return false;
    };
    QVERIFY(!caution());
    CampaignFolder(path("others").toStdString(), "{\"model_sha256\": \"of another\"}\n").write(cell);
    m_answer = {path("others")};
    press("Open a comparison");
    QTRY_VERIFY(caution());
    m_answer = {path("compare.csv")};
    press("Save as CSV");
    QCOMPARE(m_window->messages()->text(), "Comparison saved: " + path("compare.csv"));
    QFile csv(path("compare.csv"));
    QVERIFY(csv.open(QIODevice::ReadOnly));
    const QList<QByteArray> lines = csv.readAll().split('\n');
    QVERIFY(lines.size() > 1 && lines[1].startsWith("taylor,post-hoc,12,") && lines[1].contains(",1,done,0.75,"));
    m_answer = {path("compare.html")};
    press("Save as HTML");
    QFile page(path("compare.html"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    const QByteArray html = page.readAll();
    QVERIFY(html.contains("Unpruned model: accuracy 87.5 %, 2000 examples"));
    m_answer = {path("no/such/folder/compare.html")};
    press("Save as HTML");
    QVERIFY2(m_window->messages()->text().startsWith("The comparison was not saved: "),
             qPrintable(m_window->messages()->text()));
  }

  void anotherComparisonHasAnotherFolder() {
    openModel();
    const ModelSummary& model = *document().model();
    const DataSummary data = *document().data();
    const CampaignSettings settings{400, 64, "head", "float32"};
    QStringList folders{campaignFolder("runs", model, data, settings)};
    QCOMPARE(campaignFolder("runs", model, data, settings), folders.front());
    for (const CampaignSettings& other :
         {CampaignSettings{401, 64, "head", "float32"}, CampaignSettings{400, 32, "head", "float32"},
          CampaignSettings{400, 64, "group", "float32"}, CampaignSettings{400, 64, "head", "bfloat16"}})
      folders << campaignFolder("runs", model, data, other);
    DataSummary columns = data;
    columns.train.textColumns = {"reply"};
    folders << campaignFolder("runs", model, columns, settings);
    QCOMPARE(folders.removeDuplicates(), 0);
  }

  void curveIsSavedAsATable() {
    QAction* save = m_window->actions().saveCurve;
    openModel();
    QVERIFY(!save->isEnabled());
    QVERIFY2(save->toolTip().contains("Not now: train or open a run"), qPrintable(save->toolTip()));
    train();
    m_answer = {path("curve.csv")};
    save->trigger();
    QCOMPARE(m_window->messages()->text(), "Curve saved: " + path("curve.csv"));
    QFile table(path("curve.csv"));
    QVERIFY(table.open(QIODevice::ReadOnly));
    const QStringList lines = QString::fromUtf8(table.readAll()).split('\n', Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 50);  // names, and 0 to 48 heads
    QVERIFY2(lines.front().startsWith("heads kept,accuracy,low,high,"), qPrintable(lines.front()));
    const QStringList row = lines.at(13).split(',');
    QCOMPARE(row.size(), 11);
    QCOMPARE(row.at(0), QString("12"));
    QCOMPARE(row.at(1), QString::number(document().curve().at(12)->metric.value, 'g', 10));
    QCOMPARE(row.at(9), QString("1"));  // trained
    m_answer = {path("no such folder/curve.csv")};
    save->trigger();
    QVERIFY2(m_window->messages()->text().startsWith("The curve was not saved: "),
             qPrintable(m_window->messages()->text()));
  }

  void speedPanelOrdersHeadsByTheTimeSavedAndBack() {
    openModel();
    auto* box = m_window->view()->speed()->findChild<QCheckBox*>("byTime");
    const auto* slider = m_window->view()->keepPanel()->findChild<QSlider*>();
    QVERIFY(!box->isEnabled());
    QVERIFY2(box->toolTip().contains("measure what heads cost first"), qPrintable(box->toolTip()));
    document().measureLatency(8, 32);
    QTRY_VERIFY(document().latency().has_value());
    QVERIFY(!box->isEnabled());
    QVERIFY2(box->toolTip().contains("rank the heads"), qPrintable(box->toolTip()));
    train();
    QTRY_VERIFY(document().isMeasured());
    QTRY_VERIFY(box->isEnabled());
    const HeadMask scored = document().curve().maskFor(28);
    box->click();
    QVERIFY(box->isChecked() && document().ordersByTime());
    QTRY_VERIFY(document().curve().complete);
    QVERIFY(document().curve().maskFor(28) != scored);
    QVERIFY2(slider->toolTip().contains("log \u03b1, by time saved"), qPrintable(slider->toolTip()));
    const auto* drawing = m_window->view()->tradeOff()->findChild<QCustomPlot*>();
    const auto isNamed = [drawing](const QString& name) {
      for (int i = 0; i < drawing->itemCount(); ++i)
        if (const auto* label = qobject_cast<QCPItemText*>(drawing->item(i)); label && label->text() == name)
          return label->visible();
      return false;
    };
    QTRY_VERIFY(isNamed("log \u03b1, by time saved"));
    box->click();
    QVERIFY(!box->isChecked() && !document().ordersByTime());
    QVERIFY(document().curve().complete);
    QCOMPARE(document().curve().maskFor(28), scored);
    QVERIFY2(!slider->toolTip().contains("time saved"), qPrintable(slider->toolTip()));
    QTRY_VERIFY(!isNamed("log \u03b1, by time saved"));
  }

  void menuMnemonicsAreUnique() {
    for (const QMenu* menu : m_window->menuBar()->findChildren<QMenu*>()) {
      QStringList seen;
      for (const QAction* action : menu->actions()) {
        const int at = static_cast<int>(action->text().indexOf('&'));
        if (at < 0 || action->isSeparator()) continue;
        const QString key = action->text().mid(at + 1, 1).toLower();
        QVERIFY2(!seen.contains(key), qPrintable(action->text()));
        seen << key;
      }
    }
  }

  void everyControlHasANameForScreenReaders() {
    openModel();
    for (const QWidget* widget : m_window->findChildren<QWidget*>()) {
      if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible()) continue;
      const bool isPartOfAnother = widget->focusProxy() != nullptr ||
                                   qobject_cast<QAbstractSpinBox*>(widget->parentWidget()) ||
                                   widget->objectName().startsWith("qt_") || widget->inherits("QComboBoxListView");
      if (isPartOfAnother) continue;
      const QAccessibleInterface* reader = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
      const QString name = reader == nullptr ? QString() : reader->text(QAccessible::Name);
      QVERIFY2(!name.isEmpty(), qPrintable(QString("%1 '%2' in %3")
                                               .arg(widget->metaObject()->className(), widget->objectName(),
                                                    widget->parentWidget()->metaObject()->className())));
    }
  }

  void gallery_data() {
    QTest::addColumn<QSize>("size");
    QTest::addColumn<bool>("dark");
    for (const bool dark : {false, true}) {
      for (const QSize size : {QSize(1440, 900), QSize(1024, 640)}) {
        const QByteArray name = QByteArray::number(size.width()) + (dark ? "-dark" : "-light");
        QTest::newRow(name.constData()) << size << dark;
      }
    }
  }
  /// Nothing may need more room than there is; with HEADROOM_GALLERY the pictures are kept for looking at.
  void gallery() {
    QFETCH(QSize, size);
    QFETCH(bool, dark);
    (dark ? m_window->actions().themeDark : m_window->actions().themeLight)->trigger();
    m_window->resize(size);
    const auto keep = [this](const char* moment) {
      const QString folder = qEnvironmentVariable("HEADROOM_GALLERY");
      if (folder.isEmpty()) return;
      QVERIFY(QDir().mkpath(folder));
      // Until the queued replots are done: the picture stands still.
      QImage last;
      const auto stands = [&] {
        const QImage now = m_window->grab().toImage();
        return std::exchange(last, now) == now;
      };
      QTRY_VERIFY(stands());
      QVERIFY(m_window->grab().save(QString("%1/%2-%3.png").arg(folder, QTest::currentDataTag(), moment)));
    };
    keep("empty");
    openModel();
    keep("opened");
    m_fake->holdAtStep = 700;
    useSteps(1200);
    m_window->actions().start->trigger();
    QTRY_COMPARE(document().run().step, 700);
    keep("training");
    m_fake->holdAtStep = -1;
    QTRY_VERIFY(document().curve().complete);
    emit m_window->view()->keepPanel()->keptChosen(16);
    keep("done");
    QCOMPARE(m_window->size(), size);
    QVERIFY(m_window->minimumSizeHint().width() <= 1024);
    QVERIFY2(m_window->minimumSizeHint().height() <= 640,
             qPrintable(QString::number(m_window->minimumSizeHint().height())));
  }
};

QTEST_MAIN(WindowTest)
#include "window_test.moc"
