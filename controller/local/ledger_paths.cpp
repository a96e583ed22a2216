#include "local/ledger_paths.hpp"

#include <vector>

namespace lockstep {

namespace {

/// Error::code of what names its ledger already.
constexpr const char* fault_code = "ledger";

/// The way out that is always safe: a ledger that is gone means Unadopted, never a deletion.
std::string start_over(const LedgerPaths& paths) {
  return " To start with an empty ledger instead, move " + paths.directory.string() + ", " +
         paths.key.string() + " and " + paths.mark().string() +
         " away together: nothing live is touched, and names that are there count as Unadopted.";
}

std::string together(const LedgerPaths& paths) {
  return " Put back " + paths.directory.string() + " and " + paths.mark().string() +
         " as they were at one moment." + start_over(paths);
}

/// What is wrong and the next step, after `ledger PATH `.
std::string describe_fault(LedgerFault fault, const LedgerPaths& paths) {
  const auto key = paths.key.string();
  const auto mark = paths.mark().string();
  switch (fault) {
    case LedgerFault::key_missing:
      return "has lost its key: there is no " + key +
             ". Put the key file back or name it with --ledger-key-file." + start_over(paths);
    case LedgerFault::key_unreadable:
      return "cannot use its key " + key;
    case LedgerFault::key_exposed:
      return "cannot trust its key " + key +
             ", which others can use. If nobody else uses this machine, run: chmod 600 " + key +
             "." + start_over(paths);
    case LedgerFault::database_missing:
      return "is missing, but " + mark +
             " says that there was one. Put it back, or name the right --ledger-dir; a ledger of "
             "its own needs a --ledger-key-file of its own." +
             start_over(paths);
    case LedgerFault::emptied:
      return "is empty, but " + mark + " says that it was not. Put back " +
             paths.directory.string() + " with all its files." + start_over(paths);
    case LedgerFault::damaged:
      return "is damaged. Put back a copy of " + paths.directory.string() +
             " that is not older than its last use." + start_over(paths);
    case LedgerFault::newer_schema:
      return "was written by a newer lockstep. Use that version or a later one.";
    case LedgerFault::foreign_schema:
      return "is a SQLite database whose tables are not lockstep's. Name another --ledger-dir, or "
             "move that file away.";
    case LedgerFault::foreign_key:
      return "was made with another key than " + key +
             ". Put the right key file there or name it with --ledger-key-file." +
             start_over(paths);
    case LedgerFault::altered:
      return "was changed by something other than lockstep: rows were edited, deleted, put back or "
             "copied in." +
             together(paths);
    case LedgerFault::rolled_back:
      return "is an older copy than the one last used." + together(paths);
    case LedgerFault::forked:
      return "is a copy that went its own way, not the one last used here." + together(paths);
    case LedgerFault::mark_missing:
      return "has lost " + mark + ", which tells an old copy from the newest." + together(paths);
    case LedgerFault::mark_altered:
      return "does not trust " + mark + ": it was edited or is of another key." + together(paths);
    case LedgerFault::mark_foreign:
      return "is not the ledger that " + mark +
             " is about. Do two ledgers share one key? Give each its own --ledger-key-file." +
             start_over(paths);
    case LedgerFault::mark_old:
      return "is newer than " + mark + " by more than one step: that file is an old copy." +
             together(paths);
    case LedgerFault::unsafe_directory:
      return "lies in a folder that others may write to. Run: chmod 700 " +
             paths.directory.string();
    case LedgerFault::foreign_directory:
      return "lies in a folder of another user. Run lockstep as that user, or name a folder of "
             "your own with --ledger-dir.";
  }
  return "";
}

}  // namespace

Status check_ledger_files(const Files& files, const LedgerPaths& paths) {
  std::vector<Path> all = {paths.key, paths.mark()};
  for (const auto* end : {"", "-wal", "-shm", "-journal"}) {
    all.emplace_back(paths.database().string() + end);
  }
  for (const auto& path : all) {
    TRY(const auto info, files.info(path));
    const auto why = info ? not_ours_alone(*info) : "";
    if (why.empty()) continue;
    return fail(ErrorKind::storage,
                path.string() + " " + why + "; move it away and put the ledger's own file there");
  }
  return {};
}

Error ledger_fault(LedgerFault fault, const LedgerPaths& paths, std::string_view detail) {
  auto text = "ledger " + paths.database().string() + " " + describe_fault(fault, paths);
  if (!detail.empty()) text += " (" + std::string(detail) + ")";
  return Error{.kind = ErrorKind::storage, .message = std::move(text), .code = fault_code};
}

Error ledger_error(const LedgerPaths& paths, Error error) {
  if (error.code == fault_code) return error;
  if (error.code == "damaged") return ledger_fault(LedgerFault::damaged, paths);
  error.kind = ErrorKind::storage;
  error.code = fault_code;
  error.message = "ledger " + paths.database().string() + ": " + error.message;
  return error;
}

}  // namespace lockstep
