// Where a ledger's files are, and what is said when they do not belong together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/files.hpp"

namespace lockstep {

/// The files of one ledger.
struct LedgerPaths {
  Path directory;  ///< `.lockstep`
  Path key;        ///< apart from the directory, so that losing one is noticed by the other
  Path database() const { return directory / "ledger.db"; }
  Path lock() const { return directory / "lock"; }
  /// Beside the key: the newest sequence that was reported as durable.
  Path mark() const { return Path(key.string() + ".sequence"); }
};

/// What can be wrong with a ledger. All are refused with kind `storage`; none is ever repaired by
/// making a new ledger in its place.
enum class LedgerFault : std::uint8_t {
  key_missing,        ///< a database, and no key
  key_unreadable,     ///< the key file is not one
  key_exposed,        ///< others could read the key file
  database_missing,   ///< a key that has seen commits, and no database
  emptied,            ///< a database without tables, and a key that has seen commits
  damaged,            ///< SQLite cannot read it, or its quick check fails
  newer_schema,       ///< written by a newer lockstep
  foreign_schema,     ///< a SQLite database with other tables
  foreign_key,        ///< made with another key
  altered,            ///< rows edited, deleted, put back or copied in
  rolled_back,        ///< older than what was reported as durable
  forked,             ///< another history than the one that was reported as durable
  mark_missing,       ///< the sequence file is gone
  mark_altered,       ///< the sequence file was edited, or is of another key
  mark_foreign,       ///< the sequence file is of another ledger
  mark_old,           ///< the sequence file was put back from a copy
  unsafe_directory,   ///< others may write in the directory
  foreign_directory,  ///< the directory belongs to another user
};

/// Refuses, with kind `storage`, what stands in place of a file of the ledger and is not lockstep's
/// alone: a link of either sort, a folder, a FIFO, a file of another user. The lock sees to itself.
Status check_ledger_files(const Files& files, const LedgerPaths& paths);

/// The fault as the user reads it: what is wrong, and what to do. `detail` is our own text.
Error ledger_fault(LedgerFault fault, const LedgerPaths& paths, std::string_view detail = {});
/// Gives any error met on the way the ledger's name and the kind `storage`; what is a fault
/// already stays as it is, and a damaged file becomes one.
Error ledger_error(const LedgerPaths& paths, Error error);

}  // namespace lockstep
