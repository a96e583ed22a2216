// lockstep rollout
#include <algorithm>

#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/consent.hpp"
#include "cli/look.hpp"
#include "cli/progress.hpp"
#include "cli/rollout_report.hpp"

namespace lockstep::cli {

namespace {

/// The steps of one roll-out: look, ask, one pass with PassOptions::roll_out, tell.
class Rollout {
 public:
  Rollout(Session& session, RolloutCommand command)
      : session_(session), command_(std::move(command)) {}

  Awaitable<ExitCode> run() {
    auto preparing = prepare();
    const auto prepared = co_await std::move(preparing);
    if (!prepared) co_return give_up(session_, prepared.error());
    const bool text = output() == Output::text;
    if (text) session_.terminal().out(to_text(releases_));
    if (chosen_.empty()) co_return tell({});
    auto asking = agree();
    if (!co_await std::move(asking)) co_return ExitCode::failed;
    session_.on_stop([this] {
      session_.terminal().error("stopping: the machine in work ends, no other begins");
      consent_.shut_down();
      session_.cancel();
    });
    Progress progress(session_, "rolling out", chosen_.size());
    auto rolling = app_->reconciler().once(*seen_.world, chosen_, {.write = true, .roll_out = true},
                                           progress.listener());
    const auto outcomes = co_await std::move(rolling);
    auto finishing = progress.finish();
    co_await std::move(finishing);
    co_return tell(outcomes);
  }

 private:
  Output output() const { return session_.invocation().manner.output; }
  bool can_ask() const { return output() == Output::text && session_.terminal().can_ask(); }

  Awaitable<Status> prepare() {
    CO_TRY_OK(check_manifests(session_));
    CO_TRY(const bool exists, session_.ledger_exists());
    if (exists) {
      CO_TRY(auto lock, session_.lock("lockstep rollout"));
      consent_.take(std::move(lock));
    }
    auto opening = session_.open(exists ? OpenMode::write : OpenMode::read, consent_);
    CO_TRY(app_, co_await std::move(opening));
    auto looking = look(session_, *app_, command_.choice, {.wait = command_.wait});
    CO_TRY(seen_, co_await std::move(looking));
    for (std::size_t i = 0; i < seen_.outcomes.size(); ++i) {
      const auto& target = *seen_.targets[i];
      releases_.push_back(release_of(target, seen_.outcomes[i], session_.clock().wall()));
      if (releases_.back().kind == Release::Kind::possible) chosen_.push_back(&target);
    }
    co_return Status{};
  }

  Awaitable<bool> agree() {
    if (command_.yes) {
      consent_.give();
      co_return true;
    }
    if (!can_ask()) {
      session_.terminal().error(
          "nothing was released: there is no terminal to ask; use `lockstep rollout --yes`");
      co_return false;
    }
    session_.terminal().err("\nMake this live at " + count(chosen_.size(), "Target") +
                            "? Only `yes` is a yes: ");
    auto reading = session_.offload().run([] { return Terminal::read_line(); });
    const auto answer = co_await std::move(reading);
    if (trim(answer) == "yes") {
      consent_.give();
      co_return true;
    }
    session_.terminal().error("nothing was released");
    co_return false;
  }

  ExitCode tell(std::span<const reconcile::PassOutcome> outcomes) {
    std::vector<Released> all;
    bool done = true;
    std::size_t next = 0;
    for (auto& release : releases_) {
      const bool tried = release.kind == Release::Kind::possible && next < outcomes.size();
      const bool fine = tried || release.kind == Release::Kind::nothing;
      all.push_back(released_of(std::move(release), tried ? &outcomes[next++] : nullptr));
      done = done && fine && all.back().left.empty() && (!tried || all.back().why.empty());
    }
    if (output() != Output::text || !outcomes.empty()) {
      session_.terminal().out((output() == Output::text ? "\n" : "") +
                              print_released(all, output()));
    }
    if (seen_.invalid()) return ExitCode::invalid;
    return done && !session_.stopped() ? ExitCode::done : ExitCode::failed;
  }

  Session& session_;
  RolloutCommand command_;
  Consent consent_{"lockstep rollout"};
  std::unique_ptr<App> app_;
  Seen seen_;
  std::vector<Release> releases_;
  std::vector<const DesiredTarget*> chosen_;
};

}  // namespace

Awaitable<ExitCode> run_rollout(Session& session, RolloutCommand command) {
  Rollout rollout(session, std::move(command));
  auto running = rollout.run();
  co_return co_await std::move(running);
}

}  // namespace lockstep::cli
