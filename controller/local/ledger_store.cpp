#include "local/ledger_store.hpp"

#include <charconv>

#include "base/digest.hpp"
#include "base/json.hpp"

namespace lockstep {

namespace {

std::uint64_t to_number(std::string_view text) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

// ---- digests ------------------------------------------------------------------------------------

std::string LedgerStore::row_mac(std::string_view kind, std::string_view id, std::uint64_t sequence,
                                 std::string_view body, std::string_view ledger_id) const {
  const auto number = std::to_string(sequence);
  const std::string_view parts[] = {"lockstep-row-v1", ledger_id, kind, id, number, body};
  return key_->mac(parts);
}

std::string LedgerStore::digest_of(const Head& head, const Index& index) const {
  const auto number = std::to_string(head.sequence);
  std::vector<std::string_view> parts = {"lockstep-head-v1", head.ledger, number, head.previous};
  parts.reserve(parts.size() + 3 * index.size());
  for (const auto& [name, entry] : index) {
    parts.insert(parts.end(), {name.first, name.second, entry.mac});
  }
  return key_->mac(parts);
}

// ---- reading everything -------------------------------------------------------------------------

Status LedgerStore::refresh() {
  // The mark is read on both sides of the snapshot: a controller may be writing meanwhile.
  TRY(const auto before, read_mark(files_, paths_, *key_));
  TRY_OK(db_->run("BEGIN"));
  auto content = read_all();
  // A reader keeps its transaction: all that it ever reads is of this one moment.
  if (write_ || hold_ || !content) TRY_OK(db_->run(content ? "COMMIT" : "ROLLBACK"));
  TRY_OK(std::move(content));
  TRY(const auto after, read_mark(files_, paths_, *key_));
  TRY_OK(check_mark(before, after));
  const LedgerMark now{.ledger = head_.ledger, .sequence = head_.sequence, .head = head_.digest};
  if (write_ && after != now) TRY_OK(write_mark(files_, paths_, *key_, now));
  doubtful_ = false;
  return {};
}

Status LedgerStore::read_all() {
  TRY(const auto check, db_->text("PRAGMA quick_check(1)"));
  if (check != "ok") return fault(LedgerFault::damaged);
  TRY(head_, read_head());
  TRY_OK(read_index(head_.ledger));
  if (!equal_digests(digest_of(head_, index_), head_.digest)) return fault(LedgerFault::altered);
  const auto held = holds().all();
  if (held) return {};
  if (held.error().code != HoldTable::altered) return fail(held.error());
  return fault(LedgerFault::altered, "its holds");
}

Result<LedgerStore::Head> LedgerStore::read_head() {
  std::map<std::string, std::string, std::less<>> meta;
  TRY_OK(db_->each("SELECT key, value FROM meta", {}, [&meta](Database::Row row) -> Status {
    meta.emplace(row[0], row[1]);
    return {};
  }));
  if (meta["key"] != key_->id()) return fault(LedgerFault::foreign_key);
  return Head{.ledger = meta["ledger"],
              .sequence = to_number(meta["sequence"]),
              .digest = meta["head"],
              .previous = meta["previous"]};
}

Status LedgerStore::read_index(const std::string& ledger_id) {
  Index index;
  TRY_OK(db_->each(
      "SELECT kind, id, sequence, mac, body FROM document", {}, [&](Database::Row row) -> Status {
        const auto sequence = to_number(row[2]);
        if (!equal_digests(row_mac(row[0], row[1], sequence, row[4], ledger_id), row[3])) {
          return fault(LedgerFault::altered);
        }
        index.try_emplace({std::string(row[0]), std::string(row[1])},
                          Entry{.sequence = sequence, .mac = std::string(row[3])});
        if (index.size() <= max_ledger_documents) return {};
        return fault(LedgerFault::altered, "it holds too many rows");
      }));
  index_ = std::move(index);
  return {};
}

Status LedgerStore::check_mark(const std::optional<LedgerMark>& before,
                               const std::optional<LedgerMark>& after) {
  if (!after) {
    // The very first commit is marked after it: a crash between leaves a new ledger without mark.
    if (head_.sequence == 1) return {};
    return fault(LedgerFault::mark_missing);
  }
  for (const auto& mark : {before, after}) {
    if (!mark) continue;
    if (mark->ledger != head_.ledger) return fault(LedgerFault::mark_foreign);
    if (mark->sequence == head_.sequence && mark->head != head_.digest) {
      return fault(LedgerFault::forked);
    }
    if (mark->sequence + 1 == head_.sequence && mark->head != head_.previous) {
      return fault(LedgerFault::forked);
    }
  }
  if (before && head_.sequence < before->sequence) {
    return fault(LedgerFault::rolled_back, "it is at " + std::to_string(head_.sequence) +
                                               ", it was at " + std::to_string(before->sequence));
  }
  if (head_.sequence > after->sequence + 1) return fault(LedgerFault::mark_old);
  return {};
}

// ---- use ----------------------------------------------------------------------------------------

Result<std::optional<LedgerStore::Document>> LedgerStore::get(std::string_view kind,
                                                              std::string_view id) {
  if (doubtful_) TRY_OK(refresh());
  const auto entry = index_.find({std::string(kind), std::string(id)});
  if (entry == index_.end()) return std::optional<Document>();
  Document out{.body = {}, .sequence = entry->second.sequence};
  bool sound = false;
  TRY_OK(db_->each("SELECT body FROM document WHERE kind = ? AND id = ?", {kind, id},
                   [&](Database::Row row) -> Status {
                     out.body = row[0];
                     sound = equal_digests(row_mac(kind, id, out.sequence, out.body, head_.ledger),
                                           entry->second.mac);
                     return {};
                   }));
  if (!sound) {
    // Another process wrote, past the lock: the next call reads everything again.
    doubtful_ = write_;
    return fault(LedgerFault::altered, "while it was in use");
  }
  return std::optional(std::move(out));
}

Result<std::uint64_t> LedgerStore::put(std::string_view kind, std::string_view id,
                                       std::uint64_t expected,
                                       const std::function<std::string(std::uint64_t)>& body) {
  if (!write_) return fail(ErrorKind::storage, "it was opened for reading only");
  if (doubtful_) TRY_OK(refresh());
  const auto found = index_.find({std::string(kind), std::string(id)});
  const auto current = found == index_.end() ? 0 : found->second.sequence;
  if (current != expected) {
    return fail(ErrorKind::storage, "the " + std::string(kind) + " record " + std::string(id) +
                                        " is at " + std::to_string(current) + ", not at " +
                                        std::to_string(expected) + ": another writer was faster");
  }
  Head next{.ledger = head_.ledger,
            .sequence = head_.sequence + 1,
            .digest = {},
            .previous = head_.digest};
  const auto text = body(next.sequence);
  if (text.size() > max_ledger_body || !is_utf8(text) || id.size() > max_ledger_body ||
      (found == index_.end() && index_.size() == max_ledger_documents)) {
    return fail(ErrorKind::storage, "the record is too large or is not UTF-8");
  }
  const Entry entry{.sequence = next.sequence,
                    .mac = row_mac(kind, id, next.sequence, text, head_.ledger)};
  doubtful_ = true;
  index_.insert_or_assign({std::string(kind), std::string(id)}, entry);
  next.digest = digest_of(next, index_);
  TRY_OK(commit(kind, id, entry, text, next));
  TRY_OK(write_mark(files_, paths_, *key_,
                    {.ledger = next.ledger, .sequence = next.sequence, .head = next.digest}));
  head_ = std::move(next);
  doubtful_ = false;
  return head_.sequence;
}

Status LedgerStore::commit(std::string_view kind, std::string_view id, const Entry& entry,
                           std::string_view body, const Head& next) {
  TRY_OK(db_->run("BEGIN IMMEDIATE"));
  auto written = write_rows(kind, id, entry, body, next);
  if (written) written = db_->run("COMMIT");
  if (written) return {};
  // SQLite may have rolled back by itself; then this one fails and nothing is lost by that.
  static_cast<void>(db_->run("ROLLBACK").has_value());
  return written;
}

Status LedgerStore::write_rows(std::string_view kind, std::string_view id, const Entry& entry,
                               std::string_view body, const Head& next) {
  TRY(const auto digest, db_->text("SELECT value FROM meta WHERE key = 'head'"));
  if (digest != next.previous) {
    return fail(ErrorKind::storage, "another process wrote to it, past the lock");
  }
  TRY_OK(
      db_->run("INSERT INTO document (kind, id, body, sequence, mac) VALUES (?, ?, ?, ?, ?) "
               "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body, "
               "sequence = excluded.sequence, mac = excluded.mac",
               {kind, id, body, static_cast<std::int64_t>(entry.sequence), entry.mac}));
  const auto number = std::to_string(next.sequence);
  const std::pair<std::string_view, std::string_view> meta[] = {
      {"sequence", number}, {"head", next.digest}, {"previous", next.previous}};
  for (const auto& [name, value] : meta) {
    TRY_OK(db_->run("UPDATE meta SET value = ? WHERE key = ?", {value, name}));
  }
  return {};
}

Result<std::vector<std::string>> LedgerStore::ids(std::string_view kind) {
  if (doubtful_) TRY_OK(refresh());
  std::vector<std::string> out;
  for (const auto& [name, entry] : index_) {
    if (name.first == kind) out.push_back(name.second);
  }
  return out;
}

}  // namespace lockstep
