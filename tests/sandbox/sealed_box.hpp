// Sealed boxes as GitHub takes them: X25519, XSalsa20-Poly1305, an ephemeral key a box.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/secret.hpp"

namespace lockstep::sandbox {

/// The key pair of one place that takes boxes.
struct BoxKeys {
  std::string public_key;  ///< 32 bytes
  Secret private_key;
};

/// A key pair that is a function of `seed`.
BoxKeys make_box_keys(std::string_view seed);
/// What is in the box; nothing when these keys do not open it.
std::optional<Secret> open_box(const BoxKeys& keys, std::string_view box);
/// What a client makes of a value: a new box each time. `public_key` has 32 bytes.
SecretBytes seal_box(std::string_view public_key, std::string_view value);

}  // namespace lockstep::sandbox
