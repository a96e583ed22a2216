// lockstep crds
#include "api/crds.hpp"

#include "base/text.hpp"
#include "cli/commands.hpp"

namespace lockstep::cli {

namespace {

Status write_all(Files& files, const Path& folder) {
  TRY_OK(files.make_directory(folder, 0755));
  for (const auto& [name, text] : api::crds()) TRY_OK(files.replace(folder / name, text, 0644));
  return {};
}

}  // namespace

ExitCode run_crds(Terminal& terminal, Files& files, const CrdsCommand& command) {
  if (!command.directory) {
    // Each text is one document; `kubectl apply -f -` takes them as a stream.
    for (const auto& [name, text] : api::crds()) {
      terminal.out(text.starts_with("---") ? text : "---\n" + text);
    }
    return ExitCode::done;
  }
  if (const auto written = write_all(files, *command.directory); !written) {
    terminal.error(written.error());
    return exit_of(written.error());
  }
  terminal.out("wrote " + count(api::crds().size(), "file") + " to " + command.directory->string() +
               "\n");
  return ExitCode::done;
}

}  // namespace lockstep::cli
