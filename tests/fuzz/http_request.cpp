#include <algorithm>
#include <optional>

#include "fuzz/target.hpp"
#include "net/codec.hpp"

namespace lockstep::fuzz {

namespace {

struct Outcome {
  std::optional<net::Request> request;
  std::string refused_with;
  bool keep_alive = false;
  bool head = false;
  SecretBytes rest;  ///< with what was not fed any more
};

Outcome read(std::string_view bytes, std::size_t piece) {
  net::RequestParser parser({.max_body = 1024, .max_header = 2048});
  Outcome out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const auto fed = parser.feed(bytes.substr(at, piece));
    parser.wants_continue();
    if (!fed) {
      out.refused_with = fed.error().code;
      return out;
    }
    if (!*fed) continue;
    out.keep_alive = parser.keep_alive();
    out.head = parser.head();
    out.rest = parser.take_rest();
    append(out.rest, bytes.substr(std::min(bytes.size(), at + piece)));
    out.request = parser.take();
    return out;
  }
  return out;
}

bool same(const net::Request& a, const net::Request& b) {
  if (a.method != b.method || a.url != b.url || view(a.body) != view(b.body)) return false;
  if (a.authorization.expose() != b.authorization.expose()) return false;
  return std::ranges::equal(a.headers, b.headers, [](const auto& x, const auto& y) {
    return x.name == y.name && x.value == y.value;
  });
}

}  // namespace

/// The bytes of a request mean the same in any pieces, and the next request begins at the same
/// byte.
void http_request(std::string_view bytes) {
  const auto chosen = choice(bytes);
  const auto whole = read(bytes, bytes.size() + 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2} + chosen}) {
    const auto pieces = read(bytes, piece);
    hold(whole.refused_with.empty() == pieces.refused_with.empty(), "refused in pieces as whole");
    hold(whole.request.has_value() == pieces.request.has_value(), "whole in pieces as at once");
    if (!whole.request) continue;
    hold(same(*whole.request, *pieces.request), "read in pieces as whole");
    hold(view(whole.rest) == view(pieces.rest), "the next request begins at the same byte");
    hold(whole.keep_alive == pieces.keep_alive && whole.head == pieces.head, "ends alike");
  }
}

}  // namespace lockstep::fuzz
