// One credential's way to one provider: token, address, deadline.
#pragma once

#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/http.hpp"
#include "ports/provider.hpp"
#include "providers/common/confidential.hpp"

namespace lockstep::providers {

/// Gives the token of a credential; asked before every request, so that a new token works at once.
using TokenSource = std::function<Awaitable<Result<Secret>>()>;

/// A request that is ready to leave, and the values it carries.
struct Prepared {
  net::Request request;
  Confidential hidden;
};

/// What a provider's requests have in common.
class Caller {
 public:
  /// Makes the Authorization header of a token (blanks around it are gone, never empty) and adds
  /// to `hidden` every part of it that must not be shown. A public word before the token, such as
  /// `Bearer`, is not added: it would leave out every text that has the word.
  using Authorize = std::function<Secret(const Secret& token, Confidential& hidden)>;

  /// `http` and `clock` outlive this. `base_url` has no slash at its end.
  Caller(net::HttpClient& http, Clock& clock, TokenSource token, std::string base_url,
         Authorize authorize);

  /// Puts address, deadline and Authorization on a request whose url is a path (`/v1/apps`).
  /// `unauthorized` when the token is empty or cannot stand in a header; the token source's own
  /// Error otherwise. Nothing is sent.
  Awaitable<Result<Prepared>> prepare(net::Request request, CallContext context) const;
  /// Sends what prepare() made.
  Awaitable<Result<net::Response>> send(net::Request request) const;
  Clock& clock() const { return clock_; }

 private:
  net::HttpClient& http_;
  Clock& clock_;
  TokenSource token_;
  std::string base_url_;
  Authorize authorize_;
};

/// A GET whose url is still a path.
net::Request read_request(std::string path, std::string operation);

/// True when a failed send of a Write surely left nothing behind (net/http.hpp says which kinds).
bool nothing_was_sent(const Error& error);

}  // namespace lockstep::providers
