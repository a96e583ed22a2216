// lockstep validate
#include "app/local_config.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unicode.hpp"
#include "cli/commands.hpp"
#include "cli/look.hpp"
#include "local/manifest_directory.hpp"
#include "reconcile/reconciler.hpp"

namespace lockstep::cli {

namespace {

std::string to_json(std::size_t documents, std::span<const api::Problem> problems) {
  JsonWriter json;
  json.begin_object().key("version").integer(1);
  json.key("documents").integer(static_cast<std::int64_t>(documents));
  json.key("problems").begin_array();
  for (const auto& problem : problems) {
    json.begin_object();
    json.key("file").string(only_harmless(problem.at.file, "\uFFFD"));
    json.key("line").integer(problem.at.line);
    json.key("column").integer(problem.at.column);
    json.key("path").string(only_harmless(problem.path, "\uFFFD"));
    json.key("text").string(only_harmless(problem.text, "\uFFFD"));
    json.end_object();
  }
  json.end_array().end_object();
  return std::string(view(json.take())) + "\n";
}

}  // namespace

Awaitable<ExitCode> run_validate(Session& session) {
  const auto& where = session.invocation().where;
  auto& terminal = session.terminal();
  std::vector<api::Problem> problems;
  LocalSetup setup;
  auto local = read_local_setup(session.files(), session.local_file(), where.local_file_named);
  if (local) {
    setup = std::move(*local);
  } else {
    for (const auto& line : split(describe(local.error()), '\n')) {
      problems.push_back({.at = {}, .path = "", .text = line});
    }
  }
  const auto store = make_manifest_directory(
      {.root = where.manifests, .admin_folders = std::move(setup.admin_folders)}, session.files(),
      session.offload());
  auto loading = reconcile::load_world(*store);
  const auto world = co_await std::move(loading);
  if (!world) co_return give_up(session, world.error());
  const auto found = world->problems();
  problems.insert(problems.end(), found.begin(), found.end());

  const auto documents = world->snapshot.documents.size() + world->snapshot.broken.size();
  if (session.invocation().manner.output == Output::json) {
    terminal.out(to_json(documents, problems));
  } else {
    terminal.problems(problems);
    terminal.out(count(documents, "document") + ", " + count(problems.size(), "problem") + "\n");
  }
  co_return problems.empty() ? ExitCode::done : ExitCode::invalid;
}

}  // namespace lockstep::cli
