#include "cli/ledger_location.hpp"

#include "base/digest.hpp"

namespace lockstep::cli {

namespace {

Path absolute_path(const Path& path) {
  auto out = std::filesystem::absolute(path).lexically_normal();
  return out.has_filename() ? out : out.parent_path();
}

/// The path with links followed, also where its last parts do not exist yet.
Path without_links(const Path& path, const Files& files) {
  if (auto real = files.resolve(path)) return *real;
  const auto parent = path.parent_path();
  return parent == path ? path : without_links(parent, files) / path.filename();
}

Result<Path> state_folder(const Environment& environment) {
  // A relative XDG_STATE_HOME is to be ignored, by the specification.
  const auto* state = environment.find("XDG_STATE_HOME");
  if (state && state->expose().starts_with('/')) return Path(state->expose()) / "lockstep";
  const auto* home = environment.find("HOME");
  if (home && home->expose().starts_with('/')) {
    return Path(home->expose()) / ".local" / "state" / "lockstep";
  }
  return fail(ErrorKind::invalid,
              "neither XDG_STATE_HOME nor HOME is set, so there is no place for the ledger's key; "
              "name one with --ledger-key-file");
}

}  // namespace

Result<LedgerPaths> locate_ledger(const Where& where, const Environment& environment,
                                  const Files& files) {
  LedgerPaths out;
  out.directory = where.ledger_directory
                      ? absolute_path(*where.ledger_directory)
                      : absolute_path(where.manifests).parent_path() / ".lockstep";
  if (where.ledger_key) {
    out.key = absolute_path(*where.ledger_key);
    return out;
  }
  TRY(const auto folder, state_folder(environment));
  const auto hash = sha256_hex(without_links(out.directory, files).string()).substr(0, 16);
  out.key = folder / (hash + ".key");
  return out;
}

}  // namespace lockstep::cli
