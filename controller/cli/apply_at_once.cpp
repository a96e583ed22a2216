#include "cli/apply_at_once.hpp"

#include <map>

#include "base/event.hpp"
#include "base/scope.hpp"
#include "cli/command_line.hpp"
#include "plan/diff.hpp"

namespace lockstep::cli {

namespace {

/// Gathers what was found, and shows it once it is whole, or has been silent for long.
class Board {
 public:
  Board(Clock& clock, asio::any_io_executor executor, std::vector<const DesiredTarget*> targets,
        ShowPlans show)
      : clock_(clock),
        targets_(std::move(targets)),
        show_(std::move(show)),
        last_(clock.mono()),
        scope_(executor),
        event_(executor) {
    scope_.start(watch());
  }

  void found(const TargetPlan& plan) {
    if (!plans_.try_emplace(plan.key, plan).second) return;
    last_ = clock_.mono();
    if (plans_.size() == targets_.size()) show();
    event_.notify();
  }

  /// Ends the watch. Must be awaited before this goes.
  Awaitable<void> end() {
    if (targets_.empty()) show();
    shown_ = true;
    scope_.cancel();
    event_.notify();
    while (!scope_.drained()) {
      auto waiting = event_.wait_until(clock_, clock_.mono() + std::chrono::milliseconds(10));
      if (co_await std::move(waiting) == Ended::cancelled) {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
      }
    }
  }

 private:
  Awaitable<void> watch() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!shown_) {
      if (clock_.mono() >= last_ + default_wait) show();
      auto waiting = event_.wait_until(clock_, last_ + default_wait);
      if (co_await std::move(waiting) == Ended::cancelled) break;
    }
    event_.notify();
  }

  void show() {
    if (std::exchange(shown_, true)) return;
    std::vector<TargetPlan> all;
    for (const auto* target : targets_) {
      const auto known = plans_.find(target->key);
      all.push_back(
          known != plans_.end()
              ? known->second
              : plan::unreadable(*target,
                                 {.kind = ErrorKind::transient,
                                  .message = "it has not answered so far; this apply goes "
                                             "on asking, and writes once it does"},
                                 clock_.wall()));
    }
    show_(all, plans_.size() == targets_.size());
  }

  Clock& clock_;
  std::vector<const DesiredTarget*> targets_;
  ShowPlans show_;
  std::map<ObjectKey, TargetPlan> plans_;
  Mono last_;  ///< when something was found last
  bool shown_ = false;
  Scope scope_;
  Event event_;  ///< after scope_: what waits here must go before what can cancel it
};

}  // namespace

Awaitable<std::vector<reconcile::PassOutcome>> apply_at_once(
    reconcile::Reconciler& reconciler, Clock& clock, asio::any_io_executor executor,
    const reconcile::World& world, std::vector<const DesiredTarget*> targets,
    reconcile::PassOptions options, reconcile::Listener listener, ShowPlans show) {
  Board board(clock, executor, targets, std::move(show));
  const auto ended = std::exchange(listener.ended, {});
  listener.planned = [&](const TargetPlan& plan) { board.found(plan); };
  listener.ended = [&](const reconcile::PassOutcome& outcome) {
    // A place that never was read has no other plan; what ends because it was stopped tells
    // nothing.
    const auto& error = outcome.error;
    if (!error || error->kind != ErrorKind::cancelled) board.found(outcome.before);
    if (ended) ended(outcome);
  };
  auto applying =
      reconciler.once(world, std::move(targets), std::move(options), std::move(listener));
  auto outcomes = co_await std::move(applying);
  auto ending = board.end();
  co_await std::move(ending);
  co_return outcomes;
}

}  // namespace lockstep::cli
