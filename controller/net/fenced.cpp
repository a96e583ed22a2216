#include "net/fenced.hpp"

namespace lockstep::net {

Awaitable<Result<Response>> Fenced::send(Request request) {
  if (request.effect == Effect::Write) {
    CO_TRY_OK(fence_.check(request.deadline));
  }
  co_return co_await next_.send(std::move(request));
}

}  // namespace lockstep::net
