// The only way a value reaches GitHub.
#pragma once

#include <string_view>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace lockstep::providers::github {

/// How much longer a sealed value is.
inline constexpr std::size_t seal_overhead = 48;
/// The length of a scope's public key.
inline constexpr std::size_t public_key_bytes = 32;

/// libsodium's `crypto_box_seal` with randomness from the seam: only the holder of the private key
/// opens it, not even its maker. `protocol` when `public_key` is no usable key.
/// https://docs.github.com/en/rest/guides/encrypting-secrets-for-the-rest-api,
/// https://doc.libsodium.org/public-key_cryptography/sealed_boxes
Result<SecretBytes> seal(std::string_view public_key, std::string_view value, Random& random);

}  // namespace lockstep::providers::github
