#include "local/ledger_world.hpp"

#include <sqlite3.h>

namespace lockstep::testing {

std::string LedgerWorld::query(const std::string& sql) {
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open_v2(".lockstep/ledger.db", &db, SQLITE_OPEN_READWRITE, disk.name().c_str()),
            SQLITE_OK);
  // The log stays where it is, as after a crash.
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  std::string out;
  const auto keep = [](void* to, int columns, char** values, char**) {
    if (columns > 0 && values[0]) *static_cast<std::string*>(to) = values[0];
    return 0;
  };
  const int code = sqlite3_exec(db, sql.c_str(), keep, &out, nullptr);
  EXPECT_EQ(code, SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
  return out;
}

}  // namespace lockstep::testing
