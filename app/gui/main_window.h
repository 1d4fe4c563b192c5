// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <memory>

#include "app/gui/actions.h"
#include "app/gui/document.h"
#include "app/gui/file_chooser.h"
#include "app/gui/known_places.h"
#include "app/gui/recent_files.h"
#include "widgets/plots/plot_theme.h"

class QSettings;

namespace headroom {

class CompareDialog;

class ExploreView;
class Figure;
class MessageBar;
class StartPage;
class WindowToolBar;

/// What the window is made with; tests put their own in place of the program's.
struct WindowOptions {
  EngineFactory engine;
  FileChooser chooser = platformFileChooser();
  QString settingsFile;  ///< empty = the user's own settings
  QString runFolder = defaultRunFolder();
  ThemeChoice theme = ThemeChoice::System;
  bool themeGiven = false;  ///< `theme` wins over the saved one and is not saved
};

/// The window: menus, tool bar, message bar, the Explore view, status line; files in and out.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(WindowOptions options);
  ~MainWindow() override;

  [[nodiscard]] Document* document() { return &m_document; }
  [[nodiscard]] ExploreView* view() const { return m_view; }
  [[nodiscard]] const WindowActions& actions() const { return m_actions; }
  [[nodiscard]] StartPage* startPage() const { return m_start; }
  [[nodiscard]] MessageBar* messages() const { return m_messages; }

  /// Opens a model folder (with the data beside it), a run or a data file. `data` names files where they are elsewhere.
  void openPath(const QString& path, const DataPair& texts = {});
  /// Starts a run with a new file in the run folder.
  void startTraining();
  void savePicture(const QString& path);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makeLayout();
  void restoreSession();
  void saveSession();
  void connectFileActions();
  void askPictureWidth();
  void connectPictureActions();
  void connectViewActions();
  void connectRunActions();
  void connectDocument();
  void refresh();
  void showStart(bool shown);

  void chooseModel();
  void showCompare();
  void chooseData();
  void chooseRun();
  void chooseRunCopy();
  void chooseMaskFile();
  void chooseReportFile();
  void chooseCurveFile();
  void choosePicture(Figure& figure, const QString& name);
  void chooseWindowPicture();
  void saveView(Figure& figure, const QString& path, const QString& caption);
  void chooseCompareTable(const Comparison& comparison);
  void chooseCompareReport(const Comparison& comparison);
  void saveText(const FileQuestion& question, const std::string& text);
  void chooseComparePicture(Figure* figure, const QString& name, const QString& caption);
  [[nodiscard]] QString pictureCaption() const;
  void choosePrunedFolder(const std::string& form);
  void savePruned(const std::string& form, const QString& folder);
  void openPair(const DataPair& pair);
  void showDataDialog(const DataPair& pair);
  void setTheme(ThemeChoice choice);
  void askBeforeClosing();
  void closeWhenIdle();

  void report(const QString& what, const QString& reason);
  void reportPruned(const PruneReport& pruned);
  void reportTrained(const TrainReport& trained);
  void note(const QString& text);
  void showAbout();
  void showLosses();
  void showKeyboard();
  [[nodiscard]] DataPair openedData() const;

  FileChooser m_chooser;
  QString m_runFolder;
  bool m_saveTheme;
  std::unique_ptr<QSettings> m_settings;
  RecentFiles m_recent;
  Document m_document;
  WindowActions m_actions;
  WindowToolBar* m_toolBar = nullptr;
  MessageBar* m_messages = nullptr;
  ExploreView* m_view = nullptr;
  StartPage* m_start = nullptr;
  QString m_messageAction;  ///< what the message bar's button opens
  bool m_closing = false;
  bool m_warned = false;
  double m_pictureWidthMm = 0;  ///< of saved views; 0 = as on screen
};

}  // namespace headroom
