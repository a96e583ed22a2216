// An encrypted file that keeps values which lockstep generated.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/offload.hpp"
#include "base/random.hpp"
#include "base/rested_reader.hpp"
#include "ports/source.hpp"
#include "sources/environment.hpp"
#include "sources/file_lock.hpp"
#include "sources/keyring_file.hpp"
#include "sources/stand_ins.hpp"

namespace lockstep {

/// What sources on this machine work with; all outlive them.
struct LocalSeams {
  Files& files;
  FileLocks& locks;
  const Environment& environment;
  Clock& clock;
  Random& random;
  Offload& offload;
  RestedReader& reader;  ///< of `files`
};

/// One key in a keyring, without its value.
struct KeyringItem {
  SourceKey id;
  Wall since{};              ///< when the current value was put
  std::size_t previous = 0;  ///< how many values before it are kept
};

/// One keyring file. Reads may use what was read before, until refresh(). Every change is made
/// under a lock beside the file (`<path>.lock`), on what the file holds at that moment, and is
/// durable on return; a failed change leaves the file as it was. Errors carry the path and, where
/// the keyring itself is the matter, a code of `keyring_code`.
class Keyring {
 public:
  /// `cost` is for a keyring that this object makes, or makes anew with rekey().
  Keyring(KeyringStandIn where, LocalSeams seams, KeyringCost cost = {});

  /// The current value; nothing when the file has no such key, and also while there is no file:
  /// the first put makes it. Even then the key file or passphrase must be there, so that a plan
  /// fails where the apply would.
  Awaitable<Result<std::optional<Secret>>> get(SourceKey id);
  /// Keeps `value` unless `id` has one; gives back what `id` has now.
  Awaitable<Result<Secret>> put_if_absent(SourceKey id, Secret value);
  /// Makes `value` the current one; the one before is kept until forget_previous(). The value it
  /// has already changes nothing.
  Awaitable<Result<void>> put(SourceKey id, Secret value);

  /// What is in it, sorted. This and what follows: `not_found`, code absent, where there is no
  /// file.
  Awaitable<Result<std::vector<KeyringItem>>> list();
  /// Encrypts all of it with another key, and a fresh salt. The caller's configuration must name
  /// the new key from then on; this object uses it already.
  Awaitable<Result<void>> rekey(KeyringKey key);
  /// Writes the exact bytes of a current value to a new file that only we can read. `invalid`
  /// when the file is there already.
  Awaitable<Result<void>> export_key(SourceKey id, Path to);
  /// Gives the value of `from`, with those before it, the name `to`, for a SecretSet that was
  /// renamed. `invalid` when `to` has a value already; `not_found` when `from` has none. The value
  /// is lost at no moment: both happen in one replacement of the file.
  Awaitable<Result<void>> move(SourceKey from, SourceKey to);
  /// Drops all values that are not current; gives back how many. Copies of the file made before
  /// still hold them.
  Awaitable<Result<std::size_t>> forget_previous();

  /// Drops what was read before.
  void refresh();

 private:
  /// What to do where there is no file.
  enum class WhenAbsent : std::uint8_t { make, refuse };
  /// The file as it is under the lock.
  struct Opened {
    std::unique_ptr<HeldLock> lock;
    KeyringKeys keys;
    KeyringContents contents = {};
  };
  /// A file that was read: its keys are kept to spare Argon2id the next time.
  struct Read {
    KeyringKeys keys;
    KeyringContents contents;
  };

  Awaitable<Result<KeyringKey>> key();
  Awaitable<Result<std::unique_ptr<HeldLock>>> lock();
  Awaitable<Result<std::optional<Read>>> read();
  Awaitable<Result<std::shared_ptr<const KeyringContents>>> contents();
  Awaitable<Result<Opened>> open_for_change(WhenAbsent when_absent);
  Awaitable<Result<void>> commit(Opened opened);
  Error absent() const;
  Error lacks(const SourceKey& id) const;

  KeyringStandIn where_;
  LocalSeams seams_;
  KeyringCost cost_;
  std::optional<KeyringKey> new_key_;  ///< after rekey(): in place of the configured one
  std::optional<KeyringKeys> keys_;    ///< of the last file that opened
  std::shared_ptr<const KeyringContents> contents_;
  std::uint64_t epoch_ = 0;  ///< grows with every change and refresh: a read begun before is stale
};

}  // namespace lockstep
