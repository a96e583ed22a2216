// A Fly.io of a few scripted machines: what each request gets, and what was asked, when.
#pragma once

#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "machine.hpp"
#include "net/http.hpp"

namespace lockstep::providers::fly::test {

/// Requests are named `list`, and `show m1`, `lease m1`, `refresh m1`, `update m1`, `release m1`.
/// Each name has answers of its own, given in turn; the last one stays.
class MachinesServer final : public net::HttpClient {
 public:
  struct Asked {
    std::string what;
    std::string url;
    std::string body;
    std::string nonce;
    bool with_nonce = false;
    std::string content_type;
    std::string bucket;
    std::string operation;
    Mono at{};
    Mono deadline{};
  };

  explicit MachinesServer(Clock& clock) : clock_(clock) {}

  void answer(const std::string& what, int status, std::string_view body) {
    answers_[what].emplace_back(net::Response{.status = status, .body = to_bytes(body)});
  }
  void fail_with(const std::string& what, ErrorKind kind) {
    answers_[what].emplace_back(Error{.kind = kind, .message = "scripted"});
  }
  /// The list, with these machines in it.
  void lists(const std::vector<Shape>& machines) {
    std::string body;
    for (const auto& machine : machines) body += (body.empty() ? "[" : ",") + json_of(machine);
    answer("list", 200, body.empty() ? "[]" : body + "]");
  }
  void shows(const Shape& machine) { answer("show " + machine.id, 200, json_of(machine)); }
  /// Everything that an update of this machine takes, without any fault; its instance becomes
  /// `next`. What the lists show is left to the test.
  void lets_update(const Shape& machine, const std::string& next) {
    leases(machine.id, machine.instance);
    shows(machine);
    auto after = machine;
    after.instance = next;
    answer("update " + machine.id, 200, json_of(after));
    shows(after);
  }
  void leases(const std::string& id, const std::string& instance) {
    const auto body = R"({"status":"success","data":{"nonce":"nonce-)" + id + R"(","version":")" +
                      instance + "\"}}";
    answer("lease " + id, 200, body);
    answer("refresh " + id, 200, body);
    answer("release " + id, 200, R"({"status":"success","data":{"ok":true}})");
  }
  Nanos latency{};  ///< of every request
  /// Another answer instead of those so far.
  void forget(const std::string& what) { answers_.erase(what); }

  const std::vector<Asked>& asked() const { return asked_; }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& one : asked_) out.push_back(one.what);
    return out;
  }
  std::vector<Asked> asked(const std::string& what) const {
    std::vector<Asked> out;
    for (const auto& one : asked_) {
      if (one.what == what) out.push_back(one);
    }
    return out;
  }

  Awaitable<Result<net::Response>> send(net::Request request) override {
    Asked asked{.what = "",
                .url = request.url,
                .body = std::string(view(request.body)),
                .nonce = "",
                .content_type = "",
                .bucket = request.bucket,
                .operation = request.operation,
                .at = clock_.mono(),
                .deadline = request.deadline};
    for (const auto& header : request.headers) {
      if (header.name == "Content-Type") asked.content_type = header.value;
      if (header.name != "fly-machine-lease-nonce") continue;
      asked.with_nonce = true;
      asked.nonce = header.value;
    }
    asked.what = name_of(request, asked.nonce);
    auto& answers = answers_[asked.what];
    asked_.push_back(std::move(asked));
    if (answers.empty()) throw std::logic_error("unexpected request: " + asked_.back().what);
    auto next = answers.front();
    if (answers.size() > 1) answers.pop_front();
    if (latency > Nanos{}) (void)co_await clock_.sleep_until(clock_.mono() + latency);
    if (auto* error = std::get_if<Error>(&next)) co_return std::unexpected(std::move(*error));
    co_return std::move(std::get<net::Response>(next));
  }

 private:
  static std::string name_of(const net::Request& request, const std::string& nonce) {
    const std::string machines = "/machines";
    const auto rest = request.url.substr(request.url.find(machines) + machines.size());
    if (rest.empty()) return "list";
    const auto id = rest.substr(1, rest.find('/', 1) - 1);
    if (request.method == "GET") return "show " + id;
    if (request.method == "DELETE") return "release " + id;
    if (!rest.contains("/lease")) return "update " + id;
    return (nonce.empty() ? "lease " : "refresh ") + id;
  }

  Clock& clock_;
  std::map<std::string, std::deque<std::variant<net::Response, Error>>> answers_;
  std::vector<Asked> asked_;
};

}  // namespace lockstep::providers::fly::test
