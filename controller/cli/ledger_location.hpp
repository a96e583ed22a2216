// Where the ledger is when nobody says so.
#pragma once

#include "base/files.hpp"
#include "cli/command_line.hpp"
#include "local/ledger_paths.hpp"
#include "sources/environment.hpp"

namespace lockstep::cli {

/// The ledger's files, absolute. Default folder: `.lockstep` beside the folder of manifests.
/// Default key: `$XDG_STATE_HOME/lockstep/HASH.key`, else `~/.local/state/lockstep/HASH.key`
/// (https://specifications.freedesktop.org/basedir-spec/latest/), where HASH is of the folder's
/// path with links followed: one folder has one key, by whatever way it is reached. `invalid` when
/// the environment names no home.
Result<LedgerPaths> locate_ledger(const Where& where, const Environment& environment,
                                  const Files& files);

}  // namespace lockstep::cli
