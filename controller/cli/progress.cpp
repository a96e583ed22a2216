#include "cli/progress.hpp"

#include "base/unicode.hpp"

namespace lockstep::cli {

Progress::Progress(Session& session, std::string what, std::size_t total)
    : session_(session),
      what_(std::move(what)),
      total_(total),
      began_(session.clock().mono()),
      gone_(session.executor()),
      scope_(session.executor()) {
  if (session.terminal().can_show_progress()) scope_.start(show());
}

reconcile::Listener Progress::listener() {
  return {.ended = [this](const reconcile::PassOutcome&) { ++ended_; },
          .waits = [this](const reconcile::Wait& wait) { tell(wait); }};
}

/// Many Targets wait for the same; it is told once.
void Progress::tell(const reconcile::Wait& wait) {
  constexpr Nanos short_wait = std::chrono::seconds(5);
  const auto now = session_.clock().mono();
  const auto span = wait.until ? *wait.until - session_.clock().wall() : short_wait;
  auto& told = told_.try_emplace(wait.credential, now).first->second;
  if (span < short_wait || told > now) return;
  told = now + span;
  clear();
  session_.terminal().err(std::string("waiting") +
                          (wait.until ? " at most " + to_human(span) : "") + ": " +
                          only_harmless(wait.why, "\uFFFD") + "\n");
}

void Progress::clear() {
  if (shown_) session_.terminal().err("\r\x1b[K");
}

Awaitable<void> Progress::show() {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto next = began_ + std::chrono::seconds(1);
  while (co_await session_.clock().sleep_until(next) == Ended::finished) {
    const auto took = session_.clock().mono() - began_;
    session_.terminal().err("\r\x1b[K" + what_ + ": " + std::to_string(ended_) + " of " +
                            std::to_string(total_) + " Targets, " + to_human(took));
    shown_ = true;
    next += std::chrono::milliseconds(250);
  }
  clear();
  gone_.notify();
}

Awaitable<void> Progress::finish() {
  if (scope_.size() == 0) co_return;
  scope_.cancel();
  while (!scope_.drained()) {
    auto waiting =
        gone_.wait_until(session_.clock(), session_.clock().mono() + std::chrono::milliseconds(20));
    (void)co_await std::move(waiting);
  }
}

}  // namespace lockstep::cli
