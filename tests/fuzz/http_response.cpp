#include <algorithm>
#include <optional>

#include "fuzz/target.hpp"
#include "net/codec.hpp"

namespace lockstep::fuzz {

namespace {

/// What came of a stream, however it was cut into pieces.
struct Outcome {
  std::optional<net::Response> response;
  bool keep_alive = false;
  bool overrun = false;
};

Outcome read(std::string_view bytes, std::size_t piece, bool no_body) {
  net::ResponseParser parser({.no_body = no_body, .max_body = 1024, .max_header = 2048});
  Outcome out;
  bool whole = false;
  for (std::size_t at = 0; at < bytes.size() && !whole; at += piece) {
    const auto fed = parser.feed(bytes.substr(at, piece));
    if (!fed) return out;
    whole = *fed;
    // What follows in this piece shows as overrun; what follows in later ones is not read.
    if (whole) out.overrun = parser.overrun() || at + piece < bytes.size();
  }
  if (!whole && !parser.end()) return out;
  out.keep_alive = parser.keep_alive();
  out.response = parser.take();
  return out;
}

bool same(const net::Response& a, const net::Response& b) {
  if (a.status != b.status || view(a.body) != view(b.body)) return false;
  return std::ranges::equal(a.headers, b.headers, [](const auto& x, const auto& y) {
    return x.name == y.name && x.value == y.value;
  });
}

}  // namespace

/// The bytes of a response mean the same in any pieces.
void http_response(std::string_view bytes) {
  const auto chosen = choice(bytes);
  const bool no_body = (chosen & 1U) != 0;
  const auto whole = read(bytes, bytes.size() + 1, no_body);
  if (whole.response) {
    hold(whole.response->status >= 100 && whole.response->status < 1000,
         "a status of three digits");
    hold(whole.response->body.size() <= 1024, "the body is bounded");
    hold(!no_body || whole.response->body.empty(), "no body where there can be none");
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + chosen / 2}) {
    const auto pieces = read(bytes, piece, no_body);
    hold(whole.response.has_value() == pieces.response.has_value(), "refused in pieces as whole");
    if (!whole.response) continue;
    hold(same(*whole.response, *pieces.response), "read in pieces as whole");
    hold(whole.keep_alive == pieces.keep_alive, "kept open in pieces as whole");
    hold(whole.overrun == pieces.overrun, "out of step in pieces as whole");
  }
}

}  // namespace lockstep::fuzz
