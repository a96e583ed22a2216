#include "providers/github/api.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "providers/github/pages.hpp"

namespace lockstep::providers::github {

namespace {

constexpr std::string_view first_page = "?per_page=100";

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

bool is_full_name(std::string_view text) {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < text.size() &&
         text.size() <= 200 && std::ranges::count(text, '/') == 1 &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-' || c == '/';
         });
}

Purpose reading(std::string operation, std::string what, const Scope& scope) {
  return {.operation = std::move(operation),
          .doing = "reading " + std::move(what),
          .repository_field = scope.repository_field()};
}

}  // namespace

Secret bearer(const Secret& token, Confidential& hidden) {
  auto bare = token.expose();
  const auto blank = bare.find(' ');
  const auto scheme = to_lower(bare.substr(0, std::min(blank, bare.size())));
  if (blank != std::string_view::npos && (scheme == "bearer" || scheme == "token")) {
    bare = trim(bare.substr(blank));
  }
  hidden.add_token(bare, {"github_pat_", "ghp_", "gho_", "ghu_", "ghs_"});
  auto header = to_bytes("Bearer ");
  append(header, bare);
  return Secret(std::move(header));
}

void add_headers(net::Request& request) {
  request.headers.push_back({"Accept", "application/vnd.github+json"});
  request.headers.push_back({"X-GitHub-Api-Version", "2022-11-28"});
  request.headers.push_back({"User-Agent", "lockstep"});
}

Api::Api(net::HttpClient& http, Clock& clock, TokenSource token, std::string base_url)
    : caller_(http, clock, std::move(token), base_url, bearer), base_url_(std::move(base_url)) {}

Awaitable<Result<Api::Page>> Api::page(std::string path, std::string query, Purpose purpose,
                                       CallContext context) {
  const auto where = path + query;
  auto request = read_request(where, purpose.operation);
  add_headers(request);
  auto preparing = caller_.prepare(std::move(request), context);
  CO_TRY(auto prepared, co_await std::move(preparing));
  // Of the token only a digest is kept.
  const auto token = sha256_hex(prepared.request.authorization.expose());
  if (const auto etag = cache_.etag(where, token); !etag.empty()) {
    prepared.request.headers.push_back({"If-None-Match", etag});
  }
  auto sending = caller_.send(std::move(prepared.request));
  CO_TRY(auto response, co_await std::move(sending));
  if (response.status == 304) {
    auto known = cache_.body(where, token);
    if (!known) {
      co_return fail(ErrorKind::protocol,
                     purpose.doing + ": GitHub says \"not modified\" to what was never read");
    }
    CO_TRY(auto document, parse_json(view(*known)));
    co_return Page{
        .document = std::move(document), .next = {}, .hidden = std::move(prepared.hidden)};
  }
  auto document = read_answer(response, purpose, prepared.hidden, clock().wall());
  if (!document) {
    if (!is_redirect(response.status)) co_return fail(document.error());
    auto following = moved(std::move(response), document.error(), purpose, context);
    co_return fail(co_await std::move(following));
  }
  Page out{.document = std::move(*document), .next = {}, .hidden = std::move(prepared.hidden)};
  if (query.empty()) co_return out;
  CO_TRY(out.next, next_query(response.header("Link"), base_url_, path));
  const bool whole = query == first_page && out.next.empty();
  if (whole) cache_.keep(where, token, response.header("ETag"), response.body);
  co_return out;
}

Awaitable<Error> Api::moved(net::Response response, Error error, Purpose purpose,
                            CallContext context) {
  const auto remedy = purpose.repository_field.empty() ? "the repository's name in the manifest"
                                                       : purpose.repository_field;
  error.message += "; correct " + remedy;
  const auto number = moved_to(response, base_url_);
  if (!number) co_return error;
  auto request = read_request("/repositories/" + *number, "repository.get");
  add_headers(request);
  auto preparing = caller_.prepare(std::move(request), context);
  auto prepared = co_await std::move(preparing);
  if (!prepared) co_return error;
  auto sending = caller_.send(std::move(prepared->request));
  const auto answer = co_await std::move(sending);
  if (!answer) co_return error;
  const auto document = read_answer(*answer, purpose, prepared->hidden, clock().wall());
  const auto name = document ? text_member(*document, "full_name") : std::nullopt;
  if (!name || !is_full_name(*name) || prepared->hidden.repeated_in(*name)) co_return error;
  error.message =
      purpose.doing + ": the repository is now " + std::string(*name) + "; correct " + remedy;
  co_return error;
}

Awaitable<Result<Api::Got>> Api::get(std::string path, Purpose purpose, CallContext context) {
  auto reading = page(std::move(path), "", std::move(purpose), context);
  CO_TRY(auto one, co_await std::move(reading));
  Got got{.pages = {}, .requests = 1, .hidden = std::move(one.hidden)};
  got.pages.push_back(std::move(one.document));
  co_return got;
}

Awaitable<Result<Api::Got>> Api::list(std::string path, Purpose purpose, CallContext context) {
  Got got;
  std::string query(first_page);
  while (!query.empty()) {
    if (got.pages.size() == most_pages) {
      co_return fail(ErrorKind::protocol, purpose.doing + ": the list has more than " +
                                              std::to_string(most_pages) + " pages");
    }
    auto reading = page(path, query, purpose, context);
    CO_TRY(auto one, co_await std::move(reading));
    got.pages.push_back(std::move(one.document));
    ++got.requests;
    got.hidden = std::move(one.hidden);
    query = std::move(one.next);
  }
  co_return got;
}

Awaitable<Api::Sent> Api::write(net::Request request, Purpose purpose, Values values,
                                CallContext context) {
  add_headers(request);
  request.effect = net::Effect::Write;
  request.operation = purpose.operation;
  const bool put = request.method == "PUT";
  auto preparing = caller_.prepare(std::move(request), context);
  auto prepared = co_await std::move(preparing);
  if (!prepared) co_return Sent{.error = prepared.error()};
  auto sending = caller_.send(std::move(prepared->request));
  const auto response = co_await std::move(sending);
  if (!response) {
    if (nothing_was_sent(response.error())) co_return Sent{.error = response.error()};
    Error lost = response.error();
    lost.kind = ErrorKind::outcome_unknown;
    co_return Sent{.left = true, .error = std::move(lost)};
  }
  Sent sent{
      .left = true, .status = response->status, .date = parse_http_date(response->header("Date"))};
  // Both are documented for a PUT, and older servers answered 204 to every one.
  if (response->status == 204 || (put && response->status == 201)) co_return sent;
  prepared->hidden.add(values);
  sent.error = refusal(*response, purpose, prepared->hidden, clock().wall());
  co_return sent;
}

Awaitable<Error> proved_or(Api& api, Scope scope, Error cause, CallContext context) {
  if (scope.environment.empty() || cause.code != "http_404") co_return cause;
  auto looking =
      api.get(scope.repository_path(),
              reading("repository.get", "repository " + scope.full_name(), scope), context);
  const auto repository = co_await std::move(looking);
  if (!repository || !text_member(repository->pages[0], "full_name")) co_return cause;
  const auto purpose =
      reading("environments.list", "the environments of " + scope.full_name(), scope);
  auto listing = api.list(scope.repository_path() + "/environments", purpose, context);
  const auto listed = co_await std::move(listing);
  if (!listed) co_return cause;
  const auto names = read_environments(listed->pages, purpose);
  if (!names || names->contains(to_lower(scope.environment))) co_return cause;
  co_return Error{.kind = ErrorKind::not_found,
                  .message = "there is no environment " + scope.environment + " in " +
                             scope.full_name() +
                             " (lockstep never creates one: add it under the repository's "
                             "Settings, Environments)",
                  .code = cause.code};
}

}  // namespace lockstep::providers::github
