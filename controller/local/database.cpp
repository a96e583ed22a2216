#include "local/database.hpp"

#include <sqlite3.h>

#include <charconv>
#include <vector>

namespace lockstep {

namespace {

constexpr int busy_milliseconds = 5000;

/// What SQLite met, in words that say what to do.
std::string explain(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged or is not a SQLite database";
    case SQLITE_FULL:
      return "the disk is full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds it; end that process";
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return "it cannot be opened; check its folder and permissions";
    case SQLITE_READONLY:
      return "it cannot be written; check its permissions";
    case SQLITE_TOOBIG:
      return "a row is too large";
    case SQLITE_IOERR:
      return "the disk reported an error";
    default:
      return std::string("SQLite says: ") + sqlite3_errstr(code);
  }
}

std::unexpected<Error> storage(int code, sqlite3* db) {
  if (auto spent = exhausted(sqlite3_system_errno(db))) return fail(*std::move(spent));
  Error error{.kind = ErrorKind::storage, .message = explain(code)};
  const int family = code & 0xff;
  if (family == SQLITE_CORRUPT || family == SQLITE_NOTADB) error.code = "damaged";
  if (code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY) {
    error.message = "it was left in the middle of a change; lockstep apply completes it";
    error.code = "unfinished";
  }
  return fail(std::move(error));
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(Handle db) : db_(std::move(db)) {}

  Status each(std::string_view sql, std::initializer_list<Value> values,
              const std::function<Status(Row)>& row) override {
    sqlite3_stmt* raw = nullptr;
    int code =
        sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    const std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
    if (code != SQLITE_OK) return storage(code, db_.get());
    int index = 0;
    for (const auto& value : values) {
      code = bind(raw, ++index, value);
      if (code != SQLITE_OK) return storage(code, db_.get());
    }
    std::vector<std::string_view> columns;
    while ((code = sqlite3_step(raw)) == SQLITE_ROW) {
      columns.clear();
      for (int i = 0; i < sqlite3_column_count(raw); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, i));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(raw, i));
        columns.push_back(text ? std::string_view(text, size) : std::string_view());
      }
      TRY_OK(row(columns));
    }
    if (code != SQLITE_DONE) return storage(code, db_.get());
    return {};
  }

 private:
  static int bind(sqlite3_stmt* statement, int index, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      return sqlite3_bind_int64(statement, index, *number);
    }
    const auto text = std::get<std::string_view>(value);
    return sqlite3_bind_text64(statement, index, text.data(), text.size(), SQLITE_TRANSIENT,
                               SQLITE_UTF8);
  }

  Handle db_;
};

/// https://www.sqlite.org/security.html, "untrusted SQLite database files".
Status harden(sqlite3* db) {
  const int switches[][2] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},
                             {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                             {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                             {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
                             {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}};
  for (const auto& [option, on] : switches) {
    int now = -1;
    const int code = sqlite3_db_config(db, option, on, &now);
    if (code != SQLITE_OK) return storage(code, db);
    if (now != on) return fail(ErrorKind::storage, "this SQLite library lacks a guard");
  }
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, static_cast<int>(max_row_bytes));
  sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 10'000);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
  sqlite3_busy_timeout(db, busy_milliseconds);
  sqlite3_extended_result_codes(db, 1);
  return {};
}

}  // namespace

bool Database::exists(const std::string& path, const std::string& vfs) {
  auto* system = sqlite3_vfs_find(vfs.empty() ? nullptr : vfs.c_str());
  if (!system) return false;
  // SQLITE_ACCESS_EXISTS takes an empty file for none; the other test sees it.
  for (const int question : {SQLITE_ACCESS_EXISTS, SQLITE_ACCESS_READWRITE}) {
    int there = 0;
    if (system->xAccess(system, path.c_str(), question, &there) == SQLITE_OK && there != 0) {
      return true;
    }
  }
  return false;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const std::string& vfs,
                                                 Access access) {
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    (access == Access::create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, vfs.empty() ? nullptr : vfs.c_str());
  Handle handle(raw);
  if (code != SQLITE_OK) return storage(code, raw);
  TRY_OK(harden(raw));
  std::unique_ptr<Database> db = std::make_unique<SqliteDatabase>(std::move(handle));
  for (const auto* pragma : {"PRAGMA trusted_schema=OFF", "PRAGMA cell_size_check=ON",
                             "PRAGMA temp_store=MEMORY", "PRAGMA mmap_size=0"}) {
    TRY_OK(db->run(pragma));
  }
  return db;
}

Status Database::prepare_writing() {
  TRY(const auto mode, text("PRAGMA journal_mode=WAL"));
  if (mode != "wal") return fail(ErrorKind::storage, "its disk does not allow a write-ahead log");
  TRY_OK(run("PRAGMA synchronous=FULL"));
  // In pages: a short log keeps recovery and copies of the folder small.
  TRY_OK(run("PRAGMA wal_autocheckpoint=100"));
  return run("PRAGMA secure_delete=ON");
}

Status Database::run(std::string_view sql, std::initializer_list<Value> values) {
  return each(sql, values, [](Row) -> Status { return {}; });
}

Result<std::string> Database::text(std::string_view sql) {
  std::string out;
  TRY_OK(each(sql, {}, [&out](Row row) -> Status {
    if (!row.empty()) out = row[0];
    return {};
  }));
  return out;
}

Result<std::int64_t> Database::number(std::string_view sql) {
  TRY(const auto digits, text(sql));
  std::int64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

}  // namespace lockstep
