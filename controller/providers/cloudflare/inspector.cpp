#include "providers/cloudflare/inspector.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace lockstep::providers::cloudflare {

namespace {

constexpr std::size_t page_size = 50;
constexpr std::size_t most_pages = 100;
constexpr std::size_t most_on_a_page = 1000;

/// How far a list has been read.
struct Reading {
  std::size_t page = 1;
  std::size_t entries = 0;
  std::string cursor;
  std::string first;  ///< the first name of the page before
  std::set<std::string, std::less<>> names;
};

/// One page: how many entries, and the first of them.
struct Page {
  std::size_t entries = 0;
  std::string first;
};

Result<Page> read_page(const Answer& answer, const Purpose& purpose, const std::string& key,
                       const std::vector<std::string>& members, Reading& reading) {
  const auto* list = &answer.result();
  if (!key.empty()) {
    TRY(const auto result, Fields::of(answer.result(), purpose.answer(), "result"));
    list = result.raw(key);
    if (!list) return fail(result.misfit(key, "there"));
  }
  TRY(const auto entries, objects_in(*list, purpose.answer(), "result", most_on_a_page));
  Page page{.entries = entries.size(), .first = {}};
  for (const auto& entry : entries) {
    TRY(const auto name, entry.text(members.front(), 1024));
    if (page.first.empty()) page.first = name;
    reading.names.emplace(name);
    for (const auto& member : members) {
      TRY(const auto other, entry.maybe_text(member, 1024));
      if (other) reading.names.emplace(*other);
    }
  }
  return page;
}

Error does_not_add_up(const Purpose& purpose) {
  return {.kind = ErrorKind::protocol,
          .message = purpose.doing + ": the pages do not add up to the list's total"};
}

/// Whether another page is needed to know the whole list.
Result<bool> goes_on(const Answer& answer, const Purpose& purpose, bool by_cursor, const Page& page,
                     Reading& reading) {
  reading.entries += page.entries;
  const bool repeated = reading.page > 1 && page.first == reading.first;
  reading.first = page.first;
  reading.page += 1;
  const auto* info = member(answer.document, "result_info");
  if (by_cursor) {
    const auto next = info ? text_member(*info, "cursor").value_or("") : std::string_view();
    if (!next.empty() && next == reading.cursor) return fail(does_not_add_up(purpose));
    reading.cursor = next;
    return !next.empty();
  }
  if (const auto total = info ? int_member(*info, "total_count") : std::nullopt) {
    const auto all = static_cast<std::size_t>(std::max<std::int64_t>(*total, 0));
    const bool stuck = reading.entries < all && (page.entries == 0 || repeated);
    if (stuck || reading.entries > all) return fail(does_not_add_up(purpose));
    return reading.entries < all;
  }
  // Without a total only an empty page ends a list; an endpoint without pages repeats itself.
  return page.entries != 0 && !repeated;
}

bool found_all(const std::vector<std::string>& wanted, const Reading& reading) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const std::string& one) { return reading.names.contains(one); });
}

}  // namespace

CloudflareInspector::CloudflareInspector(net::HttpClient& http, Clock& clock, TokenSource token,
                                         CloudflareOptions options)
    : caller_(http, clock, std::move(token), std::move(options.base_url), bearer),
      account_(std::move(options.account_id)) {}

Awaitable<Result<std::vector<std::string>>> CloudflareInspector::find(
    List list, std::vector<std::string> wanted, CallContext context) {
  Reading reading;
  bool more = !wanted.empty();
  while (more && !found_all(wanted, reading)) {
    if (reading.page > most_pages) {
      co_return fail(ErrorKind::protocol,
                     list.purpose.doing + ": the list has more than " + count(most_pages, "page"));
    }
    const auto query = list.by_cursor ? "?per_page=" + std::to_string(page_size)
                                      : "?page=" + std::to_string(reading.page) +
                                            "&per_page=" + std::to_string(page_size);
    const auto cursor =
        reading.cursor.empty() ? std::string() : "&cursor=" + percent_encode(reading.cursor);
    auto getting =
        get(caller_, "/accounts/" + percent_encode(account_) + list.path + query + cursor,
            list.purpose, context);
    CO_TRY(const auto answer, co_await std::move(getting));
    CO_TRY(const auto page, read_page(answer, list.purpose, list.entries, list.names, reading));
    CO_TRY(more, goes_on(answer, list.purpose, list.by_cursor, page, reading));
  }
  std::erase_if(wanted, [&](const std::string& one) { return !reading.names.contains(one); });
  co_return wanted;
}

Awaitable<Result<AccountResources>> CloudflareInspector::existing(AccountResources wanted,
                                                                  CallContext context) {
  AccountResources out;
  const List gateways{.path = "/ai-gateway/gateways",
                      .purpose = {"ai_gateways.list", "reading the account's AI Gateways",
                                  net::Effect::Read, "AI Gateway"},
                      .entries = {},
                      .names = {"id"}};
  auto finding_gateways = find(gateways, std::move(wanted.ai_gateways), context);
  CO_TRY(out.ai_gateways, co_await std::move(finding_gateways));
  const List databases{.path = "/d1/database",
                       .purpose = {"d1_databases.list", "reading the account's D1 databases",
                                   net::Effect::Read, "D1"},
                       .entries = {},
                       .names = {"name", "uuid"}};
  auto finding_databases = find(databases, std::move(wanted.d1_databases), context);
  CO_TRY(out.d1_databases, co_await std::move(finding_databases));
  const List namespaces{.path = "/storage/kv/namespaces",
                        .purpose = {"kv_namespaces.list", "reading the account's KV namespaces",
                                    net::Effect::Read, "Workers KV Storage"},
                        .entries = {},
                        .names = {"title", "id"}};
  auto finding_namespaces = find(namespaces, std::move(wanted.kv_namespaces), context);
  CO_TRY(out.kv_namespaces, co_await std::move(finding_namespaces));
  const List buckets{.path = "/r2/buckets",
                     .purpose = {"r2_buckets.list", "reading the account's R2 buckets",
                                 net::Effect::Read, "Workers R2 Storage"},
                     .entries = "buckets",
                     .names = {"name"},
                     .by_cursor = true};
  auto finding_buckets = find(buckets, std::move(wanted.r2_buckets), context);
  CO_TRY(out.r2_buckets, co_await std::move(finding_buckets));
  co_return out;
}

}  // namespace lockstep::providers::cloudflare
