// The file, numbers big-endian:
//     0  16  "lockstep keyring"
//    16   4  version, 1
//    20   4  kind of key: 1 key file, 2 passphrase
//    24   4  Argon2id passes         (0 for a key file)
//    28   4  Argon2id memory in KiB  (0 for a key file)
//    32  16  salt
//    48  16  key check
//    64  24  nonce
//    88  16  checksum: BLAKE2b-128 of bytes 0 to 87
//   104      XChaCha20-Poly1305 of the contents, with bytes 0 to 103 as associated data
// The master key is the key file's 32 bytes or Argon2id(passphrase, salt); encryption key and key
// check are BLAKE2b of a label and the salt, keyed with it. The checksum only tells a damaged
// header from a wrong key and from a newer version; the authentication is what protects. Newer
// versions keep the first 104 bytes in this order.
// The primitives: https://doc.libsodium.org/secret-key_cryptography/aead/chacha20-poly1305
// and https://doc.libsodium.org/password_hashing/default_phf
#include "sources/keyring_file.hpp"

#include <sodium.h>

#include "sources/byte_order.hpp"

namespace lockstep {

namespace {

constexpr std::string_view magic = "lockstep keyring";
constexpr std::uint32_t version = 1;
constexpr std::size_t key_bytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t check_bytes = 16;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t check_at = 48;
constexpr std::size_t nonce_at = 64;
constexpr std::size_t checksum_at = 88;
constexpr std::size_t header_bytes = 104;
static_assert(std::tuple_size_v<KeyringNonce> == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(sizeof(KeyringKdf::salt) == crypto_pwhash_SALTBYTES);

// Lower costs than ours were never written; higher ones are for machines larger than any we know.
constexpr KeyringCost least_cost{.passes = 1, .memory_kib = 8 * 1024};
constexpr KeyringCost greatest_cost{.passes = 16, .memory_kib = 1024 * 1024};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(SecretBytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::unexpected<Error> refuse(std::string_view code, std::string message) {
  return fail(
      Error{.kind = ErrorKind::invalid, .message = std::move(message), .code = std::string(code)});
}
std::unexpected<Error> damaged(std::string_view how) {
  return refuse(keyring_code::damaged, "the keyring is damaged or was tampered with (" +
                                           std::string(how) +
                                           "): put back a good copy; nothing was changed");
}

/// Idempotent and safe from any thread.
Status ready() {
  if (sodium_init() < 0) return fail(ErrorKind::internal, "libsodium cannot start");
  return {};
}

/// BLAKE2b of the parts, `size` bytes, keyed unless `key` is empty.
SecretBytes blake2b(std::size_t size, std::string_view key,
                    std::initializer_list<std::string_view> parts) {
  SecretBytes out(size);
  crypto_generichash_state state;
  crypto_generichash_init(&state, bytes_of(key), key.size(), size);
  for (const auto part : parts) crypto_generichash_update(&state, bytes_of(part), part.size());
  crypto_generichash_final(&state, bytes_of(out), size);
  wipe(&state, sizeof state);
  return out;
}

SecretBytes header_of(const KeyringKeys& keys, const KeyringNonce& nonce) {
  SecretBytes out = to_bytes(magic);
  put_number<4>(out, version);
  put_number<4>(out, static_cast<std::uint64_t>(keys.kdf.kind));
  put_number<4>(out, keys.kdf.cost.passes);
  put_number<4>(out, keys.kdf.cost.memory_kib);
  out.insert(out.end(), keys.kdf.salt.begin(), keys.kdf.salt.end());
  append(out, keys.check);
  out.insert(out.end(), nonce.begin(), nonce.end());
  append(out, view(blake2b(check_bytes, {}, {view(out)})));
  return out;
}

bool within_bounds(const KeyringKdf& kdf) {
  switch (kdf.kind) {
    case KeyringKey::Kind::file:
      return kdf.cost == KeyringCost{.passes = 0, .memory_kib = 0};
    case KeyringKey::Kind::passphrase:
      return kdf.cost.passes >= least_cost.passes && kdf.cost.passes <= greatest_cost.passes &&
             kdf.cost.memory_kib >= least_cost.memory_kib &&
             kdf.cost.memory_kib <= greatest_cost.memory_kib;
  }
  return false;
}

Result<Secret> stretch(const Secret& passphrase, const KeyringKdf& kdf) {
  SecretBytes out(key_bytes);
  const auto text = passphrase.expose();
  if (crypto_pwhash(bytes_of(out), out.size(), text.data(), text.size(), kdf.salt.data(),
                    kdf.cost.passes, std::size_t{kdf.cost.memory_kib} * 1024,
                    crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorKind::transient, "the keyring's passphrase needs " +
                                          std::to_string(kdf.cost.memory_kib / 1024) +
                                          " MiB of memory to be checked: free some");
  }
  return Secret(std::move(out));
}

}  // namespace

KeyringKdf new_keyring_kdf(const KeyringKey& key, KeyringCost cost, Random& random) {
  KeyringKdf out{.kind = key.kind, .cost = {.passes = 0, .memory_kib = 0}};
  if (key.kind == KeyringKey::Kind::passphrase) out.cost = cost;
  random.fill(out.salt);
  return out;
}

KeyringNonce new_keyring_nonce(Random& random) {
  KeyringNonce out{};
  random.fill(out);
  return out;
}

Result<KeyringKdf> read_keyring_kdf(std::string_view file) {
  TRY_OK(ready());
  if (file.empty()) return damaged("the file is empty");
  if (!file.starts_with(magic.substr(0, file.size()))) {
    return refuse(keyring_code::foreign,
                  "this is not a keyring, or its first bytes are damaged: name the right file, or "
                  "put back a good copy; it will not be overwritten");
  }
  if (file.size() < header_bytes + tag_bytes) return damaged("the file is cut");
  const auto checksum = blake2b(check_bytes, {}, {file.substr(0, checksum_at)});
  if (view(checksum) != file.substr(checksum_at, check_bytes)) return damaged("in its header");
  if (get_number(file.substr(16, 4)) != version) {
    return refuse(keyring_code::foreign,
                  "the keyring was written by a newer lockstep: use that one or a later one");
  }
  KeyringKdf out{
      .kind = static_cast<KeyringKey::Kind>(get_number(file.substr(20, 4)) & 0xff),
      .cost = {.passes = static_cast<std::uint32_t>(get_number(file.substr(24, 4))),
               .memory_kib = static_cast<std::uint32_t>(get_number(file.substr(28, 4)))}};
  std::memcpy(out.salt.data(), file.data() + 32, out.salt.size());
  if (get_number(file.substr(20, 4)) > 0xff || !within_bounds(out)) {
    return damaged("its header asks for what lockstep never writes");
  }
  return out;
}

Result<KeyringKeys> derive_keyring_keys(const KeyringKey& key, const KeyringKdf& kdf) {
  TRY_OK(ready());
  if (key.kind != kdf.kind) {
    const bool wants_file = kdf.kind == KeyringKey::Kind::file;
    return refuse(
        keyring_code::wrong_key,
        std::string("the keyring opens with a ") +
            (wants_file ? "key file, not with a passphrase" : "passphrase, not with a key file") +
            ": give it that one (keyFile or passphrase in lockstep.local.yaml)");
  }
  Secret master = key.secret.clone();
  if (kdf.kind == KeyringKey::Kind::passphrase) {
    TRY(master, stretch(key.secret, kdf));
  }
  const std::string_view salt(reinterpret_cast<const char*>(kdf.salt.data()), kdf.salt.size());
  const auto check = blake2b(check_bytes, master.expose(), {"lockstep keyring 1 key check", salt});
  return KeyringKeys{.kdf = kdf,
                     .encryption = Secret(blake2b(key_bytes, master.expose(),
                                                  {"lockstep keyring 1 encryption", salt})),
                     .check = std::string(view(check))};
}

Result<KeyringContents> open_keyring(std::string_view file, const KeyringKeys& keys) {
  TRY(const auto kdf, read_keyring_kdf(file));
  if (kdf != keys.kdf ||
      sodium_memcmp(file.data() + check_at, keys.check.data(), check_bytes) != 0) {
    return refuse(keyring_code::wrong_key,
                  "this key does not open the keyring, which is undamaged: give the key it was "
                  "made with (keyFile or passphrase in lockstep.local.yaml)");
  }
  const auto sealed = file.substr(header_bytes);
  SecretBytes plain(sealed.size() - tag_bytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          bytes_of(plain), nullptr, nullptr, bytes_of(sealed), sealed.size(), bytes_of(file),
          header_bytes, bytes_of(file) + nonce_at, bytes_of(keys.encryption.expose())) != 0) {
    return damaged("its contents do not pass authentication");
  }
  return decode_keyring_contents(view(plain));
}

Result<SecretBytes> seal_keyring(const KeyringContents& contents, const KeyringKeys& keys,
                                 const KeyringNonce& nonce) {
  TRY_OK(ready());
  const auto plain = encode(contents);
  SecretBytes out = header_of(keys, nonce);
  if (plain.size() > max_keyring_bytes - header_bytes - tag_bytes) {
    return fail(ErrorKind::invalid,
                "the keyring would be larger than 16 MiB: drop previous values with `lockstep "
                "keyring forget-previous`, or use a second keyring");
  }
  out.resize(header_bytes + plain.size() + tag_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      bytes_of(out) + header_bytes, nullptr, bytes_of(view(plain)), plain.size(), bytes_of(out),
      header_bytes, nullptr, nonce.data(), bytes_of(keys.encryption.expose()));
  return out;
}

}  // namespace lockstep
