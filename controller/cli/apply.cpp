// lockstep apply
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "cli/apply_at_once.hpp"
#include "cli/apply_report.hpp"
#include "cli/commands.hpp"
#include "cli/consent.hpp"
#include "cli/look.hpp"
#include "cli/progress.hpp"
#include "plan/diff.hpp"
#include "plan/print.hpp"

namespace lockstep::cli {

namespace {

/// The steps of one apply: look, agree, write, tell. With `--yes` each place is looked at and
/// written in one go.
class Application {
 public:
  Application(Session& session, ApplyCommand command)
      : session_(session), command_(std::move(command)) {}

  Awaitable<ExitCode> run() {
    auto preparing = prepare();
    const auto prepared = co_await std::move(preparing);
    if (!prepared) co_return give_up(session_, prepared.error());
    if (command_.yes) {
      auto applying = run_at_once();
      co_return co_await std::move(applying);
    }
    auto looking = look(session_, *app_, command_.choice, apply_options(command_, false));
    auto seen = co_await std::move(looking);
    if (!seen) co_return give_up(session_, seen.error());
    seen_ = std::move(*seen);
    planned_ = printed(seen_.plans());
    if (output() == Output::text) session_.terminal().out(planned_);
    auto agreeing = agree();
    const bool agreed = co_await std::move(agreeing);
    if (!agreed || !consent_.has_lock()) {
      if (output() == Output::json) session_.terminal().out(to_json(planned_, {}, {}, ""));
      if (output() == Output::markdown) session_.terminal().out(planned_);
      if (agreed) co_return exit_of_apply(seen_.outcomes, seen_.invalid());
      co_return seen_.invalid() ? ExitCode::invalid : ExitCode::failed;
    }
    auto writing = write();
    auto outcomes = co_await std::move(writing);
    auto telling = tell(std::move(outcomes));
    co_return co_await std::move(telling);
  }

 private:
  /// What was agreed to covers every place, so none waits until the others were looked at.
  Awaitable<ExitCode> run_at_once() {
    auto choosing = choose_targets(session_, *app_, command_.choice);
    auto seen = co_await std::move(choosing);
    if (!seen) co_return give_up(session_, seen.error());
    seen_ = std::move(*seen);
    consent_.give();
    stop_in_order();
    Progress progress(session_, "applying", seen_.targets.size());
    const auto show = [&](std::span<const TargetPlan> plans, bool whole) {
      progress.clear();
      tell_beside(session_, *app_, seen_, plans);
      if (!whole) {
        session_.terminal().err(
            "note: this is what was found where an answer came, and it is done "
            "meanwhile; asking on for the rest\n");
      }
      planned_ = printed(plans);
      if (output() == Output::text) session_.terminal().out(planned_);
    };
    auto applying =
        apply_at_once(app_->reconciler(), session_.clock(), session_.executor(), *seen_.world,
                      seen_.targets, apply_options(command_, true), progress.listener(), show);
    auto outcomes = co_await std::move(applying);
    auto finishing = progress.finish();
    co_await std::move(finishing);
    add_those_not_begun(outcomes);
    if (output() != Output::text) {
      std::vector<TargetPlan> found;
      for (const auto& outcome : outcomes) found.push_back(outcome.before);
      planned_ = printed(found);
    }
    auto telling = tell(std::move(outcomes));
    co_return co_await std::move(telling);
  }

  void stop_in_order() {
    session_.on_stop([this] {
      session_.terminal().error("stopping: what is running ends, nothing new begins");
      consent_.shut_down();
      session_.cancel();
    });
  }

  Output output() const { return session_.invocation().manner.output; }
  bool can_ask() const { return output() == Output::text && session_.terminal().can_ask(); }

  std::string printed(std::span<const TargetPlan> plans) const {
    const auto now = session_.clock().wall();
    if (output() == Output::json) return plan::to_json(plans, now, seen_.problems);
    if (output() == Output::markdown)
      return plan::to_markdown(plans, now, seen_.broken_documents());
    return plan::to_text(plans,
                         {.colour = session_.terminal().colour(session_.invocation().manner.colour),
                          .now = now,
                          .width = session_.terminal().width(),
                          .broken_documents = seen_.broken_documents()});
  }

  /// Takes the lock before anyone is asked: a yes that another writer then makes useless is a
  /// wasted one. Where nobody can say yes and there is no ledger yet, none is made either.
  Awaitable<Status> prepare() {
    CO_TRY_OK(check_manifests(session_));
    CO_TRY(const bool exists, session_.ledger_exists());
    const bool writes = exists || command_.yes || can_ask();
    if (writes) {
      CO_TRY(auto lock, session_.lock("lockstep apply"));
      consent_.take(std::move(lock));
    }
    auto opening = session_.open(writes ? OpenMode::write : OpenMode::read, consent_);
    CO_TRY(app_, co_await std::move(opening));
    co_return Status{};
  }

  /// True when the pass may go on: nothing to ask, or a yes.
  Awaitable<bool> agree() {
    const auto plans = seen_.plans();
    const auto unapproved = changes_to_make(plans, false);
    if (unapproved == 0) {
      if (changes_to_make(plans, true) != 0) consent_.give();
      co_return true;
    }
    const auto changes = count(unapproved, "change");
    if (!can_ask()) {
      session_.terminal().error(
          "nothing was written: there is no terminal to ask for " + changes +
          "; look at them with `lockstep plan`, then use `lockstep apply --yes`");
      co_return false;
    }
    if (session_.terminal().failed()) {
      session_.terminal().error("nothing was written: the plan could not be shown");
      co_return false;
    }
    session_.terminal().err("\nMake " + changes + "? Only `yes` is a yes: ");
    auto reading = session_.offload().run([] { return Terminal::read_line(); });
    const auto answer = co_await std::move(reading);
    if (trim(answer) == "yes") {
      consent_.give();
      co_return true;
    }
    session_.terminal().error("nothing was written");
    co_return false;
  }

  /// One settled pass over each Target. Where nothing is to be changed it only remembers what was
  /// seen; what came up since the plan is refused by the fence, because nobody agreed to it.
  Awaitable<std::vector<reconcile::PassOutcome>> write() {
    stop_in_order();
    std::vector<const DesiredTarget*> covered;
    std::vector<reconcile::PassOutcome> as_seen;
    for (std::size_t i = 0; i < seen_.targets.size(); ++i) {
      const bool agreed = covered_by_yes(seen_.outcomes.at(i).status.plan);
      if (agreed) covered.push_back(seen_.targets[i]);
      if (!agreed) as_seen.push_back(std::move(seen_.outcomes[i]));
    }
    Progress progress(session_, "applying", covered.size());
    auto applying = app_->reconciler().once(*seen_.world, std::move(covered),
                                            apply_options(command_, true), progress.listener());
    auto outcomes = co_await std::move(applying);
    auto finishing = progress.finish();
    co_await std::move(finishing);
    std::ranges::move(as_seen, std::back_inserter(outcomes));
    add_those_not_begun(outcomes);
    co_return outcomes;
  }

  /// A signal keeps Targets from being begun; of them everything that was planned is left. Sorts.
  void add_those_not_begun(std::vector<reconcile::PassOutcome>& outcomes) {
    std::set<ObjectKey> begun;
    for (const auto& outcome : outcomes) begun.insert(outcome.status.plan.key);
    for (std::size_t i = 0; i < seen_.targets.size(); ++i) {
      if (begun.contains(seen_.targets[i]->key)) continue;
      const Error error{.kind = ErrorKind::cancelled, .message = "it was not begun"};
      if (seen_.outcomes.empty()) {
        auto plan = plan::unreadable(*seen_.targets[i], error, session_.clock().wall());
        outcomes.push_back({.status = {.plan = plan}, .before = plan});
      } else {
        outcomes.push_back(seen_.outcomes.at(i));
      }
      outcomes.back().error = error;
    }
    std::ranges::sort(outcomes, {}, [](const auto& o) { return o.status.plan.key; });
  }

  /// What the ledger says of the Targets whose pass ended early: an intent that is open there may
  /// have become a write. A ledger that cannot be read was told by the pass.
  Awaitable<OpenWrites> open_writes(const std::vector<reconcile::PassOutcome>& outcomes) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    OpenWrites out;
    for (const auto& outcome : outcomes) {
      const auto& plan = outcome.status.plan;
      if (!outcome.error) continue;
      auto loading = app_->ledger().load({plan.key.ns, plan.place.key()});
      const auto record = co_await std::move(loading);
      if (!record) continue;
      for (const auto& [name, known] : record->names) {
        if (known.intent) out[plan.key].insert(name);
      }
    }
    co_return out;
  }

  /// A roll-out that was stopped half-way is not looked at again.
  std::string left_heading() const {
    return session_.stopped() ? "\nLeft, as it was last seen before the stop:\n" : "\nLeft:\n";
  }

  Awaitable<ExitCode> tell(std::vector<reconcile::PassOutcome> outcomes) {
    auto asking = open_writes(outcomes);
    const auto open = co_await std::move(asking);
    const auto deeds = deeds_of(outcomes, open);
    const auto roll_outs = roll_outs_of(outcomes);
    std::vector<TargetPlan> left;
    for (const auto& outcome : outcomes) left.push_back(outcome.status.plan);
    const auto after = printed(left);
    if (output() == Output::json) {
      session_.terminal().out(to_json(planned_, deeds, roll_outs, after));
    } else if (output() == Output::markdown) {
      session_.terminal().out(to_markdown(planned_, deeds, roll_outs, after));
    } else if (!deeds.empty() || !roll_outs.empty()) {
      session_.terminal().out("\nDone now:\n" + to_text(deeds, roll_outs) + left_heading() + after);
    } else if (after != planned_) {
      session_.terminal().out(left_heading() + after);
    }
    if (session_.terminal().failed() && !deeds.empty()) {
      session_.terminal().err("Done now:\n" + to_text(deeds, roll_outs));
    }
    const auto code = exit_of_apply(outcomes, seen_.invalid());
    const bool all_used = tell_unused_approvals(outcomes);
    if (session_.stopped()) {
      const auto unseen = static_cast<std::size_t>(std::ranges::count_if(
          outcomes, [](const auto& outcome) { return bool(outcome.before.unreadable); }));
      session_.terminal().error(interrupted(deeds, unseen));
      co_return ExitCode::failed;
    }
    co_return code == ExitCode::done && !all_used ? ExitCode::failed : code;
  }

  /// An approval is for one exact plan (S13): one that fits none did nothing, and that is told.
  bool tell_unused_approvals(const std::vector<reconcile::PassOutcome>& outcomes) const {
    auto unused = command_.approved;
    for (const auto& outcome : outcomes) unused.erase(outcome.before.approval_digest);
    for (const auto& digest : unused) {
      session_.terminal().error(
          "the approval " + digest +
          " fits no Target now: what it was given for has changed or is done; "
          "run `lockstep plan` for the digest of today");
    }
    return unused.empty();
  }

  Session& session_;
  ApplyCommand command_;
  Consent consent_{"lockstep apply"};
  std::unique_ptr<App> app_;
  Seen seen_;
  std::string planned_;
};

}  // namespace

Awaitable<ExitCode> run_apply(Session& session, ApplyCommand command) {
  Application application(session, std::move(command));
  auto running = application.run();
  co_return co_await std::move(running);
}

}  // namespace lockstep::cli
