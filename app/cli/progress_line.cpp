// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/progress_line.h"

#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace headroom::cli {

ProgressLine::ProgressLine(bool json) : m_json(json), m_terminal(::isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const Progress& progress) {
  if (!m_json && !m_terminal) return;
  const auto now = std::chrono::steady_clock::now();
  const bool last = progress.total > 0 && progress.step >= progress.total;
  const auto pause = std::chrono::milliseconds(m_json ? 500 : 100);
  if (now - m_last < pause && !last && progress.task == m_task) return;
  m_last = now;
  m_task = progress.task;
  draw(progress);
  m_drawn = true;
}

void ProgressLine::draw(const Progress& progress) const {
  if (m_json) {
    nlohmann::ordered_json line = {{"task", progress.task}, {"step", progress.step}, {"total", progress.total}};
    if (progress.secondsLeft >= 0) line["seconds_left"] = progress.secondsLeft;
    if (!progress.detail.empty()) line["detail"] = progress.detail;
    std::fprintf(stderr, "%s\n", line.dump().c_str());
    return;
  }
  constexpr int kWidth = 30;
  const double share =
      progress.total > 0 ? static_cast<double>(progress.step) / static_cast<double>(progress.total) : 0;
  std::string bar(static_cast<size_t>(share * kWidth), '#');
  bar.resize(kWidth, '.');
  std::string rest =
      progress.secondsLeft >= 0 ? ", " + std::to_string(static_cast<long>(progress.secondsLeft)) + " s left" : "";
  if (!progress.detail.empty()) rest += ", " + progress.detail;
  // What is longer than the terminal is wide is cut: a line that wraps could not be drawn over.
  constexpr const char *kNoWrapping = "\033[?7l", *kClearToTheEnd = "\033[K\033[?7h";
  std::fprintf(stderr, "%s\r%-11s [%s] %lld of %lld%s%s", kNoWrapping, progress.task.c_str(), bar.c_str(),
               static_cast<long long>(progress.step), static_cast<long long>(progress.total), rest.c_str(),
               kClearToTheEnd);
}

void ProgressLine::finish() {
  if (m_drawn && m_terminal && !m_json) std::fprintf(stderr, "\n");
}

}  // namespace headroom::cli
