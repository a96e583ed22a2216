#include "providers/github/provider.hpp"

#include "base/digest.hpp"
#include "providers/github/pages.hpp"
#include "providers/github/sealed_box.hpp"

namespace lockstep::providers::github {

GitHubSecretsProvider::GitHubSecretsProvider(net::HttpClient& http, Clock& clock, Random& random,
                                             TokenSource token, GitHubOptions options)
    : api_(http, clock, std::move(token), std::move(options.base_url)), random_(random) {}

const Capabilities& GitHubSecretsProvider::capabilities() const {
  return capabilities_of(PlaceKind::githubRepository);
}

Awaitable<Result<GitHubSecretsProvider::Names>> GitHubSecretsProvider::list(Scope scope,
                                                                            CallContext context) {
  const Purpose purpose{.operation = "secrets.list",
                        .doing = "reading the secrets of " + scope.words(),
                        .repository_field = scope.repository_field()};
  Names names;
  for (int look = 0;; ++look) {
    auto listing = api_.list(scope.secrets_path(), purpose, context);
    CO_TRY(const auto got, co_await std::move(listing));
    names.requests += got.requests;
    auto secrets = read_secrets(got.pages, purpose);
    if (!secrets && secrets.error().kind == ErrorKind::conflict && look == 0) continue;
    if (!secrets) co_return fail(secrets.error());
    names.secrets = std::move(*secrets);
    co_return names;
  }
}

Awaitable<Result<GitHubSecretsProvider::PublicKey>> GitHubSecretsProvider::public_key(
    Scope scope, CallContext context) {
  const Purpose purpose{.operation = "secrets.public_key",
                        .doing = "reading the public key of " + scope.words(),
                        .repository_field = scope.repository_field()};
  auto getting = api_.get(scope.public_key_path(), purpose, context);
  CO_TRY(const auto got, co_await std::move(getting));
  CO_TRY(const auto answer, Fields::of(got.pages[0], purpose.answer()));
  CO_TRY(const auto id, answer.text("key_id"));
  CO_TRY(const auto text, answer.text("key"));
  auto bytes = from_base64(text);
  if (!bytes || bytes->size() != public_key_bytes) {
    co_return fail(answer.misfit("key", "a public key of 32 bytes"));
  }
  co_return PublicKey{.id = std::string(id), .bytes = std::move(*bytes)};
}

Result<net::Request> GitHubSecretsProvider::put_request(const Scope& scope, const Change& change,
                                                        const PublicKey& key) {
  TRY(const auto box, seal(view(key.bytes), change.value.expose(), random_));
  const auto text = to_base64(view(box));
  JsonWriter body;
  body.begin_object().key("encrypted_value").string(view(text)).key("key_id").string(key.id);
  net::Request request;
  request.method = "PUT";
  request.url = scope.secret_path(change.name);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body.end_object().take();
  return request;
}

Awaitable<Result<Observation>> GitHubSecretsProvider::observe(Place place, const PlaceRecord&,
                                                              CallContext context) {
  CO_TRY(const auto scope, Scope::of(place));
  auto listing = list(scope, context);
  auto names = co_await std::move(listing);
  if (!names) {
    auto proving = proved_or(api_, scope, names.error(), context);
    co_return fail(co_await std::move(proving));
  }
  Observation seen{.at = api_.clock().wall()};
  seen.requests = names->requests;
  for (auto& [name, secret] : names->secrets) seen.secrets.push_back(std::move(secret));
  co_return seen;
}

Awaitable<Result<WriteCheck>> GitHubSecretsProvider::check_write(Place place, const PlaceRecord&,
                                                                 WriteMode, CallContext) {
  CO_TRY_OK(Scope::of(place));
  co_return WriteCheck{};
}

Awaitable<Result<RolledOut>> GitHubSecretsProvider::roll_out(Place place, const PlaceRecord&,
                                                             CallContext) {
  co_return fail(ErrorKind::unsupported, "a write is live at once on " +
                                             std::string(to_string(place.kind)) +
                                             ": there is nothing to roll out");
}

Awaitable<Result<Attribution>> GitHubSecretsProvider::attribute(Place place, std::string,
                                                                CallContext) {
  CO_TRY_OK(Scope::of(place));
  co_return Attribution{};
}

}  // namespace lockstep::providers::github
