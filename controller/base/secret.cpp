#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace lockstep {

void wipe(void* data, std::size_t size) noexcept {
  OPENSSL_cleanse(data, size);
}

bool equal(const Secret& a, const Secret& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.expose().data(), b.expose().data(), a.size()) == 0;
}

}  // namespace lockstep
