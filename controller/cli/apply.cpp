// lockstep apply
#include <algorithm>

#include "base/text.hpp"
#include "cli/apply_report.hpp"
#include "cli/commands.hpp"
#include "cli/consent.hpp"
#include "cli/look.hpp"
#include "cli/progress.hpp"
#include "plan/print.hpp"

namespace lockstep::cli {

namespace {

/// The steps of one apply: look, agree, write, tell.
class Application {
 public:
  Application(Session& session, ApplyCommand command)
      : session_(session), command_(std::move(command)) {}

  Awaitable<ExitCode> run() {
    auto preparing = prepare();
    const auto prepared = co_await std::move(preparing);
    if (!prepared) co_return give_up(session_, prepared.error());
    auto looking = look(session_, *app_, command_.choice, apply_options(command_, false));
    auto seen = co_await std::move(looking);
    if (!seen) co_return give_up(session_, seen.error());
    seen_ = std::move(*seen);
    const bool text = output() == Output::text;
    planned_ = printed(seen_.plans());
    if (text) session_.terminal().out(planned_);
    auto agreeing = agree();
    const bool agreed = co_await std::move(agreeing);
    if (!agreed || !consent_.has_lock()) {
      if (output() == Output::json) session_.terminal().out(to_json(planned_, {}, {}, ""));
      if (output() == Output::markdown) session_.terminal().out(planned_);
      if (agreed) co_return exit_of_apply(seen_.outcomes, seen_.invalid());
      co_return seen_.invalid() ? ExitCode::invalid : ExitCode::failed;
    }
    auto writing = write();
    const auto outcomes = co_await std::move(writing);
    co_return tell(outcomes);
  }

 private:
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
    if (unapproved == 0 || command_.yes) {
      if (command_.yes || changes_to_make(plans, true) != 0) consent_.give();
      co_return true;
    }
    const auto changes = count(unapproved, "change");
    if (!can_ask()) {
      session_.terminal().error(
          "nothing was written: there is no terminal to ask for " + changes +
          "; look at them with `lockstep plan`, then use `lockstep apply --yes`");
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
    session_.on_stop([this] {
      session_.terminal().error("stopping: what is running ends, nothing new begins");
      consent_.shut_down();
      session_.cancel();
    });
    std::vector<const DesiredTarget*> covered;
    std::vector<reconcile::PassOutcome> as_seen;
    for (std::size_t i = 0; i < seen_.targets.size(); ++i) {
      const bool agreed = covers(command_, seen_.outcomes.at(i).status.plan);
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
    std::ranges::sort(outcomes, {}, [](const auto& o) { return o.status.plan.key; });
    co_return outcomes;
  }

  ExitCode tell(const std::vector<reconcile::PassOutcome>& outcomes) {
    const auto deeds = deeds_of(outcomes);
    const auto roll_outs = roll_outs_of(outcomes);
    std::vector<TargetPlan> left;
    for (const auto& outcome : outcomes) left.push_back(outcome.status.plan);
    const auto after = printed(left);
    if (output() == Output::json) {
      session_.terminal().out(to_json(planned_, deeds, roll_outs, after));
    } else if (output() == Output::markdown) {
      session_.terminal().out(to_markdown(planned_, deeds, roll_outs, after));
    } else if (!deeds.empty() || !roll_outs.empty()) {
      session_.terminal().out("\nDone now:\n" + to_text(deeds, roll_outs) + "\nLeft:\n" + after);
    } else if (after != planned_) {
      session_.terminal().out("\nLeft:\n" + after);
    }
    const auto code = exit_of_apply(outcomes, seen_.invalid());
    const bool all_used = tell_unused_approvals(outcomes);
    if (session_.stopped() || outcomes.size() < seen_.targets.size()) {
      session_.terminal().error("interrupted; run it again to go on");
      return ExitCode::failed;
    }
    return code == ExitCode::done && !all_used ? ExitCode::failed : code;
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
