// S7: no write without the right to write.
#pragma once

#include "base/fence.hpp"
#include "net/http.hpp"

namespace lockstep::net {

/// Asks the fence about every Write, with the request's own deadline, and lets Reads pass. It
/// waits for nothing, so it belongs below everything that does (the budget) and directly above
/// what sends. Over `next`; both references must outlive it.
class Fenced final : public HttpClient {
 public:
  Fenced(HttpClient& next, const WriteFence& fence) : next_(next), fence_(fence) {}
  Awaitable<Result<Response>> send(Request request) override;

 private:
  HttpClient& next_;
  const WriteFence& fence_;
};

}  // namespace lockstep::net
