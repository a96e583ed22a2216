// Accounts from a file: what the sandbox serves.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "sandbox/cloudflare.hpp"
#include "sandbox/fly.hpp"
#include "sandbox/github.hpp"

namespace lockstep::sandbox {

/// Fills the emulators from YAML (quickstart.yaml shows every field). `invalid` for anything that
/// is not understood; the emulators are then half filled and must not be used.
Status seed_accounts(std::string_view yaml, FlyEmulator& fly, CloudflareEmulator& cloudflare,
                     GitHubEmulator& github, Wall now);

}  // namespace lockstep::sandbox
