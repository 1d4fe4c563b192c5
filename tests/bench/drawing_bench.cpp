// SPDX-License-Identifier: GPL-3.0-or-later
// What the window's thread spends on drawing; one JSON object a line.
//   drawing_bench [REPEATS] [SECONDS]    SECONDS: how long the live window is watched
#include <qcustomplot.h>

#include <QApplication>
#include <QLabel>
#include <QSlider>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/gui/explore_view.h"
#include "app/gui/main_window.h"
#include "core/base/freed_memory.h"
#include "tests/app/fake_engine.h"
#include "tests/widgets/sample_values.h"
#include "widgets/panels/keep_panel.h"
#include "widgets/plots/gate_paths_plot.h"
#include "widgets/plots/head_map.h"

namespace headroom {
namespace {

using testing::evenLayout;

constexpr std::chrono::milliseconds kStep{75};  // of the sample's training on two cores

double milliseconds(const std::function<void()>& work) {
  const auto since = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - since).count();
}

double threadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void report(const char* name, std::vector<double> times, double target) {
  std::sort(times.begin(), times.end());
  std::cout << nlohmann::ordered_json{{"benchmark", name},
                                      {"repeats", times.size()},
                                      {"median_ms", times[times.size() / 2]},
                                      {"p95_ms", times[times.size() * 95 / 100]},
                                      {"target_ms", target}}
                   .dump()
            << std::endl;
}

/// Runs the event loop until `done`.
template <typename Condition>
void waitUntil(const Condition& done) {
  while (!done()) QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
}

/// Counts how often a widget was painted.
class PaintCounter : public QObject {
 public:
  explicit PaintCounter(QWidget* widget) { widget->installEventFilter(this); }
  [[nodiscard]] int count() const { return m_count; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::Paint) ++m_count;
    return QObject::eventFilter(watched, event);
  }

 private:
  int m_count = 0;
};

void measureMap(int repeats) {
  const HeadLayout layout = evenLayout(24, 16);
  HeadMap map;
  map.setHeadLayout(layout);
  map.resize(760, 420);
  map.show();
  QCoreApplication::processEvents();
  Rng rng(1);
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    std::vector<float> open, logAlpha;
    for (int head = 0; head < layout.headCount(); ++head) {
      open.push_back(static_cast<float>(rng.uniform()));
      logAlpha.push_back(static_cast<float>(5 * rng.normal()));
    }
    map.setValues(open, logAlpha);
    times.push_back(milliseconds([&] { map.repaint(); }));
  }
  report("redraw of a map of 24 x 16 heads", times, 16);
}

void measureGatePaths(int repeats) {
  const HeadMask mask = testing::concentratedMask(evenLayout(12, 12));
  auto series = std::make_shared<TrainSeries>();
  series->append(testing::trainPoints(mask, 10000, 10000));
  GatePathsPlot plot;
  plot.setHeadLayout(mask.layout());
  plot.setMask(mask);
  plot.setSeries(series);
  plot.resize(600, 300);
  plot.show();
  const PaintCounter painted(plot.findChild<QCustomPlot*>());
  waitUntil([&] { return painted.count() > 0; });
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const int before = painted.count();
    times.push_back(milliseconds([&] {
      plot.setTotalSteps(10000);
      waitUntil([&] { return painted.count() > before; });
    }));
  }
  report("144 gate paths x 10,000 steps, thinned and drawn", times, 33);
}

/// The program's window with an engine that answers at once.
class LiveWindow {
 public:
  LiveWindow() : m_fake(std::make_shared<testing::FakeSettings>()) {
    m_fake->afterStep = [this] {
      if (m_paced) std::this_thread::sleep_for(kStep);
    };
    WindowOptions options;
    options.engine = testing::fakeEngine(m_fake);
    options.settingsFile = m_folder.filePath("settings.ini");
    options.runFolder = m_folder.filePath("runs");
    options.theme = ThemeChoice::Light;
    options.themeGiven = true;
    m_window = std::make_unique<MainWindow>(std::move(options));
    m_window->resize(1440, 900);
    m_window->show();
    const QString model = m_folder.filePath("model");
    QDir().mkpath(model);
    m_window->openPath(model, {"train.tsv", "dev.tsv"});
    waitUntil([this] { return document().state() == DocumentState::Ready; });
    TrainSettings settings = document().settings();
    settings.steps = 1200;
    document().setSettings(settings);
  }

  void measureLiveShare(double seconds) {
    m_fake->holdAtStep = 900;  // most of the curves are there to draw
    m_window->startTraining();
    waitUntil([this] { return document().run().step == 900; });
    m_paced = true;
    m_fake->holdAtStep = -1;
    QEventLoop loop;
    QTimer::singleShot(static_cast<int>(1000 * seconds), &loop, &QEventLoop::quit);
    const double before = threadSeconds();
    const double wall = milliseconds([&] { loop.exec(); }) / 1000;
    const double used = threadSeconds() - before;
    std::cout << nlohmann::ordered_json{{"benchmark", "window's thread while a run is trained"},
                                        {"seconds", wall},
                                        {"cpu_seconds", used},
                                        {"share_of_one_core", used / wall},
                                        {"target_share", 0.05}}
                     .dump()
              << std::endl;
    m_paced = false;
    waitUntil([this] { return document().isMeasured(); });
  }

  void measureSlider(int repeats) {
    const KeepPanel* panel = m_window->view()->keepPanel();
    auto* slider = panel->findChild<QSlider*>();
    auto* number = panel->findChild<QLabel*>("answer");
    const PaintCounter painted(number);
    std::vector<double> times;
    for (int i = 0; i < repeats; ++i) {
      const int before = painted.count();
      times.push_back(milliseconds([&] {
        slider->setValue(1 + (slider->value() + 17) % 40);
        waitUntil([&] { return painted.count() > before; });
      }));
      QCoreApplication::processEvents();
    }
    report("slider move to painted answer that was measured before", times, 50);
  }

 private:
  [[nodiscard]] Document& document() { return *m_window->document(); }

  QTemporaryDir m_folder;
  std::atomic<bool> m_paced{false};  ///< whether steps take their time
  std::shared_ptr<testing::FakeSettings> m_fake;
  std::unique_ptr<MainWindow> m_window;
};

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) {
  headroom::keepFreedMemory();
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  const int repeats = argc > 1 ? std::max(1, std::atoi(argv[1])) : 200;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 15;
  headroom::applyTheme(application, headroom::ThemeChoice::Light);
  headroom::measureMap(repeats);
  headroom::measureGatePaths(repeats);
  headroom::LiveWindow window;
  window.measureLiveShare(seconds);
  window.measureSlider(repeats);
  return 0;
}
