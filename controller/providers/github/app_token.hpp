// Tokens of a GitHub App's installation.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/event.hpp"
#include "providers/common/caller.hpp"

namespace lockstep::providers::github {

/// Who the App is and where it is installed.
struct AppIdentity {
  std::string app_id;
  std::string installation_id;  ///< digits
};

/// Gives the token of one installation. GitHub makes tokens that last an hour; one is kept until
/// five minutes before its end, and however many ask meanwhile, one request gets the next.
/// https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
class AppTokens {
 public:
  /// `http` and `clock` outlive this; `private_key` gives the App's key (PEM) when one is needed.
  AppTokens(net::HttpClient& http, Clock& clock, TokenSource private_key, std::string base_url,
            AppIdentity identity);
  AppTokens(const AppTokens&) = delete;
  AppTokens& operator=(const AppTokens&) = delete;

  /// The token. `unauthorized` when the key, the App's id or the installation's is wrong.
  Awaitable<Result<Secret>> get();
  /// GitHub did not accept a request with this Authorization. If it carried the token that is kept,
  /// and that was not made within the last minute, the next get() asks for another.
  void refused(const Secret& authorization);

 private:
  Awaitable<Result<Secret>> jwt();
  Awaitable<Status> refresh();
  bool fresh() const { return !token_.empty() && clock_.mono() < fresh_until_; }

  Clock& clock_;
  TokenSource private_key_;
  AppIdentity identity_;
  Caller caller_;
  Secret token_;
  Mono made_at_{};
  Mono fresh_until_{};
  std::unique_ptr<Event> refreshed_;  ///< set while a refresh runs
  Status last_;                       ///< what came of the last refresh
};

/// The way out of everything that works with an App's tokens. A token ends before its hour when it
/// is revoked or when the installation's permissions change; a 401 tells, and the request after it
/// has another.
class AppHttp final : public net::HttpClient {
 public:
  /// Both outlive this.
  AppHttp(net::HttpClient& http, AppTokens& tokens) : http_(http), tokens_(tokens) {}
  Awaitable<Result<net::Response>> send(net::Request request) override;

 private:
  net::HttpClient& http_;
  AppTokens& tokens_;
};

}  // namespace lockstep::providers::github
