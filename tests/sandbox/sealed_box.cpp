// https://doc.libsodium.org/public-key_cryptography/sealed_boxes
#include "sandbox/sealed_box.hpp"

#include <sodium.h>

#include <array>
#include <stdexcept>

namespace lockstep::sandbox {

namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(SecretBytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace

BoxKeys make_box_keys(std::string_view seed) {
  std::array<unsigned char, crypto_box_SEEDBYTES> digest{};
  crypto_generichash(digest.data(), digest.size(), bytes_of(seed), seed.size(), nullptr, 0);
  BoxKeys keys;
  keys.public_key.resize(crypto_box_PUBLICKEYBYTES);
  SecretBytes private_key(crypto_box_SECRETKEYBYTES);
  crypto_box_seed_keypair(reinterpret_cast<unsigned char*>(keys.public_key.data()),
                          bytes_of(private_key), digest.data());
  keys.private_key = Secret(std::move(private_key));
  return keys;
}

std::optional<Secret> open_box(const BoxKeys& keys, std::string_view box) {
  if (box.size() < crypto_box_SEALBYTES) return std::nullopt;
  // One byte more: an empty value still needs an address to be written to.
  SecretBytes value(box.size() - crypto_box_SEALBYTES + 1);
  if (crypto_box_seal_open(bytes_of(value), bytes_of(box), box.size(), bytes_of(keys.public_key),
                           bytes_of(keys.private_key.expose())) != 0) {
    return std::nullopt;
  }
  value.pop_back();
  return Secret(std::move(value));
}

SecretBytes seal_box(std::string_view public_key, std::string_view value) {
  if (public_key.size() != crypto_box_PUBLICKEYBYTES || sodium_init() < 0) {
    throw std::invalid_argument("seal_box");
  }
  SecretBytes box(value.size() + crypto_box_SEALBYTES);
  if (crypto_box_seal(bytes_of(box), bytes_of(value), value.size(), bytes_of(public_key)) != 0) {
    throw std::invalid_argument("seal_box");
  }
  return box;
}

}  // namespace lockstep::sandbox
