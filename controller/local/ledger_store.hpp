// The ledger's documents in one SQLite database, synchronously.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "local/database.hpp"
#include "local/ledger_holds.hpp"
#include "local/ledger_key.hpp"

namespace lockstep {

/// Documents that cannot be edited, dropped, copied in or turned back unnoticed.
///
/// Every row carries an HMAC over its kind, id, sequence and body. Every commit raises one counter
/// and chains a *head*: an HMAC over the counter, the head before and the HMACs of all rows. The
/// newest head stands in the database and, written right after each commit, beside the key (the
/// mark). So the database is either where the mark is, or exactly one commit further (a crash
/// between the two); anything else is refused.
///
/// Not safe for concurrent use; SqliteLedger guards it, and gives errors the ledger's name
/// (ledger_error).
class LedgerStore {
 public:
  struct Options {
    LedgerPaths paths;
    std::string vfs;     ///< SQLite's word for the file system; empty: the system's
    bool write = false;  ///< false: nothing is made or changed, and what is read is one moment
    bool hold = false;   ///< only holds are changed, beside a writer; what is read is of now
    Secret fresh_key;    ///< for a ledger that has to be made
    std::string fresh_id;
  };
  struct Document {
    std::string body;
    std::uint64_t sequence = 0;
  };

  /// Opens and checks everything. nullptr when there is no ledger yet and `write` is false.
  static Result<std::unique_ptr<LedgerStore>> open(Options options, Files& files);

  const LedgerKey& key() const { return *key_; }
  /// The document; nothing when there is none.
  Result<std::optional<Document>> get(std::string_view kind, std::string_view id);
  /// Puts a document in place of the one with sequence `expected` (0: there is none). `body` is
  /// called with the new sequence. Durable on return, and the new sequence is given back. After an
  /// Error the write may still turn out to have happened: read again.
  Result<std::uint64_t> put(std::string_view kind, std::string_view id, std::uint64_t expected,
                            const std::function<std::string(std::uint64_t)>& body);
  /// The ids of all documents of a kind.
  Result<std::vector<std::string>> ids(std::string_view kind);
  /// The holds, which no head of the documents covers.
  HoldTable holds() { return HoldTable(*db_, *key_, head_.ledger); }

 private:
  /// What is known of a row without its body.
  struct Entry {
    std::uint64_t sequence = 0;
    std::string mac;
  };
  using Index = std::map<std::pair<std::string, std::string>, Entry>;  // (kind, id)
  /// The whole content at one commit.
  struct Head {
    std::string ledger;
    std::uint64_t sequence = 0;
    std::string digest;
    std::string previous;
  };

  LedgerStore(LedgerPaths paths, bool write, bool hold, Files& files,
              std::unique_ptr<LedgerKey> key)
      : paths_(std::move(paths)), write_(write), hold_(hold), files_(files), key_(std::move(key)) {}

  /// Whether the open database is ours: false when it has no table at all.
  Result<bool> check_schema();
  Status create(const std::string& ledger_id);
  /// Reads and checks everything afresh, and brings the mark up to date.
  Status refresh();
  Status read_all();
  Result<Head> read_head();
  Status read_index(const std::string& ledger_id);
  Status check_mark(const std::optional<LedgerMark>& before,
                    const std::optional<LedgerMark>& after);
  Status commit(std::string_view kind, std::string_view id, const Entry& entry,
                std::string_view body, const Head& next);
  Status write_rows(std::string_view kind, std::string_view id, const Entry& entry,
                    std::string_view body, const Head& next);
  std::string row_mac(std::string_view kind, std::string_view id, std::uint64_t sequence,
                      std::string_view body, std::string_view ledger_id) const;
  std::string digest_of(const Head& head, const Index& index) const;
  std::unexpected<Error> fault(LedgerFault what, std::string_view detail = {}) const {
    return fail(ledger_fault(what, paths_, detail));
  }

  LedgerPaths paths_;
  bool write_;
  bool hold_;
  Files& files_;
  std::unique_ptr<LedgerKey> key_;
  std::unique_ptr<Database> db_;
  Index index_;
  Head head_;
  /// A commit or its mark failed half way: what is on the disk is read again before the next use.
  bool doubtful_ = true;
};

/// At most this many documents in one ledger.
inline constexpr std::size_t max_ledger_documents = 100'000;
/// The largest body of one.
inline constexpr std::size_t max_ledger_body = 4 << 20;

}  // namespace lockstep
