// Many clients of one server.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "loop.hpp"

namespace lockstep::net::testing {

/// Answers with the request's body.
inline Handler echo() {
  return handler([](Request request) {
    return Response{.status = 200, .headers = {}, .body = std::move(request.body)};
  });
}

/// Sends `text` and reads to the end of the connection.
inline Awaitable<std::string> talk(std::uint16_t port, std::string text) {
  auto socket = co_await dial(port);
  co_await write_text(socket, std::move(text));
  co_return co_await read_to_end(socket);
}

inline const std::string get = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";

/// Clients that wait: their connections are taken before anything else happens.
struct Crowd {
  Crowd(Loop& loop, std::uint16_t port, const std::string& text, std::size_t n)
      : outs(n, "none"), clients(loop.executor()), loop_(loop) {
    for (auto& out : outs) {
      bool written = false;
      clients.start(talk_slowly(port, text, written, out));
      loop.turn_until([&] { return written; });
    }
  }
  ~Crowd() {
    clients.cancel();
    loop_.turn_until([&] { return clients.drained(); });
  }
  static Awaitable<void> talk_slowly(std::uint16_t port, std::string text, bool& written,
                                     std::string& out) {
    auto socket = co_await dial(port);
    co_await write_text(socket, std::move(text));
    written = true;
    out = co_await read_to_end(socket);
  }
  std::size_t closed() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(outs, [](const auto& out) { return out != "none"; }));
  }

  std::vector<std::string> outs;
  Scope clients;
  Loop& loop_;
};

}  // namespace lockstep::net::testing
