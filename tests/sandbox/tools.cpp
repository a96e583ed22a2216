#include "sandbox/tools.hpp"

#include <boost/json/serialize.hpp>

#include "base/digest.hpp"

namespace lockstep::sandbox {

SharedSecret share(std::string_view value) {
  return std::make_shared<const Secret>(value);
}

bool same_value(const SharedSecret& a, const SharedSecret& b) {
  if (!a || !b) return !a && !b;
  return equal(*a, *b);
}

std::string IdMaker::hex(std::size_t digits) {
  const auto text = std::to_string(seed_) + "/" + std::to_string(made_++);
  return sha256_hex(text).substr(0, digits);
}

std::string IdMaker::uuid() {
  auto text = hex(32);
  text[12] = '4';
  text[16] = "89ab"[(text[16] - '0') & 3];
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, "-");
  return text;
}

net::Response json_response(int status, const json::value& body) {
  return net::Response{.status = status,
                       .headers = {{.name = "Content-Type", .value = "application/json"}},
                       .body = to_bytes(json::serialize(body))};
}

std::int64_t unix_seconds(Wall when) {
  return std::chrono::duration_cast<Seconds>(when.time_since_epoch()).count();
}

}  // namespace lockstep::sandbox
