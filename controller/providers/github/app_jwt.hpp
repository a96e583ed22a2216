// How a GitHub App says who it is.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace lockstep::providers::github {

/// A JWT of the App, signed RS256 with its private key (PEM): from a minute before `now`, because
/// clocks differ, until nine minutes after it; GitHub takes ten at most. `unauthorized` when the
/// text is no RSA private key without a passphrase; the error says so and quotes nothing.
/// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
Result<Secret> app_jwt(std::string_view app_id, const Secret& private_key, Wall now);

}  // namespace lockstep::providers::github
