#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "base/json.hpp"
#include "fuzz/target.hpp"

namespace lockstep::fuzz {

namespace {

/// Boost.JSON does not round a double to the nearest one, so the last digits may move.
bool same(const json::value& a, const json::value& b) {
  if (a.is_double() && b.is_double()) {
    return std::abs(a.get_double() - b.get_double()) <= std::abs(a.get_double()) * 1e-12 + 1e-300;
  }
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.get_array(), b.get_array(), same);
  if (a.is_object() && b.is_object()) {
    return std::ranges::equal(a.get_object(), b.get_object(), [](const auto& x, const auto& y) {
      return x.key() == y.key() && same(x.value(), y.value());
    });
  }
  return a == b;
}

}  // namespace

/// What is read can be written and is read again as the same.
void json_text(std::string_view bytes) {
  const auto value = parse_json(bytes, 16);
  if (!value) return;
  hold(is_utf8(bytes), "JSON is UTF-8");
  const auto again = parse_json(json::serialize(*value), 16);
  hold(again.has_value(), "what was read can be written");
  hold(same(*again, *value), "and is the same");
}

}  // namespace lockstep::fuzz
