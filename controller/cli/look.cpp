#include "cli/look.hpp"

#include "base/unicode.hpp"
#include "cli/progress.hpp"
#include "cli/selection.hpp"

namespace lockstep::cli {

std::vector<TargetPlan> Seen::plans() const {
  std::vector<TargetPlan> out;
  for (const auto& outcome : outcomes) out.push_back(outcome.status.plan);
  return out;
}

Awaitable<Result<Seen>> look(Session& session, App& app, Choice choice,
                             reconcile::PassOptions options) {
  auto loading = reconcile::load_world(app.manifests());
  CO_TRY(auto world, co_await std::move(loading));
  Seen seen;
  seen.world = std::make_unique<const reconcile::World>(std::move(world));
  const auto problems = seen.world->problems();
  session.terminal().problems(problems);
  seen.invalid = !problems.empty();
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
