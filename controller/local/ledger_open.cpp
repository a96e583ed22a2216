// How a ledger is found, checked and made.
#include "local/ledger_store.hpp"

namespace lockstep {

namespace {

constexpr std::int64_t schema_version = 1;
constexpr std::string_view document_table =
    "CREATE TABLE document(kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, "
    "sequence INTEGER NOT NULL, mac TEXT NOT NULL, PRIMARY KEY(kind, id)) STRICT";
constexpr std::string_view meta_table =
    "CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT";

/// Its head stands in `meta` under `holds`.
constexpr std::string_view hold_table =
    "CREATE TABLE hold(place TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, "
    "mac TEXT NOT NULL, PRIMARY KEY(place, name)) STRICT";

/// What sqlite_schema says of a database that `create` made, sorted by name.
std::string our_schema() {
  return "table document " + std::string(document_table) + "\ntable hold " +
         std::string(hold_table) + "\ntable meta " + std::string(meta_table) +
         "\nindex sqlite_autoindex_document_1 \nindex sqlite_autoindex_hold_1 "
         "\nindex sqlite_autoindex_meta_1 \n";
}

}  // namespace

Result<bool> LedgerStore::check_schema() {
  TRY(const auto version, db_->number("PRAGMA user_version"));
  std::string found;
  TRY_OK(db_->each("SELECT type, name, sql FROM sqlite_schema ORDER BY name", {},
                   [&found](Database::Row row) -> Status {
                     for (const auto column : row) found += std::string(column) + " ";
                     found.back() = '\n';
                     return found.size() < max_ledger_body
                                ? Status()
                                : fail(ErrorKind::storage, "its schema is too large");
                   }));
  if (found.empty() && version == 0) return false;
  if (version > schema_version) {
    return fault(LedgerFault::newer_schema, "schema " + std::to_string(version));
  }
  if (found != our_schema() || version != schema_version) {
    return fault(LedgerFault::foreign_schema);
  }
  return true;
}

Status LedgerStore::create(const std::string& ledger_id) {
  Head head{.ledger = ledger_id, .sequence = 1, .digest = {}, .previous = {}};
  head.digest = digest_of(head, {});
  TRY_OK(db_->run("BEGIN IMMEDIATE"));
  TRY_OK(db_->run(document_table));
  TRY_OK(db_->run(meta_table));
  TRY_OK(db_->run(hold_table));
  const auto number = std::to_string(head.sequence);
  const auto holds = HoldTable(*db_, *key_, ledger_id).empty_head();
  const std::pair<std::string_view, std::string_view> meta[] = {
      {"ledger", head.ledger}, {"holds", holds},      {"key", key_->id()},
      {"sequence", number},    {"head", head.digest}, {"previous", ""}};
  for (const auto& [name, value] : meta) {
    TRY_OK(db_->run("INSERT INTO meta (key, value) VALUES (?, ?)", {name, value}));
  }
  TRY_OK(db_->run("PRAGMA user_version = 1"));
  return db_->run("COMMIT");
}

Result<std::unique_ptr<LedgerStore>> LedgerStore::open(Options options, Files& files) {
  const auto& paths = options.paths;
  const auto path = paths.database().string();
  // Some would be waited for, and what others can change or exchange is no memory.
  TRY_OK(check_ledger_files(files, paths));
  TRY(auto key, read_ledger_key(files, paths));
  TRY(const auto marked, files.info(paths.mark()));
  TRY(const auto seen, files.info(paths.database()));
  const bool there = seen || Database::exists(path, options.vfs);
  if (there && !key) return fail(ledger_fault(LedgerFault::key_missing, paths));
  if (!there && marked) return fail(ledger_fault(LedgerFault::database_missing, paths));
  if (!there && !options.write) return std::unique_ptr<LedgerStore>();
  // Made in the order key, database, mark: a crash between leaves what the next open completes.
  if (!key) {
    TRY(key, create_ledger_key(files, paths, std::move(options.fresh_key)));
  }
  // SQLite would make it open to everyone that the umask lets; its other files get its mode.
  if (!there && options.vfs.empty()) TRY_OK(files.create(paths.database(), "", 0600));
  std::unique_ptr<LedgerStore> store(
      new LedgerStore(paths, options.write, options.hold, files, std::move(key)));
  const auto access = !options.write && !options.hold ? Database::Access::read
                      : there                         ? Database::Access::write
                                                      : Database::Access::create;
  TRY(store->db_, Database::open(path, options.vfs, access));
  const auto schema = store->check_schema();
  // Only creation can be cut short in a way that a reader cannot see through.
  if (!schema && schema.error().code == "unfinished" && !marked) {
    return std::unique_ptr<LedgerStore>();
  }
  TRY(const bool ours, schema);
  if (!ours && marked) return fail(ledger_fault(LedgerFault::emptied, paths));
  if (!ours && !options.write) return std::unique_ptr<LedgerStore>();
  if (options.write || options.hold) TRY_OK(store->db_->prepare_writing());
  if (!ours) TRY_OK(store->create(options.fresh_id));
  TRY_OK(store->refresh());
  return store;
}

}  // namespace lockstep
