// lockstep hold
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/unicode.hpp"
#include "cli/commands.hpp"
#include "cli/hold_report.hpp"
#include "cli/look.hpp"
#include "cli/selection.hpp"

namespace lockstep::cli {

namespace {

/// `jane@laptop`; a part that the machine does not tell is left out.
std::string who_is_here(const Environment& environment) {
  std::string user = "someone";
  for (const auto* name : {"USER", "LOGNAME"}) {
    const auto* value = environment.find(name);
    if (!value || value->empty()) continue;
    user = only_harmless(value->expose(), "?");
    break;
  }
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host.front() == '\0') return user;
  return (user + "@" + only_harmless(host.data(), "?")).substr(0, max_hold_author);
}

/// `invalid` with the nearest name when the Target asks for no such name.
Status check_name(const DesiredTarget& target, const std::string& name) {
  std::vector<std::string_view> known;
  for (const auto& secret : target.secrets) known.push_back(secret.name);
  if (name.empty() || std::ranges::find(known, name) != known.end()) return {};
  const auto near = nearest(name, known);
  return fail(ErrorKind::invalid,
              "Target " + to_string(target.key) + " asks for no " + name +
                  (near.empty() ? "; leave the name out to hold the whole place"
                                : " (did you mean " + std::string(near) + "?)"));
}

/// One run of the command.
class Holding {
 public:
  Holding(Session& session, HoldCommand command)
      : session_(session), command_(std::move(command)) {}

  Awaitable<Status> run() {
    CO_TRY_OK(check_manifests(session_));
    auto opening = open();
    CO_TRY_OK(co_await std::move(opening));
    auto loading = reconcile::load_world(app_->manifests());
    CO_TRY(world_, co_await std::move(loading));
    if (command_.action == HoldCommand::Action::list) {
      auto listing = list();
      co_return co_await std::move(listing);
    }
    CO_TRY(const auto targets,
           select_targets(world_, {.targets = {command_.target}, .environments = {}}));
    const auto& target = *targets.front();
    CO_TRY_OK(check_name(target, command_.name));
    const PlaceId place{target.key.ns, target.place.key()};
    auto working = command_.action == HoldCommand::Action::release ? release(target, place)
                                                                   : put(target, place);
    co_return co_await std::move(working);
  }

 private:
  /// Beside whoever writes; only where there is no ledger yet it is made, which takes the lock.
  Awaitable<Status> open() {
    const bool reads = command_.action == HoldCommand::Action::list;
    auto opening = session_.open(reads ? OpenMode::read : OpenMode::hold, fence_);
    CO_TRY(app_, co_await std::move(opening));
    if (app_->ledger().fingerprinter() || command_.action != HoldCommand::Action::place) {
      co_return Status{};
    }
    app_.reset();
    CO_TRY(lock_, session_.lock("lockstep hold"));
    auto making = session_.open(OpenMode::write, fence_);
    CO_TRY(app_, co_await std::move(making));
    co_return Status{};
  }

  Awaitable<Status> put(const DesiredTarget& target, PlaceId place) {
    const auto now = session_.clock().wall();
    Hold hold{.name = command_.name,
              .since = now,
              .until = now + command_.time,
              .reason = command_.reason,
              .by = command_.by.empty() ? who_is_here(session_.environment()) : command_.by};
    CO_TRY_OK(check_hold(hold));
    auto holding = app_->ledger().hold(place, hold);
    CO_TRY_OK(co_await std::move(holding));
    const ToldHold told{.target = to_string(target.key), .place = place, .hold = std::move(hold)};
    tell(told, "held " + describe(told.hold) +
                   ".\nlockstep leaves it alone from the next pass on. To take it back: " +
                   release_command(told));
    co_return Status{};
  }

  Awaitable<Status> release(const DesiredTarget& target, PlaceId place) {
    auto asking = app_->ledger().holds(place);
    CO_TRY(const auto all, co_await std::move(asking));
    const auto held = std::ranges::find(all, command_.name, &Hold::name);
    auto releasing = app_->ledger().release(place, command_.name);
    CO_TRY(const bool there, co_await std::move(releasing));
    const auto what = to_string(target.key) + (command_.name.empty() ? "" : " " + command_.name);
    if (!there || held == all.end()) {
      co_return fail(ErrorKind::invalid, what + " is not held; see: lockstep hold --list");
    }
    tell({.target = to_string(target.key), .place = place, .hold = *held},
         "released; it was held " + describe(*held) + ".\nlockstep goes on at its next pass.");
    co_return Status{};
  }

  Awaitable<Status> list() {
    auto asking = app_->ledger().all_holds();
    CO_TRY(auto all, co_await std::move(asking));
    std::vector<ToldHold> told;
    for (auto& [place, hold] : all) {
      if (hold.until <= session_.clock().wall()) continue;
      const auto target = std::ranges::find_if(world_.desired.targets, [&](const auto& t) {
        return t.key.ns == place.ns && t.place.key() == place.place;
      });
      told.push_back(
          {.target = target == world_.desired.targets.end() ? "" : to_string(target->key),
           .place = place,
           .hold = std::move(hold)});
    }
    session_.terminal().out(print_holds(told, session_.invocation().manner.output));
    co_return Status{};
  }

  void tell(const ToldHold& told, const std::string& text) {
    const auto output = session_.invocation().manner.output;
    if (output != Output::text) {
      session_.terminal().out(print_holds(std::span(&told, 1), output));
      return;
    }
    const auto& name = told.hold.name;
    session_.terminal().out(
        only_harmless(told.target + (name.empty() ? "" : " " + name), "\uFFFD") + ": " + text +
        "\n");
  }

  Session& session_;
  HoldCommand command_;
  NoWrites fence_{"hold writes to no place"};
  std::unique_ptr<LockFile> lock_;
  std::unique_ptr<App> app_;
  reconcile::World world_;
};

}  // namespace

Awaitable<ExitCode> run_hold(Session& session, HoldCommand command) {
  Holding holding(session, std::move(command));
  auto running = holding.run();
  const auto done = co_await std::move(running);
  co_return done ? ExitCode::done : give_up(session, done.error());
}

}  // namespace lockstep::cli
