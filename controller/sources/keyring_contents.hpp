// What a keyring holds, and its plain form inside the encryption.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "ports/source.hpp"

namespace lockstep {

/// A value and since when it is, or was, the one in use.
struct KeyringValue {
  Secret value;
  Wall since{};
};

/// One key of one Secret.
struct KeyringEntry {
  KeyringValue current;
  std::vector<KeyringValue> previous = {};  ///< the one before the current first
};

struct KeyringContents {
  std::map<SourceKey, KeyringEntry> entries;
};

/// The largest keyring file that is written or read.
inline constexpr std::size_t max_keyring_bytes = 16 << 20;

/// The contents as bytes, in wiped memory. Stable: decode(encode(c)) == c.
SecretBytes encode(const KeyringContents& contents);
/// `invalid` when the bytes are not what encode() gives. They passed authentication before, so
/// this is a defect or a newer lockstep, never an attacker.
Result<KeyringContents> decode_keyring_contents(std::string_view bytes);

}  // namespace lockstep
