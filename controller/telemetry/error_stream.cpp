#include "telemetry/error_stream.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

namespace lockstep {

int write_whole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(descriptor, text.data(), text.size());
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
    if (n < 0 && errno == EAGAIN) {
      pollfd writable{.fd = descriptor, .events = POLLOUT, .revents = 0};
      (void)::poll(&writable, 1, -1);
    } else if (n < 0 && errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

namespace {

/// A thread that hears no signal: those are for the loop.
void start_detached(std::function<void()> work) {
  sigset_t all{}, before{};
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread(std::move(work)).detach();
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

struct ErrorStream::State {
  struct Text {
    std::string bytes;
    std::uint64_t lines = 0;  ///< in it, or that it tells of
    bool notice = false;
  };

  explicit State(int d) : descriptor(d) {}

  void lose(const Text& text) {
    untold += text.lines;
    if (!text.notice) lost += text.lines;
  }
  void keep(Text text) {
    bytes += text.bytes.size();
    waiting.push_back(std::move(text));
  }
  void tell_loss() {
    if (untold == 0) return;
    keep({.bytes = notice(untold), .lines = untold, .notice = true});
    untold = 0;
  }
  bool idle() const { return waiting.empty() && !writing; }
  void add(Text text, std::unique_lock<std::mutex>& held);
  void work();

  const int descriptor;
  mutable std::mutex mutex;
  std::condition_variable more, all_written;
  Notice notice;
  Bounds bounds;
  std::deque<Text> waiting;
  std::size_t bytes = 0;  ///< of those that wait and the one that is being written
  std::uint64_t lost = 0;
  std::uint64_t untold = 0;
  bool has_thread = false;
  bool writing = false;
  bool stalled = false;  ///< nobody reads: no write waits until all is written again
  bool ends = false;
};

void ErrorStream::State::add(Text text, std::unique_lock<std::mutex>& held) {
  if (idle()) tell_loss();
  // Between lines that are lost none is kept, so that the notice stands where they are missing.
  if (untold != 0 || bytes + text.bytes.size() > bounds.kept) {
    lose(text);
    return;
  }
  keep(std::move(text));
  more.notify_one();
  if (stalled) return;
  stalled = !all_written.wait_for(held, bounds.patience, [this] { return idle(); });
}

void ErrorStream::State::work() {
  std::unique_lock held(mutex);
  for (;;) {
    more.wait(held, [this] { return ends || !waiting.empty(); });
    if (waiting.empty()) return;
    const auto text = std::move(waiting.front());
    waiting.pop_front();
    writing = true;
    held.unlock();
    const bool written = write_whole(descriptor, text.bytes) == 0;
    held.lock();
    writing = false;
    bytes -= text.bytes.size();
    if (written)
      tell_loss();
    else
      lose(text);
    if (!idle()) continue;
    stalled = false;
    all_written.notify_all();
  }
}

ErrorStream::ErrorStream(int descriptor) : state_(std::make_shared<State>(descriptor)) {}

ErrorStream::~ErrorStream() {
  const std::lock_guard held(state_->mutex);
  state_->ends = true;
  state_->more.notify_one();
}

void ErrorStream::write(std::string_view lines) {
  auto& state = *state_;
  const auto count = static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
  std::unique_lock held(state.mutex);
  if (state.has_thread) {
    state.add({.bytes = std::string(lines), .lines = count}, held);
  } else if (write_whole(state.descriptor, lines) != 0) {
    state.lost += count;
  }
}

void ErrorStream::never_wait(Notice notice, Bounds bounds) {
  const std::lock_guard held(state_->mutex);
  if (state_->has_thread) return;
  state_->notice = std::move(notice);
  state_->bounds = bounds;
  try {
    start_detached([state = state_] { state->work(); });
    state_->has_thread = true;
  } catch (const std::system_error&) {
    // Told by whoever needs a thread more; a line that waits is better than none.
  }
}

void ErrorStream::flush(Nanos span) {
  std::unique_lock held(state_->mutex);
  (void)state_->all_written.wait_for(held, span, [this] { return state_->idle(); });
}

ErrorStream& standard_error() {
  static ErrorStream stream(STDERR_FILENO);
  return stream;
}

std::uint64_t ErrorStream::lost() const {
  const std::lock_guard held(state_->mutex);
  return state_->lost;
}

}  // namespace lockstep
