// An HttpClient that answers from a script and remembers what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "net/http.hpp"

namespace lockstep::testing {

class ScriptedHttp final : public net::HttpClient {
 public:
  struct Asked {
    std::string method;
    std::string url;
    std::vector<net::Header> headers;
    std::string authorization;
    std::string body;
    net::Effect effect;
    std::string operation;
  };

  /// The next answer.
  void answer(int status, std::string_view body, std::vector<net::Header> headers = {}) {
    net::Response response{.status = status, .headers = std::move(headers), .body = to_bytes(body)};
    script_.emplace_back(std::move(response));
  }
  /// The next request fails like this.
  void fail_with(Error error) { script_.emplace_back(std::move(error)); }

  const std::vector<Asked>& asked() const { return asked_; }
  bool exhausted() const { return script_.empty(); }

  Awaitable<Result<net::Response>> send(net::Request request) override {
    asked_.push_back({request.method, request.url, request.headers,
                      std::string(request.authorization.expose()), std::string(view(request.body)),
                      request.effect, request.operation});
    if (script_.empty())
      throw std::logic_error("unexpected request: " + request.method + " " + request.url);
    auto next = std::move(script_.front());
    script_.pop_front();
    if (auto* error = std::get_if<Error>(&next)) co_return std::unexpected(std::move(*error));
    co_return std::move(std::get<net::Response>(next));
  }

 private:
  std::deque<std::variant<net::Response, Error>> script_;
  std::vector<Asked> asked_;
};

}  // namespace lockstep::testing
