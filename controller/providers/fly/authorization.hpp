// Fly.io's Authorization header.
#pragma once

#include "base/secret.hpp"
#include "providers/common/confidential.hpp"

namespace lockstep::providers::fly {

/// The header of a token as people store it: `FlyV1 fm2_...`, `Bearer FlyV1 fm2_...`, `fm2_a,fm2_b`
/// or an opaque one. With any macaroon in the list only the macaroons are sent, as `FlyV1`; else
/// everything as `Bearer`. The rule of https://github.com/superfly/fly-go (tokens/tokens.go).
/// Each token of the list is added to `hidden`.
Secret authorization(const Secret& token, Confidential& hidden);

}  // namespace lockstep::providers::fly
