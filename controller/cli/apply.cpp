// lockstep apply
#include <algorithm>

#include "base/text.hpp"
#include "cli/apply_report.hpp"
#include "cli/commands.hpp"
#include "cli/look.hpp"
#include "cli/progress.hpp"
#include "plan/print.hpp"

namespace lockstep::cli {

namespace {

/// The steps of one apply: look (without the right to write), agree, write, tell.
class Application {
 public:
  Application(Session& session, ApplyCommand command)
      : session_(session), command_(std::move(command)) {}

  Awaitable<ExitCode> run() {
    auto taking = take_lock_of_existing_ledger();
    if (!taking) co_return give_up(session_, taking.error());
    auto looking = look_first();
    const auto looked = co_await std::move(looking);
    if (!looked) co_return give_up(session_, looked.error());
    const bool text = output() == Output::text;
    planned_ = printed(seen_.plans());
    if (text) session_.terminal().out(planned_);
    auto agreeing = agree();
    if (!co_await std::move(agreeing)) {
      if (!text) session_.terminal().out(to_json(planned_, {}, ""));
      co_return seen_.invalid ? ExitCode::invalid : ExitCode::failed;
    }
    auto writing = write();
    const auto outcomes = co_await std::move(writing);
    if (!outcomes) co_return give_up(session_, outcomes.error());
    co_return tell(*outcomes);
  }

 private:
  Output output() const { return session_.invocation().manner.output; }

  std::string printed(std::span<const TargetPlan> plans) const {
    const auto now = session_.clock().wall();
    if (output() == Output::json) return plan::to_json(plans, now);
    return plan::to_text(plans,
                         {.colour = session_.terminal().colour(session_.invocation().manner.colour),
                          .now = now,
                          .width = session_.terminal().width()});
  }

  /// Before anyone is asked: a yes that another writer then makes useless is a wasted one. Where
  /// there is no ledger yet nothing is made until something was agreed.
  Status take_lock_of_existing_ledger() {
    TRY(const bool exists, session_.ledger_exists());
    if (!exists) return {};
    TRY(lock_, session_.lock("lockstep apply"));
    return {};
  }

  reconcile::PassOptions options(bool write) const {
    return {.write = write,
            .at_once = true,
            .retry_contested = !command_.choice.targets.empty(),
            .approved = command_.approved};
  }

  Awaitable<Status> look_first() {
    const NoWrites fence("nothing was agreed yet");
    auto opening = session_.open(OpenMode::read, fence);
    CO_TRY(const auto app, co_await std::move(opening));
    auto looking = look(session_, *app, command_.choice, options(false));
    CO_TRY(seen_, co_await std::move(looking));
    co_return Status{};
  }

  /// True when the pass may go on: nothing to ask, or a yes.
  Awaitable<bool> agree() {
    const auto plans = seen_.plans();
    may_write_ = changes_to_make(plans, true) != 0;
    const auto unapproved = changes_to_make(plans, false);
    if (unapproved == 0 || command_.yes) co_return true;
    const auto changes = count(unapproved, "change");
    if (output() != Output::text || !session_.terminal().can_ask()) {
      session_.terminal().error(
          "nothing was written: there is no terminal to ask for " + changes +
          "; look at them with `lockstep plan`, then use `lockstep apply --yes`");
      co_return false;
    }
    session_.terminal().err("\nMake " + changes + "? Only `yes` is a yes: ");
    auto reading = session_.offload().run([] { return Terminal::read_line(); });
    const auto answer = co_await std::move(reading);
    if (trim(answer) == "yes") co_return true;
    session_.terminal().error("nothing was written");
    co_return false;
  }

  /// One settled pass over each Target. Where nothing is to be changed it only remembers what was
  /// seen; what changed since then is refused by the fence, because nobody agreed to it.
  Awaitable<Result<std::vector<reconcile::PassOutcome>>> write() {
    if (!lock_) {
      CO_TRY(lock_, session_.lock("lockstep apply"));
    }
    const NoWrites refusing("something changed since the plan; run `lockstep apply` again");
    const WriteFence& fence = may_write_ ? static_cast<const WriteFence&>(*lock_) : refusing;
    auto opening = session_.open(OpenMode::write, fence);
    CO_TRY(const auto app, co_await std::move(opening));
    session_.on_stop([this] {
      session_.terminal().error("stopping: what is running ends, nothing new begins");
      lock_->shut_down();
      session_.cancel();
    });
    Progress progress(session_, "applying", seen_.targets.size());
    auto applying =
        app->reconciler().once(*seen_.world, seen_.targets, options(true), progress.listener());
    auto outcomes = co_await std::move(applying);
    auto finishing = progress.finish();
    co_await std::move(finishing);
    co_return outcomes;
  }

  ExitCode tell(const std::vector<reconcile::PassOutcome>& outcomes) {
    const auto deeds = deeds_of(outcomes);
    std::vector<TargetPlan> left;
    for (const auto& outcome : outcomes) left.push_back(outcome.status.plan);
    const auto after = printed(left);
    if (output() == Output::json) {
      session_.terminal().out(to_json(planned_, deeds, after));
    } else if (!deeds.empty()) {
      session_.terminal().out("\nDone now:\n" + to_text(deeds) + "\nLeft:\n" + after);
    } else if (after != planned_) {
      session_.terminal().out("\nLeft:\n" + after);
    }
    const auto code = exit_of_apply(outcomes, seen_.invalid);
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
  std::unique_ptr<LockFile> lock_;
  Seen seen_;
  std::string planned_;
  bool may_write_ = false;
};

}  // namespace

Awaitable<ExitCode> run_apply(Session& session, ApplyCommand command) {
  Application application(session, std::move(command));
  auto running = application.run();
  co_return co_await std::move(running);
}

}  // namespace lockstep::cli
