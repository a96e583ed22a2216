// Values that lockstep makes itself.
#pragma once

#include "api/kinds.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"

namespace lockstep {

/// A new value with at least `wanted.bytes` bytes of entropy; `wanted.bytes` is at least 1 (the
/// manifests are validated). Hex: two lower-case digits a byte. Base64: with padding. Base64URL:
/// without. Alphanumeric: A-Z, a-z and 0-9, each equally likely, as many as `bytes` random bytes
/// need: 43 characters for 32 bytes.
Secret generate(const api::Generate& wanted, Random& random);

}  // namespace lockstep
