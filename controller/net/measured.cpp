#include "net/measured.hpp"

#include <algorithm>
#include <array>

namespace lockstep::net {

namespace {

constexpr std::size_t longest_id = 64;

bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= longest_id && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':';
  });
}

}  // namespace

std::string request_id(const Response& response) {
  static constexpr auto headers = std::to_array<std::string_view>(
      {"cf-ray", "fly-request-id", "x-github-request-id", "x-request-id"});
  for (const auto name : headers) {
    if (const auto id = response.header(name); is_plain(id)) return std::string(id);
  }
  return {};
}

Measured::Measured(HttpClient& next, Clock& clock, Metrics& metrics, EventLog& log,
                   CallerLabels labels)
    : next_(next), clock_(clock), metrics_(metrics), log_(log), labels_(std::move(labels)) {}

Awaitable<Result<Response>> Measured::send(Request request) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const Mono began = clock_.mono();
  const std::string operation = request.operation;
  const std::string method = request.method;
  auto answer = co_await next_.send(std::move(request));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.mono() - began);
  const std::string code =
      answer ? std::to_string(answer->status) : std::string(to_string(answer.error().kind));
  metrics_.requested(labels_.provider, labels_.credential, operation, code);
  std::vector<LogField> fields{{"provider", labels_.provider},
                               {"credential", labels_.credential},
                               {"operation", operation},
                               {"method", method},
                               {"code", code},
                               {"ms", took.count()}};
  if (!answer) {
    fields.emplace_back("error", answer.error().message);
  } else if (const auto id = request_id(*answer); !id.empty()) {
    fields.emplace_back("request_id", id);
  }
  log_.write(LogLevel::debug, "provider request", std::move(fields));
  co_return answer;
}

}  // namespace lockstep::net
