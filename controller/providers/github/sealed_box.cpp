#include "providers/github/sealed_box.hpp"

#include <sodium.h>

#include <array>

namespace lockstep::providers::github {

namespace {

static_assert(crypto_box_SEALBYTES == seal_overhead);
static_assert(crypto_box_PUBLICKEYBYTES == public_key_bytes);

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets(SecretBytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

Result<SecretBytes> seal(std::string_view public_key, std::string_view value, Random& random) {
  if (sodium_init() < 0) return fail(ErrorKind::internal, "libsodium cannot start");
  if (public_key.size() != public_key_bytes) {
    return fail(ErrorKind::protocol, "GitHub's public key is not 32 bytes long");
  }
  // A key pair for this one box: its public half leads the box, its secret half is forgotten.
  SecretBytes seed(crypto_box_SEEDBYTES);
  SecretBytes secret_half(crypto_box_SECRETKEYBYTES);
  SecretBytes box(seal_overhead + value.size());
  random.fill({octets(seed), seed.size()});
  crypto_box_seed_keypair(octets(box), octets(secret_half), octets(seed));

  std::array<unsigned char, crypto_box_NONCEBYTES> nonce{};
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, nonce.size());
  crypto_generichash_update(&state, octets(box), crypto_box_PUBLICKEYBYTES);
  crypto_generichash_update(&state, octets(public_key), public_key.size());
  crypto_generichash_final(&state, nonce.data(), nonce.size());

  const int sealed =
      crypto_box_easy(octets(box) + crypto_box_PUBLICKEYBYTES, octets(value), value.size(),
                      nonce.data(), octets(public_key), octets(secret_half));
  if (sealed != 0) return fail(ErrorKind::protocol, "GitHub's public key cannot be sealed to");
  return box;
}

}  // namespace lockstep::providers::github
