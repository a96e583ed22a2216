#include "local/ledger_holds.hpp"

#include <algorithm>

#include "base/digest.hpp"

namespace lockstep {

namespace {

std::unexpected<Error> someone_altered() {
  return fail(Error{.kind = ErrorKind::storage,
                    .message = "the holds were changed by something else",
                    .code = HoldTable::altered});
}

}  // namespace

std::string HoldTable::mac_of(const Stored& row) const {
  const std::string_view parts[] = {"lockstep-hold-v1", ledger_, row.place, row.name, row.body};
  return key_.mac(parts);
}

std::string HoldTable::head_of(const std::vector<Stored>& rows) const {
  std::vector<std::string_view> parts = {"lockstep-holds-v1", ledger_};
  for (const auto& row : rows) parts.insert(parts.end(), {row.place, row.name, row.mac});
  return key_.mac(parts);
}

Result<std::vector<HoldTable::Stored>> HoldTable::read() const {
  // One statement is one moment, whoever else writes.
  std::vector<Stored> rows;
  std::string head;
  TRY_OK(
      db_.each("SELECT '', '', value, '' FROM meta WHERE key = 'holds' UNION ALL "
               "SELECT place, name, body, mac FROM hold ORDER BY 1, 2",
               {}, [&](Database::Row row) -> Status {
                 if (row[0].empty()) {
                   head = row[2];
                   return {};
                 }
                 rows.push_back({.place = std::string(row[0]),
                                 .name = std::string(row[1]),
                                 .body = std::string(row[2]),
                                 .mac = std::string(row[3])});
                 return rows.size() <= max_holds ? Status() : Status(someone_altered());
               }));
  const bool sound = std::ranges::all_of(
      rows, [&](const auto& row) { return equal_digests(mac_of(row), row.mac); });
  if (!sound || !equal_digests(head_of(rows), head)) return someone_altered();
  return rows;
}

Result<std::vector<HoldTable::Row>> HoldTable::all() {
  TRY(const auto stored, read());
  std::vector<Row> out;
  for (const auto& row : stored) {
    TRY(auto hold, decode_hold(row.body));
    hold.name = row.name;
    out.push_back({.place = row.place, .hold = std::move(hold)});
  }
  return out;
}

Status HoldTable::store(const std::vector<Stored>& rows) {
  // A handful of rows: written whole, so that table and head cannot differ.
  TRY_OK(db_.run("DELETE FROM hold"));
  for (const auto& row : rows) {
    TRY_OK(db_.run("INSERT INTO hold (place, name, body, mac) VALUES (?, ?, ?, ?)",
                   {row.place, row.name, row.body, row.mac}));
  }
  const auto head = head_of(rows);
  return db_.run("UPDATE meta SET value = ? WHERE key = 'holds'", {std::string_view(head)});
}

Result<bool> HoldTable::transact(const std::function<Result<bool>(std::vector<Stored>&)>& change) {
  TRY_OK(db_.run("BEGIN IMMEDIATE"));
  const auto work = [&]() -> Result<bool> {
    TRY(auto rows, read());
    TRY(const bool changed, change(rows));
    if (!changed) return false;
    TRY_OK(store(rows));
    TRY_OK(db_.run("COMMIT"));
    return true;
  };
  auto done = work();
  // SQLite may have rolled back by itself; then this one fails and nothing is lost by that.
  if (!done || !*done) static_cast<void>(db_.run("ROLLBACK").has_value());
  return done;
}

Status HoldTable::put(Row row) {
  const auto put_in = [&](std::vector<Stored>& rows) -> Result<bool> {
    std::vector<Stored> kept;
    for (auto& other : rows) {
      TRY(const auto hold, decode_hold(other.body));
      const bool same = other.place == row.place && other.name == row.hold.name;
      if (!same && hold.until > row.hold.since) kept.push_back(std::move(other));
    }
    if (kept.size() >= max_holds) {
      return fail(ErrorKind::invalid, "there are " + std::to_string(max_holds) +
                                          " holds already; take some back first");
    }
    kept.push_back(
        {.place = row.place, .name = row.hold.name, .body = encode(row.hold), .mac = {}});
    kept.back().mac = mac_of(kept.back());
    std::ranges::sort(kept, {}, [](const auto& r) { return std::tie(r.place, r.name); });
    rows = std::move(kept);
    return true;
  };
  TRY_OK(transact(put_in));
  return {};
}

Result<bool> HoldTable::erase(const std::string& place, const std::string& name) {
  return transact([&](std::vector<Stored>& rows) -> Result<bool> {
    return std::erase_if(
               rows, [&](const auto& row) { return row.place == place && row.name == name; }) != 0;
  });
}

}  // namespace lockstep
