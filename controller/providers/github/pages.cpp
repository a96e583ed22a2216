#include "providers/github/pages.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "model/place.hpp"
#include "net/url.hpp"

namespace lockstep::providers::github {

namespace {

constexpr std::size_t longest_query = 512;

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The target of the link with rel="next"; "" when there is none.
std::string_view next_link(std::string_view header) {
  while (!header.empty()) {
    const auto open = header.find('<');
    if (open == std::string_view::npos) return {};
    const auto close = header.find('>', open);
    if (close == std::string_view::npos) return {};
    const auto link = header.substr(open + 1, close - open - 1);
    const auto after = std::min(header.find('<', close), header.size());
    for (const auto& piece : split(header.substr(close + 1, after - close - 1), ';')) {
      auto word = trim(piece);
      if (word.ends_with(',')) word = trim(word.substr(0, word.size() - 1));
      const auto lower = to_lower(word);
      if (lower == "rel=\"next\"" || lower == "rel=next") return link;
    }
    header.remove_prefix(after);
  }
  return {};
}

/// What follows the server's and the base URL's part of an address; nothing for another server.
std::optional<std::string> below(std::string_view address, std::string_view base_url) {
  const auto url = net::parse_url(address);
  const auto base = net::parse_url(base_url);
  if (!url || !base || url->origin() != base->origin()) return std::nullopt;
  const std::string_view prefix = base->target == "/" ? std::string_view() : base->target;
  if (!url->target.starts_with(prefix)) return std::nullopt;
  return url->target.substr(prefix.size());
}

/// `/repos/o/r/rest` and `/repositories/1/rest` become `/rest`; anything else stays.
std::string without_repository(std::string_view path) {
  const auto parts = split(path, '/');
  std::size_t skipped = 0;
  if (parts.size() > 3 && parts[1] == "repos") skipped = 4;
  if (parts.size() > 2 && parts[1] == "repositories" && is_number(parts[2])) skipped = 3;
  if (skipped == 0) return to_lower(path);
  std::string out;
  for (auto i = skipped; i < parts.size(); ++i) out += "/" + to_lower(parts[i]);
  return out;
}

bool same_list(std::string_view a, std::string_view b) {
  if (to_lower(a) == to_lower(b)) return true;
  return a.starts_with("/repositories/") && without_repository(a) == without_repository(b);
}

Error changed_meanwhile(const Purpose& purpose) {
  return {.kind = ErrorKind::conflict,
          .message = purpose.doing + ": the list changed while it was read"};
}

}  // namespace

Result<std::string> next_query(std::string_view link_header, std::string_view base_url,
                               std::string_view path) {
  const auto link = next_link(link_header);
  if (link.empty()) return std::string();
  const auto target = below(link, base_url);
  const auto mark = target ? target->find('?') : std::string::npos;
  if (mark == std::string::npos || target->size() - mark > longest_query ||
      !same_list(target->substr(0, mark), path)) {
    return fail(ErrorKind::protocol,
                "GitHub's link to the next page leads away from the list that was asked for");
  }
  return target->substr(mark);
}

std::optional<std::string> moved_to(const net::Response& response, std::string_view base_url) {
  std::vector<std::string> candidates{std::string(response.header("Location"))};
  if (const auto document = parse_json(view(response.body))) {
    candidates.emplace_back(text_member(*document, "url").value_or(""));
  }
  for (const auto& candidate : candidates) {
    const auto target = below(candidate, base_url);
    if (!target) continue;
    const auto parts = split(target->substr(0, target->find('?')), '/');
    if (parts.size() > 2 && parts[1] == "repositories" && is_number(parts[2])) return parts[2];
  }
  return std::nullopt;
}

Result<Listed> read_pages(const std::vector<json::value>& pages, std::string_view member,
                          const Purpose& purpose) {
  Listed out;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    TRY(const auto page, Fields::of(pages[i], purpose.answer()));
    const auto total = int_member(pages[i], "total_count");
    if (!total || *total < 0) return fail(page.misfit("total_count", "a whole number"));
    if (std::cmp_greater(*total, most_pages * per_page)) {
      return fail(page.misfit("total_count", "at most " + std::to_string(most_pages * per_page)));
    }
    if (i > 0 && std::cmp_not_equal(*total, out.total)) return fail(changed_meanwhile(purpose));
    out.total = static_cast<std::size_t>(*total);
    TRY(auto entries, page.objects(member, per_page));
    std::ranges::move(entries, std::back_inserter(out.entries));
  }
  return out;
}

Status check_total(std::size_t distinct, std::size_t total, std::size_t pages,
                   const Purpose& purpose) {
  if (distinct == total) return {};
  if (pages > 1) return fail(changed_meanwhile(purpose));
  return fail(ErrorKind::protocol, purpose.answer() + " was not understood: it shows " +
                                       std::to_string(distinct) + " of " + std::to_string(total) +
                                       " entries");
}

Result<std::map<std::string, ObservedSecret>> read_secrets(const std::vector<json::value>& pages,
                                                           const Purpose& purpose) {
  TRY(const auto listed, read_pages(pages, "secrets", purpose));
  std::map<std::string, ObservedSecret> out;
  for (const auto& entry : listed.entries) {
    TRY(const auto text, entry.text("name"));
    TRY(const auto updated_at, entry.time("updated_at"));
    auto name = canonical_name(PlaceKind::githubRepository, text);
    if (name.empty()) return fail(entry.misfit("name", "a name"));
    auto& secret = out[name];
    if (!secret.name.empty() && secret.updated_at != updated_at) {
      return fail(changed_meanwhile(purpose));
    }
    secret.name = std::move(name);
    secret.updated_at = updated_at;
  }
  TRY_OK(check_total(out.size(), listed.total, pages.size(), purpose));
  return out;
}

Result<std::set<std::string>> read_environments(const std::vector<json::value>& pages,
                                                const Purpose& purpose) {
  TRY(const auto listed, read_pages(pages, "environments", purpose));
  std::set<std::string> out;
  for (const auto& entry : listed.entries) {
    TRY(const auto name, entry.text("name"));
    out.insert(to_lower(name));
  }
  TRY_OK(check_total(out.size(), listed.total, pages.size(), purpose));
  return out;
}

}  // namespace lockstep::providers::github
