// multipart/form-data (RFC 7578), as wrangler and curl -F send it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::sandbox {

/// One part; `body` points into the text that was parsed.
struct Part {
  std::string name;
  std::string content_type;
  std::string_view body;
};

/// The parts of a body whose Content-Type header is `content_type`; nothing when it is no form.
std::optional<std::vector<Part>> parse_form(std::string_view content_type, std::string_view body);

/// The part of that name; nullptr when there is none.
const Part* find_part(const std::vector<Part>& parts, std::string_view name);

}  // namespace lockstep::sandbox
