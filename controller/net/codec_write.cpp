#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "net/codec.hpp"
#include "net/grammar.hpp"

namespace lockstep::net {

namespace {

void add_header(SecretBytes& out, std::string_view name, std::string_view value) {
  append(out, name);
  append(out, ": ");
  append(out, value);
  append(out, "\r\n");
}

bool names(const std::vector<Header>& headers, std::string_view lower_name) {
  return std::ranges::any_of(
      headers, [&](const Header& header) { return to_lower(header.name) == lower_name; });
}

Status check_headers(const std::vector<Header>& headers) {
  for (const auto& header : headers) {
    if (!is_token(header.name)) return fail(ErrorKind::invalid, "a header name is not valid");
    if (!is_field_value(header.value)) {
      return fail(ErrorKind::invalid,
                  "the value of header " + header.name + " holds a control character");
    }
  }
  return {};
}

bool may_have_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

std::string_view reason(int status) {
  struct Known {
    int status;
    std::string_view text;
  };
  static constexpr auto known = std::to_array<Known>({
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  });
  for (const auto& [number, text] : known) {
    if (number == status) return text;
  }
  return "Status";
}

}  // namespace

Result<SecretBytes> write_request(const Request& request, const Url& url,
                                  std::string_view user_agent) {
  if (!is_token(request.method)) return fail(ErrorKind::internal, "the HTTP method is not valid");
  TRY_OK(check_headers(request.headers));
  static constexpr auto ours = std::to_array<std::string_view>(
      {"host", "content-length", "transfer-encoding", "authorization", "connection"});
  for (const auto name : ours) {
    if (names(request.headers, name)) {
      return fail(ErrorKind::internal,
                  "the header " + std::string(name) + " belongs to the transport");
    }
  }
  if (!is_field_value(request.authorization.expose())) {
    return fail(ErrorKind::invalid,
                "the credential cannot be sent: it holds a line end or another control character");
  }
  SecretBytes out;
  out.reserve(1024 + request.authorization.size() + request.body.size());
  append(out, request.method);
  append(out, " ");
  append(out, url.target);
  append(out, " HTTP/1.1\r\n");
  add_header(out, "Host", url.host_header());
  if (!user_agent.empty() && !names(request.headers, "user-agent")) {
    add_header(out, "User-Agent", user_agent);
  }
  for (const auto& header : request.headers) add_header(out, header.name, header.value);
  if (!request.authorization.empty()) {
    add_header(out, "Authorization", request.authorization.expose());
  }
  if (!request.body.empty() || may_have_body(request.method)) {
    add_header(out, "Content-Length", std::to_string(request.body.size()));
  }
  append(out, "\r\n");
  append(out, view(request.body));
  return out;
}

Result<SecretBytes> write_response(const Response& response, bool head, bool keep_alive) {
  if (response.status < 100 || response.status > 999) {
    return fail(ErrorKind::internal, "the status of a response is not 100 to 999");
  }
  TRY_OK(check_headers(response.headers));
  const bool no_body = response.status < 200 || response.status == 204 || response.status == 304;
  SecretBytes out;
  out.reserve(512 + response.body.size());
  append(out, "HTTP/1.1 " + std::to_string(response.status) + " ");
  append(out, reason(response.status));
  append(out, "\r\n");
  for (const auto& header : response.headers) add_header(out, header.name, header.value);
  if (!no_body && !names(response.headers, "content-length")) {
    add_header(out, "Content-Length", std::to_string(response.body.size()));
  }
  if (!keep_alive) add_header(out, "Connection", "close");
  append(out, "\r\n");
  if (!head && !no_body) append(out, view(response.body));
  return out;
}

}  // namespace lockstep::net
