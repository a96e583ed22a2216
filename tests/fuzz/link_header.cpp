#include "fuzz/target.hpp"
#include "providers/github/pages.hpp"

namespace lockstep::fuzz {

/// S17: a link decides about a query and nothing else.
void link_header(std::string_view bytes) {
  constexpr std::string_view base = "https://api.github.com", path = "/repos/o/r/actions/secrets";
  const auto query = providers::github::next_query(bytes, base, path);
  if (query) {
    hold(query->find_first_of("\r\n #") == std::string::npos, "a query is one word");
    hold(query->empty() || bytes.contains(*query), "a query stands in the link");
  }
  net::Response response{.status = 301,
                         .headers = {{.name = "Location", .value = std::string(bytes)}},
                         .body = to_bytes(bytes)};
  const auto id = providers::github::moved_to(response, base);
  hold(!id || (!id->empty() && id->find_first_not_of("0123456789") == std::string::npos),
       "a repository's number is digits");
}

}  // namespace lockstep::fuzz
