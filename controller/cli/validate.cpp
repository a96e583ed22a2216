// lockstep validate
#include <boost/json/serialize.hpp>

#include "app/local_config.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/look.hpp"
#include "local/manifest_directory.hpp"
#include "plan/json_parts.hpp"
#include "plan/markdown.hpp"
#include "reconcile/reconciler.hpp"

namespace lockstep::cli {

namespace {

/// `{"version": 1, "documents": N, "broken": N, "problems": [PROBLEM of plan/print.hpp], "notes":
/// [PROBLEM]}`; members may be added.
std::string to_json(const reconcile::World::Documents& documents,
                    std::span<const api::Problem> problems, std::span<const api::Problem> notes) {
  return json::serialize(json::object{{"version", 1},
                                      {"documents", documents.all},
                                      {"broken", documents.broken},
                                      {"problems", plan::problems_json(problems)},
                                      {"notes", plan::problems_json(notes)}}) +
         "\n";
}

std::string to_markdown(const std::string& sentence, std::span<const api::Problem> problems,
                        std::span<const api::Problem> notes) {
  std::string out = "### lockstep validate\n\n" + sentence + "\n\n";
  for (const auto& problem : problems) {
    out += "- " + plan::code(problem.at.file + ":" + std::to_string(problem.at.line)) + ": " +
           plan::escaped((problem.path.empty() ? "" : problem.path + ": ") + problem.text) + "\n";
  }
  for (const auto& note : notes) {
    out += "- note: " + plan::code(note.at.file) + ": " + plan::escaped(note.text) + "\n";
  }
  return out;
}

}  // namespace

Awaitable<ExitCode> run_validate(Session& session) {
  const auto& where = session.invocation().where;
  auto& terminal = session.terminal();
  std::vector<api::Problem> problems;
  LocalSetup setup;
  auto configuring = read_local_setup(session.reader(), git_variables(session.environment()),
                                      session.local_file(), where.local_file_named);
  auto local = co_await std::move(configuring);
  if (local) {
    setup = std::move(*local);
  } else {
    for (const auto& line : split(describe(local.error()), '\n')) {
      problems.push_back({.at = {}, .path = "", .text = line});
    }
  }
  const auto store = make_manifest_directory(
      {.root = where.manifests, .admin_folders = std::move(setup.admin_folders)}, session.reader());
  auto loading = reconcile::load_world(*store);
  const auto world = co_await std::move(loading);
  if (!world) co_return give_up(session, world.error());
  const auto found = world->problems();
  problems.insert(problems.end(), found.begin(), found.end());

  const auto documents = world->documents();
  const auto broken =
      documents.broken == 0 ? "" : std::to_string(documents.broken) + " of them broken, ";
  const auto sentence =
      count(documents.all, "document") + ", " + broken + count(problems.size(), "problem");
  const auto& notes = world->snapshot.notes;
  if (session.invocation().manner.output != Output::json) {
    terminal.problems(problems);
    terminal.notes(notes);
  }
  switch (session.invocation().manner.output) {
    case Output::text:
      terminal.out(sentence + "\n");
      break;
    case Output::json:
      terminal.out(to_json(documents, problems, notes));
      break;
    case Output::markdown:
      terminal.out(to_markdown(sentence, problems, notes));
      break;
  }
  co_return problems.empty() ? ExitCode::done : ExitCode::invalid;
}

}  // namespace lockstep::cli
