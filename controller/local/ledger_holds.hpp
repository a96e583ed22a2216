// The holds of a ledger: the one table that is written beside the writer.
#pragma once

#include <string>
#include <vector>

#include "local/database.hpp"
#include "local/ledger_key.hpp"
#include "model/hold.hpp"

namespace lockstep {

/// Rows that cannot be edited, dropped or copied in unnoticed: each has an HMAC, and a head over
/// all of them stands in `meta`. Every change is one transaction of its own, so that two processes
/// may place holds while a third writes documents; the head of the documents does not cover them.
/// What this cannot tell is an older set of holds put back whole, head and all, by someone who may
/// write to the ledger's folder.
class HoldTable {
 public:
  /// Error::code of a table that something else changed.
  static constexpr const char* altered = "holds_altered";
  struct Row {
    std::string place;  ///< the id of a place's document
    Hold hold;
  };

  /// All outlive this. `ledger` is the ledger's id.
  HoldTable(Database& db, const LedgerKey& key, std::string ledger)
      : db_(db), key_(key), ledger_(std::move(ledger)) {}

  /// The head of a table without rows.
  std::string empty_head() const { return head_of({}); }
  /// All rows, of one moment, sorted by place and name.
  Result<std::vector<Row>> all();
  /// Puts a row in place of the one of its place and name, and drops all that ended before it
  /// began. Durable on return.
  Status put(Row row);
  /// False when there is no such row. Durable on return.
  Result<bool> erase(const std::string& place, const std::string& name);

 private:
  struct Stored {
    std::string place, name, body, mac;
  };
  Result<std::vector<Stored>> read() const;
  std::string mac_of(const Stored& row) const;
  std::string head_of(const std::vector<Stored>& rows) const;
  /// Runs `change` on the rows as they are; commits when it says that it changed them.
  Result<bool> transact(const std::function<Result<bool>(std::vector<Stored>&)>& change);
  Status store(const std::vector<Stored>& rows);

  Database& db_;
  const LedgerKey& key_;
  std::string ledger_;
};

/// At most this many holds in one ledger.
inline constexpr std::size_t max_holds = 1000;

}  // namespace lockstep
