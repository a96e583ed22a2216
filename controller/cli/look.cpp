#include "cli/look.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/unicode.hpp"
#include "cli/progress.hpp"
#include "cli/selection.hpp"

namespace lockstep::cli {

std::vector<TargetPlan> Seen::plans() const {
  std::vector<TargetPlan> out;
  for (const auto& outcome : outcomes) out.push_back(outcome.status.plan);
  return out;
}

Awaitable<Result<Seen>> choose_targets(Session& session, App& app, const Choice& choice) {
  auto loading = reconcile::load_world(app.manifests());
  CO_TRY(auto world, co_await std::move(loading));
  Seen seen;
  seen.world = std::make_unique<const reconcile::World>(std::move(world));
  seen.problems = seen.world->problems();
  session.terminal().problems(seen.problems);
  session.terminal().notes(seen.world->snapshot.notes);
  CO_TRY(seen.targets, select_targets(*seen.world, choice));
  auto asking = app.ledger().places();
  CO_TRY(const auto places, co_await std::move(asking));
  seen.new_ledger = places.empty();
  co_return seen;
}

/// A machine that has lost its ledger, or a CI runner that keeps none, looks like a first run: say
/// what follows, where names are there already.
void tell_beside(Session& session, App& app, const Seen& seen, std::span<const TargetPlan> plans) {
  for (const auto& warning : app.secrets().warnings()) {
    session.terminal().err("warning: " + only_harmless(warning, "\uFFFD") + "\n");
  }
  if (!seen.new_ledger) return;
  std::size_t there = 0;
  for (const auto& plan : plans) {
    there += static_cast<std::size_t>(
        std::ranges::count(plan.secrets, State::Unadopted, &PlannedSecret::state));
  }
  if (there == 0) return;
  session.terminal().err(
      "note: the ledger is new, so lockstep does not know what it wrote before: " +
      count(there, "name") + (there == 1 ? " that is" : " that are") +
      " there already count as Unadopted and are not overwritten. If there was a ledger, put it "
      "back or name it with --ledger-dir and --ledger-key-file; else see policy.adopt\n");
}

Awaitable<Result<Seen>> look(Session& session, App& app, Choice choice,
                             reconcile::PassOptions options) {
  auto choosing = choose_targets(session, app, choice);
  CO_TRY(auto seen, co_await std::move(choosing));
  Progress progress(session, "reading", seen.targets.size());
  auto reading =
      app.reconciler().once(*seen.world, seen.targets, std::move(options), progress.listener());
  seen.outcomes = co_await std::move(reading);
  auto finishing = progress.finish();
  co_await std::move(finishing);
  tell_beside(session, app, seen, seen.plans());
  co_return seen;
}

Status check_manifests(Session& session) {
  const auto& folder = session.invocation().where.manifests;
  if (session.files().resolve(folder)) return {};
  return fail(ErrorKind::invalid,
              "there is no folder " + folder.string() + " with manifests; name the right one");
}

ExitCode give_up(Session& session, const Error& error) {
  session.terminal().error(error);
  return exit_of(error);
}

}  // namespace lockstep::cli
