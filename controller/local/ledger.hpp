// The Ledger port on one machine: one SQLite database.
#pragma once

#include <memory>
#include <string>

#include "base/files.hpp"
#include "base/offload.hpp"
#include "base/random.hpp"
#include "local/ledger_paths.hpp"
#include "ports/ledger.hpp"

namespace lockstep {

enum class OpenMode : std::uint8_t {
  read,   ///< nothing is made; what is read is the ledger as it was at opening
  write,  ///< makes what is missing; the caller holds the lock (LockFile)
  hold,   ///< for hold() and release() beside a writer: no lock, no other change, makes nothing
};

struct LedgerOptions {
  LedgerPaths paths;
  OpenMode mode = OpenMode::read;
  std::string vfs;  ///< the SQLite VFS by name; empty: the system's
};

/// Makes the ledger's folder (0700, ignored by git) and the key's. Before the lock can be taken.
/// Refused when the folder is there and is another user's, or others may write to it. Where others
/// may only read what is ours, it is closed to them: a sentence about each such file or folder.
Result<std::vector<std::string>> make_ledger_directory(Files& files, const LedgerPaths& paths);

/// Opens and checks the ledger; every refusal is of kind `storage` and says what to do
/// (LedgerFault). In modes `read` and `hold` without a ledger: one with no fingerprinter and empty records.
/// `files` and `offload` must outlive it. Its destructor changes nothing on the disk.
Awaitable<Result<std::unique_ptr<Ledger>>> open_ledger(LedgerOptions options, Files& files,
                                                       Random& random, Offload& offload);

}  // namespace lockstep
