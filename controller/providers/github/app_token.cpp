#include "providers/github/app_token.hpp"

#include <algorithm>

#include "providers/common/fields.hpp"
#include "providers/github/api.hpp"
#include "providers/github/app_jwt.hpp"

namespace lockstep::providers::github {

namespace {

constexpr Nanos time_limit = std::chrono::seconds(30);
constexpr Nanos before_its_end = std::chrono::minutes(5);
constexpr Nanos longest_life = std::chrono::hours(1);
/// What is refused so soon after it was made is not mended by another.
constexpr Nanos too_young = std::chrono::minutes(1);

/// What GitHub refuses here is refused to the credential as a whole.
Error as_dead(Error error, const AppIdentity& identity) {
  const bool no_such = error.code == "http_404";
  if (!no_such && error.kind != ErrorKind::forbidden && error.kind != ErrorKind::invalid &&
      error.kind != ErrorKind::unauthorized) {
    return error;
  }
  error.message = no_such
                      ? "GitHub knows no installation " + identity.installation_id + " of App " +
                            identity.app_id + ": check installationId, appId and baseUrl"
                      : "GitHub refuses a token to App " + identity.app_id +
                            ": check appId, privateKey, this machine's clock, and whether the "
                            "installation is suspended";
  error.kind = ErrorKind::unauthorized;
  return error;
}

}  // namespace

AppTokens::AppTokens(net::HttpClient& http, Clock& clock, TokenSource private_key,
                     std::string base_url, AppIdentity identity)
    : clock_(clock),
      private_key_(std::move(private_key)),
      identity_(std::move(identity)),
      caller_(http, clock, [this] { return jwt(); }, std::move(base_url), bearer) {}

Awaitable<Result<Secret>> AppTokens::jwt() {
  auto asking = private_key_();
  CO_TRY(const auto key, co_await std::move(asking));
  co_return app_jwt(identity_.app_id, key, clock_.wall());
}

Awaitable<Status> AppTokens::refresh() {
  const Purpose purpose{.operation = "app.token", .doing = "asking for the App's token"};
  net::Request request;
  request.method = "POST";
  request.url = "/app/installations/" + identity_.installation_id + "/access_tokens";
  request.operation = purpose.operation;  // a Read: it changes no place
  add_headers(request);
  const CallContext context{.deadline = clock_.mono() + time_limit, .attempt = {}};
  auto preparing = caller_.prepare(std::move(request), context);
  CO_TRY(auto prepared, co_await std::move(preparing));
  auto sending = caller_.send(std::move(prepared.request));
  CO_TRY(const auto response, co_await std::move(sending));
  const auto document = read_answer(response, purpose, prepared.hidden, clock_.wall());
  if (!document) co_return fail(as_dead(document.error(), identity_));
  CO_TRY(const auto answer, Fields::of(*document, purpose.answer()));
  CO_TRY(const auto token, answer.text("token", 1024));
  CO_TRY(const auto expires_at, answer.time("expires_at"));
  if (token.empty()) co_return fail(answer.misfit("token", "a token"));
  const Nanos life = std::min<Nanos>(expires_at - clock_.wall(), longest_life);
  token_ = Secret(token);
  made_at_ = clock_.mono();
  fresh_until_ = made_at_ + (life - before_its_end);
  co_return Status{};
}

Awaitable<Result<Secret>> AppTokens::get() {
  while (refreshed_) {
    auto waiting = refreshed_->wait();
    if (co_await std::move(waiting) == Ended::cancelled) {
      co_return fail(ErrorKind::cancelled, "waiting for the App's token was cancelled");
    }
    // Another's cancellation is no answer to us.
    if (!refreshed_ && !last_ && last_.error().kind != ErrorKind::cancelled) {
      co_return fail(last_.error());
    }
  }
  if (fresh()) co_return token_.clone();
  refreshed_ = std::make_unique<Event>(co_await asio::this_coro::executor);
  auto refreshing = refresh();
  last_ = co_await std::move(refreshing);
  const auto done = std::move(refreshed_);
  done->notify();
  CO_TRY_OK(last_);
  co_return token_.clone();
}

void AppTokens::refused(const Secret& authorization) {
  if (token_.empty() || clock_.mono() - made_at_ < too_young) return;
  Confidential unused;
  if (bearer(token_, unused).expose() == authorization.expose()) token_ = Secret();
}

Awaitable<Result<net::Response>> AppHttp::send(net::Request request) {
  const auto used = request.authorization.clone();
  auto sending = http_.send(std::move(request));
  auto response = co_await std::move(sending);
  if (response && response->status == 401) tokens_.refused(used);
  co_return response;
}

}  // namespace lockstep::providers::github
