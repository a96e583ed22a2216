// Digests and text encodings of bytes.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/secret.hpp"

namespace lockstep {

/// Lower-case hex.
std::string to_hex(std::string_view bytes);
/// The bytes of hexadecimal digits in either case, into wiped memory. Nothing where the text has
/// anything else, or an odd number of digits.
std::optional<SecretBytes> from_hex(std::string_view text);
/// SHA-256 as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);
/// SHA-1 as 40 lower-case hex digits: only to compare with what git wrote, never to rely on.
std::string sha1_hex(std::string_view bytes);
/// HMAC-SHA256 over the parts, each preceded by its length as 8 big-endian bytes, so that no two
/// lists of parts share an input; 64 lower-case hex digits.
std::string hmac_sha256_hex(const Secret& key, std::span<const std::string_view> parts);
/// Equality of two digests in constant time for equal lengths.
bool equal_digests(std::string_view a, std::string_view b);

/// Standard base64 with padding, into wiped memory (the input may be a value).
SecretBytes to_base64(std::string_view bytes);
/// Strict: padding required, no blanks. Nothing where the text is not base64.
std::optional<SecretBytes> from_base64(std::string_view text);
/// base64url without padding.
SecretBytes to_base64url(std::string_view bytes);

}  // namespace lockstep
