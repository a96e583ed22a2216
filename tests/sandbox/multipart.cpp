#include "sandbox/multipart.hpp"

#include "base/text.hpp"

namespace lockstep::sandbox {

namespace {

/// The value of `key` in `a; key=value; key="value"`; "" when there is none.
std::string attribute(std::string_view header, std::string_view key) {
  for (const auto& piece : split(header, ';')) {
    const auto text = trim(piece);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || to_lower(text.substr(0, equals)) != key) continue;
    auto value = text.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    return std::string(value);
  }
  return {};
}

std::optional<Part> parse_part(std::string_view text) {
  const auto blank = text.find("\r\n\r\n");
  if (blank == std::string_view::npos) return std::nullopt;
  Part part{.name = {}, .content_type = {}, .body = text.substr(blank + 4)};
  for (const auto& line : split(text.substr(0, blank), '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto name = to_lower(line.substr(0, colon));
    const auto value = trim(std::string_view(line).substr(colon + 1));
    if (name == "content-disposition") part.name = attribute(value, "name");
    if (name == "content-type") part.content_type = std::string(value);
  }
  return part;
}

}  // namespace

std::optional<std::vector<Part>> parse_form(std::string_view content_type, std::string_view body) {
  if (!to_lower(content_type).starts_with("multipart/form-data")) return std::nullopt;
  const auto boundary = attribute(content_type, "boundary");
  if (boundary.empty()) return std::nullopt;
  const std::string delimiter = "--" + boundary;
  std::vector<Part> parts;
  auto at = body.find(delimiter);
  while (at != std::string_view::npos) {
    auto rest = body.substr(at + delimiter.size());
    if (rest.starts_with("--")) return parts;
    if (!rest.starts_with("\r\n")) return std::nullopt;
    rest.remove_prefix(2);
    const auto end = rest.find("\r\n" + delimiter);
    if (end == std::string_view::npos) return std::nullopt;
    auto part = parse_part(rest.substr(0, end));
    if (!part) return std::nullopt;
    parts.push_back(std::move(*part));
    at = static_cast<std::size_t>(rest.data() - body.data()) + end + 2;
  }
  return std::nullopt;
}

const Part* find_part(const std::vector<Part>& parts, std::string_view name) {
  for (const auto& part : parts) {
    if (part.name == name) return &part;
  }
  return nullptr;
}

}  // namespace lockstep::sandbox
