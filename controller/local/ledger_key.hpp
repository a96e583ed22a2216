// The ledger's key: what makes fingerprints, and what makes the ledger's own rows unforgeable.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/files.hpp"
#include "base/secret.hpp"
#include "local/ledger_paths.hpp"
#include "ports/ledger.hpp"

namespace lockstep {

/// 32 random bytes in a file of mode 0600. Every use has a tag of its own, so that no output of
/// one use means anything in another.
class LedgerKey final : public Fingerprinter {
 public:
  static constexpr std::size_t size = 32;
  /// `bytes` are exactly `size`.
  explicit LedgerKey(Secret bytes);

  /// `k` and 8 hex digits of the key's SHA-256: tells keys apart, tells nothing about them.
  const std::string& id() const { return id_; }
  /// HMAC-SHA256 over the parts, 64 hex digits; the first part is the tag of the use.
  std::string mac(std::span<const std::string_view> parts) const;

  std::string of_value(const PlaceId& place, std::string_view name,
                       const Secret& value) const override;
  std::string of_evidence(const PlaceId& place, std::string_view name,
                          const Secret& token) const override;
  std::string of_secret(const SecretId& id, const Secret& value) const override;

 private:
  std::string fingerprint(std::span<const std::string_view> parts) const;
  Secret bytes_;
  std::string id_;
};

/// The key of the file; nullptr when there is no file. Refused when others can use it.
Result<std::unique_ptr<LedgerKey>> read_ledger_key(const Files& files, const LedgerPaths& paths);
/// Writes `bytes` as a new key file; refused when there is one already.
Result<std::unique_ptr<LedgerKey>> create_ledger_key(Files& files, const LedgerPaths& paths,
                                                     Secret bytes);

/// How far a ledger had come when that was last reported as durable; kept beside the key, so that
/// an older copy of the database is recognised.
struct LedgerMark {
  std::string ledger;  ///< the ledger's id
  std::uint64_t sequence = 0;
  std::string head;  ///< LedgerStore's digest of its whole content at that sequence
  bool operator==(const LedgerMark&) const = default;
};
/// The mark; nothing when there is no file, an Error when it cannot be read or trusted.
Result<std::optional<LedgerMark>> read_mark(const Files& files, const LedgerPaths& paths,
                                            const LedgerKey& key);
/// Durable on return.
Status write_mark(Files& files, const LedgerPaths& paths, const LedgerKey& key,
                  const LedgerMark& mark);

}  // namespace lockstep
