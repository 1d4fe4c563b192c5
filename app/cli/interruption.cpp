// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/interruption.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>

namespace headroom::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kInterrupted = 130;
/// One Ctrl-C may arrive twice, once for the process and once for its group, as timeout(1) sends it.
constexpr std::chrono::milliseconds kSameSignal{300};

sigset_t watched() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR1);  // our own: the program ends
  return signals;
}

}  // namespace

Interruption::Interruption() {
  const sigset_t signals = watched();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit then is an error like a full disk
  m_waiter = std::thread([source = m_source]() mutable {
    const sigset_t mine = watched();
    std::optional<Clock::time_point> first;
    while (true) {
      int signal = 0;
      ::sigwait(&mine, &signal);
      if (signal == SIGUSR1) return;
      if (!first) first = Clock::now();
      if (Clock::now() - *first > kSameSignal) ::_exit(kInterrupted);
      source.request_stop();
    }
  });
}

Interruption::~Interruption() {
  ::pthread_kill(m_waiter.native_handle(), SIGUSR1);
  m_waiter.join();
}

}  // namespace headroom::cli
