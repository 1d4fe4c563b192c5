// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace headroom {

/// Values that a job hands out while it runs. The worker posts as often as it likes; the window's thread collects them
/// in batches at its own pace, so no burst can fill its event queue.
class JobFeed {
 public:
  virtual ~JobFeed() = default;
  /// Window thread: hands what has gathered to the receiver, if anything.
  virtual void deliver() = 0;
};

enum class FeedKeeps { All, Newest };

template <typename T>
class Feed final : public JobFeed {
 public:
  using Receiver = std::function<void(std::vector<T>)>;
  Feed(FeedKeeps keeps, Receiver receive) : m_keeps(keeps), m_receive(std::move(receive)) {}

  /// Worker thread.
  void post(T value) {
    const std::lock_guard lock(m_mutex);
    if (m_keeps == FeedKeeps::Newest) m_values.clear();
    m_values.push_back(std::move(value));
  }

  void deliver() override {
    std::vector<T> values;
    {
      const std::lock_guard lock(m_mutex);
      values.swap(m_values);
    }
    if (!values.empty()) m_receive(std::move(values));
  }

 private:
  const FeedKeeps m_keeps;
  const Receiver m_receive;
  std::mutex m_mutex;
  std::vector<T> m_values;
};

}  // namespace headroom
