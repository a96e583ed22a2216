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

namespace {

/// A machine that has lost its ledger, or a CI runner that keeps none, looks like a first run: say
/// what follows, where names are there already.
Awaitable<Status> tell_new_ledger(Session& session, App& app, const Seen& seen) {
  auto asking = app.ledger().places();
  CO_TRY(const auto places, co_await std::move(asking));
  if (!places.empty()) co_return Status{};
  std::size_t there = 0;
  for (const auto& outcome : seen.outcomes) {
    there += static_cast<std::size_t>(
        std::ranges::count(outcome.status.plan.secrets, State::Unadopted, &PlannedSecret::state));
  }
  if (there == 0) co_return Status{};
  session.terminal().err(
      "note: the ledger is new, so lockstep does not know what it wrote before: " +
      count(there, "name") + (there == 1 ? " that is" : " that are") +
      " there already count as Unadopted and are not overwritten. If there was a ledger, put it "
      "back or name it with --ledger-dir and --ledger-key-file; else see policy.adopt\n");
  co_return Status{};
}

}  // namespace

Awaitable<Result<Seen>> look(Session& session, App& app, Choice choice,
                             reconcile::PassOptions options) {
  auto loading = reconcile::load_world(app.manifests());
  CO_TRY(auto world, co_await std::move(loading));
  Seen seen;
  seen.world = std::make_unique<const reconcile::World>(std::move(world));
  seen.problems = seen.world->problems();
  session.terminal().problems(seen.problems);
  session.terminal().notes(seen.world->snapshot.notes);
  CO_TRY(seen.targets, select_targets(*seen.world, choice));

  Progress progress(session, "reading", seen.targets.size());
  auto reading =
      app.reconciler().once(*seen.world, seen.targets, std::move(options), progress.listener());
  seen.outcomes = co_await std::move(reading);
  auto finishing = progress.finish();
  co_await std::move(finishing);
  for (const auto& warning : app.secrets().warnings()) {
    session.terminal().err("warning: " + only_harmless(warning, "\uFFFD") + "\n");
  }
  auto remembering = tell_new_ledger(session, app, seen);
  CO_TRY_OK(co_await std::move(remembering));
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
