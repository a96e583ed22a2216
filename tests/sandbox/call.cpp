#include "sandbox/call.hpp"

#include <charconv>

#include "base/text.hpp"

namespace lockstep::sandbox {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::vector<std::string> segments_of(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  return split(path, '/');
}

}  // namespace

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

std::string_view Call::header(std::string_view name) const {
  const std::string wanted = to_lower(name);
  for (const auto& header : request->headers) {
    if (to_lower(header.name) == wanted) return header.value;
  }
  return {};
}

std::string_view Call::authorization() const {
  if (!request->authorization.empty()) return request->authorization.expose();
  return header("authorization");
}

std::optional<std::string> Call::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> Call::number(std::string_view name) const {
  const auto text = parameter(name);
  if (!text) return std::nullopt;
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return out;
}

Call parse_call(const net::Request& request) {
  std::string_view rest = request.url;
  if (const auto scheme = rest.find("://"); scheme != std::string_view::npos) {
    const auto slash = rest.find('/', scheme + 3);
    rest = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
  }
  rest = rest.substr(0, rest.find('#'));
  Call call{.request = &request, .path = {}, .segments = {}, .query = {}};
  const auto mark = rest.find('?');
  call.path = std::string(rest.substr(0, mark));
  call.segments = segments_of(call.path);
  if (mark == std::string_view::npos) return call;
  for (const auto& part : split(rest.substr(mark + 1), '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto value = equals == std::string::npos ? std::string() : part.substr(equals + 1);
    call.query.emplace_back(percent_decode(part.substr(0, equals)), percent_decode(value));
  }
  return call;
}

std::optional<std::vector<std::string>> match_path(std::string_view pattern, const Call& call) {
  const auto wanted = segments_of(pattern);
  if (wanted.size() != call.segments.size()) return std::nullopt;
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == "{}") {
      arguments.push_back(percent_decode(call.segments[i]));
      if (arguments.back().empty()) return std::nullopt;
    } else if (wanted[i] != call.segments[i]) {
      return std::nullopt;
    }
  }
  return arguments;
}

}  // namespace lockstep::sandbox
