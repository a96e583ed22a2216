// Lists in pages: where the next page is, and whether the pages make one whole list.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "model/observation.hpp"
#include "net/http.hpp"
#include "providers/common/fields.hpp"
#include "providers/github/answers.hpp"

namespace lockstep::providers::github {

/// At most this many pages of at most this many entries are read of one list (S15).
inline constexpr std::size_t most_pages = 15;
inline constexpr std::size_t per_page = 100;

/// The query of the page that `Link: <...>; rel="next"` names; "" when there is none. The link must
/// lead to the same list on the same server, else `protocol`: it decides about nothing but the
/// query, so a token never follows it elsewhere (S17). GitHub writes `/repositories/<id>` for
/// `/repos/<owner>/<name>` there.
/// https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
Result<std::string> next_query(std::string_view link_header, std::string_view base_url,
                               std::string_view path);

/// The number in a redirect to `/repositories/<number>` of the same server, from `Location` or the
/// body's `url`; nothing where the answer says anything else.
std::optional<std::string> moved_to(const net::Response& response, std::string_view base_url);

/// The entries of all pages of one list. They point into `pages`.
struct Listed {
  std::size_t total = 0;  ///< how many GitHub says there are
  std::vector<Fields> entries;
};
/// `conflict` when the pages do not agree on their number.
Result<Listed> read_pages(const std::vector<json::value>& pages, std::string_view member,
                          const Purpose& purpose);
/// Ok when a list that GitHub says has `total` entries showed `distinct` different ones. Else a cut
/// list: `protocol`, and `conflict` when it had pages, because then it may have changed meanwhile.
Status check_total(std::size_t distinct, std::size_t total, std::size_t pages,
                   const Purpose& purpose);

/// The secrets of a scope, by upper-case name. `conflict` when the list changed while it was read.
Result<std::map<std::string, ObservedSecret>> read_secrets(const std::vector<json::value>& pages,
                                                           const Purpose& purpose);
/// The names of all environments, in lower case: GitHub tells them apart without regard to case.
Result<std::set<std::string>> read_environments(const std::vector<json::value>& pages,
                                                const Purpose& purpose);

}  // namespace lockstep::providers::github
