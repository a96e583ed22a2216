// A keyring's bytes: header, key derivation, encryption. No I/O.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/files.hpp"
#include "base/random.hpp"
#include "sources/keyring_contents.hpp"

namespace lockstep {

/// What a user holds to open a keyring.
struct KeyringKey {
  enum class Kind : std::uint8_t {
    file = 1,        ///< `secret` is the 32 bytes of a key file
    passphrase = 2,  ///< `secret` is a passphrase; the key is made of it with Argon2id
  };
  Kind kind = Kind::file;
  Secret secret;

  KeyringKey clone() const { return {.kind = kind, .secret = secret.clone()}; }
};

/// Argon2id's costs; the defaults are the second recommendation of RFC 9106, section 4.
struct KeyringCost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 64 * 1024;
  bool operator==(const KeyringCost&) const = default;
};

/// How a file's key is made of what the user holds; stands in its header.
struct KeyringKdf {
  KeyringKey::Kind kind = KeyringKey::Kind::file;
  KeyringCost cost;  ///< zeros for a key file
  std::array<unsigned char, 16> salt{};
  bool operator==(const KeyringKdf&) const = default;
};

/// The keys of one file.
struct KeyringKeys {
  KeyringKdf kdf;
  Secret encryption;
  std::string check;  ///< stands in the header; tells a wrong key from damage

  KeyringKeys clone() const {
    return {.kdf = kdf, .encryption = encryption.clone(), .check = check};
  }
};

/// Error::code of what can be wrong with a keyring, each with a remedy of its own.
namespace keyring_code {
inline constexpr std::string_view absent = "keyring_absent";
inline constexpr std::string_view wrong_key = "keyring_wrong_key";
inline constexpr std::string_view damaged = "keyring_damaged";
inline constexpr std::string_view foreign = "keyring_foreign";  ///< no keyring, or a newer one's
inline constexpr std::string_view no_key = "keyring_no_key";
}  // namespace keyring_code

/// How a new file's key is to be made: fresh salt. `cost` is for passphrases.
KeyringKdf new_keyring_kdf(const KeyringKey& key, KeyringCost cost, Random& random);

/// The header of a file, after its own checks: magic, checksum, version, bounds (Argon2id at most
/// 1 GiB and 16 passes, so that a hostile file cannot stall or exhaust the machine).
Result<KeyringKdf> read_keyring_kdf(std::string_view file);

/// Slow for passphrases (about 0.2 s and 64 MiB at the default cost). `invalid` with code
/// wrong_key when the file is for the other kind of key.
Result<KeyringKeys> derive_keyring_keys(const KeyringKey& key, const KeyringKdf& kdf);

/// Decrypts a file. Errors: wrong_key when `keys` are not the file's; damaged when any byte of it
/// was changed, cut or added.
Result<KeyringContents> open_keyring(std::string_view file, const KeyringKeys& keys);

/// 192 random bits: safe to draw afresh for every write, without a counter.
using KeyringNonce = std::array<unsigned char, 24>;
KeyringNonce new_keyring_nonce(Random& random);

/// Encrypts. `invalid` when the file would be larger than max_keyring_bytes.
Result<SecretBytes> seal_keyring(const KeyringContents& contents, const KeyringKeys& keys,
                                 const KeyringNonce& nonce);

/// Reads a key file: 32 raw bytes, or 64 hex digits and an optional line end. Refused when it is
/// not a regular file of ours that only we can read. code no_key.
Result<KeyringKey> read_keyring_key_file(const FileReader& files, const Path& path);

}  // namespace lockstep
