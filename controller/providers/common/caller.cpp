#include "providers/common/caller.hpp"

#include "base/text.hpp"

namespace lockstep::providers {

namespace {

/// A header value holds visible ASCII and single blanks; anything else would be a second header or
/// a token that was stored with its line end.
bool fits_header(std::string_view token) {
  for (const char c : token) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return !token.empty();
}

}  // namespace

Caller::Caller(net::HttpClient& http, Clock& clock, TokenSource token, std::string base_url,
               Authorize authorize)
    : http_(http),
      clock_(clock),
      token_(std::move(token)),
      base_url_(std::move(base_url)),
      authorize_(std::move(authorize)) {}

Awaitable<Result<Prepared>> Caller::prepare(net::Request request, CallContext context) const {
  auto asked = token_();
  CO_TRY(const Secret stored, co_await std::move(asked));
  const Secret token(trim(stored.expose()));
  if (!fits_header(token.expose())) {
    co_return fail(ErrorKind::unauthorized,
                   token.empty() ? "the credential's token is empty"
                                 : "the credential's token holds characters that no token has "
                                   "(a line break in the middle?)");
  }
  Prepared prepared{.request = std::move(request), .hidden = {}};
  prepared.request.authorization = authorize_(token, prepared.hidden);
  prepared.request.url.insert(0, base_url_);
  prepared.request.deadline = context.deadline;
  co_return prepared;
}

Awaitable<Result<net::Response>> Caller::send(net::Request request) const {
  return http_.send(std::move(request));
}

net::Request read_request(std::string path, std::string operation) {
  net::Request request;
  request.url = std::move(path);
  request.operation = std::move(operation);
  return request;
}

bool nothing_was_sent(const Error& error) {
  switch (error.kind) {
    case ErrorKind::transient:
    case ErrorKind::throttled:
    case ErrorKind::fenced:
    case ErrorKind::invalid:
    case ErrorKind::unauthorized:
    case ErrorKind::forbidden:
    case ErrorKind::unsupported:
      return true;
    // A cancelled write may have left before the cancel came: looking again is cheap.
    case ErrorKind::cancelled:
    case ErrorKind::outcome_unknown:
    case ErrorKind::protocol:
    case ErrorKind::conflict:
    case ErrorKind::not_found:
    case ErrorKind::storage:
    case ErrorKind::internal:
      return false;
  }
  return false;
}

}  // namespace lockstep::providers
