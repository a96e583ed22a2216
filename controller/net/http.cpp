#include "net/http.hpp"

#include "base/text.hpp"

namespace lockstep::net {

std::string_view Response::header(std::string_view name) const {
  const auto wanted = to_lower(name);
  for (const auto& header : headers) {
    if (to_lower(header.name) == wanted) return header.value;
  }
  return {};
}

Response text_response(int status, std::string_view content_type, std::string_view body) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(content_type)}},
          .body = to_bytes(body)};
}

}  // namespace lockstep::net
