// One request, taken apart: path segments, query, headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.hpp"

namespace lockstep::sandbox {

/// A request as an emulator's handlers read it. Lives as long as the request it was made from.
struct Call {
  const net::Request* request = nullptr;
  std::string path;                                        ///< as sent, without the query
  std::vector<std::string> segments;                       ///< of the path, still percent-encoded
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded

  const std::string& method() const { return request->method; }
  std::string_view body() const { return view(request->body); }
  /// The first header of that name, in any case; "" when there is none.
  std::string_view header(std::string_view name) const;
  /// The whole Authorization header value, wherever the carrier keeps it.
  std::string_view authorization() const;
  /// The first query value of that name.
  std::optional<std::string> parameter(std::string_view name) const;
  /// True when the query says `name=true`.
  bool flag(std::string_view name) const { return parameter(name) == "true"; }
  /// A whole number from the query; nothing where it is absent or not a number.
  std::optional<std::uint64_t> number(std::string_view name) const;
  bool writes() const { return method() != "GET" && method() != "HEAD"; }
};

/// Takes a request apart; its url may be absolute or a path alone.
Call parse_call(const net::Request& request);

/// Decodes %XX; a stray percent sign stays as it is.
std::string percent_decode(std::string_view text);

/// The segments that stand where `pattern` has `{}`, decoded; nothing when the path does not fit.
std::optional<std::vector<std::string>> match_path(std::string_view pattern, const Call& call);

}  // namespace lockstep::sandbox
