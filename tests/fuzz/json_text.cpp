#include <boost/json/serialize.hpp>

#include "base/json.hpp"
#include "fuzz/target.hpp"

namespace lockstep::fuzz {

/// What is read can be written and is read again as the same.
void json_text(std::string_view bytes) {
  const auto value = parse_json(bytes, 16);
  if (!value) return;
  hold(is_utf8(bytes), "JSON is UTF-8");
  const auto again = parse_json(json::serialize(*value), 16);
  hold(again.has_value(), "what was read can be written");
  hold(*again == *value, "and is the same");
}

}  // namespace lockstep::fuzz
