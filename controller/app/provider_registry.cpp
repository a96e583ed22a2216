#include "app/provider_registry.hpp"

#include "net/fenced.hpp"
#include "net/host_guard.hpp"
#include "net/measured.hpp"
#include "providers/cloudflare/inspector.hpp"
#include "providers/cloudflare/worker.hpp"
#include "providers/fly/provider.hpp"
#include "providers/github/app_token.hpp"
#include "providers/github/limits.hpp"
#include "providers/github/protections.hpp"

namespace lockstep {

namespace cloudflare = providers::cloudflare;
namespace fly = providers::fly;
namespace github = providers::github;

/// A credential's way out, from the outside in: count, wait for the budget, ask the fence, check
/// the host, send. The fence stands below the wait, so a lock lost while waiting still counts.
struct ProviderRegistry::Connection {
  std::unique_ptr<net::HostGuard> guard;
  std::unique_ptr<net::Fenced> fenced;
  std::unique_ptr<net::Budgeted> budgeted;
  std::unique_ptr<net::Measured> out;
  std::unique_ptr<github::AppTokens> app;
  std::unique_ptr<github::AppHttp> app_out;
  std::map<PlaceKind, std::unique_ptr<Provider>> providers;
  std::unique_ptr<CredentialInspector> inspector;
  std::unique_ptr<ProtectionReader> protections;
};

namespace {

/// What a kind of credential needs to be connected.
struct Access {
  std::string provider;
  std::string base_url;
  std::string host;         ///< whose origin is allowed without an admin naming it (S17)
  api::SecretKeyRef token;  ///< or a GitHub App's private key
  std::string account;
  std::optional<github::AppIdentity> app;
  net::RateRules rules;
  net::BudgetHint (*hint)(const net::Response&, Wall);
};

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

/// The address of a GitHub Enterprise Server in a Credential is used only when an admin allowed its
/// host as well.
Access access_of(const api::GitHubAccess& access, const Endpoints& endpoints) {
  const auto host = endpoints.github.empty() ? std::string(github::public_url) : endpoints.github;
  Access out{.provider = "github",
             .base_url = without_slash(access.base_url.empty() ? host : access.base_url),
             .host = host,
             .account = "",
             .rules = github::github_rate_rules(),
             .hint = github::github_budget};
  if (access.app) {
    out.token = access.app->private_key.secret_key_ref;
    out.app = {.app_id = access.app->app_id, .installation_id = access.app->installation_id};
    out.account = access.app->app_id + "/" + access.app->installation_id;
  } else if (access.token) {
    out.token = access.token->secret_key_ref;
  }
  return out;
}

Result<Access> access_of(const api::Credential& credential, const Endpoints& endpoints) {
  if (const auto* c = std::get_if<api::CloudflareAccess>(&credential.provider)) {
    const auto url =
        endpoints.cloudflare.empty() ? std::string(cloudflare::public_url) : endpoints.cloudflare;
    return Access{.provider = "cloudflare",
                  .base_url = url,
                  .host = url,
                  .token = c->token.secret_key_ref,
                  .account = c->account_id,
                  .rules = cloudflare::cloudflare_rate_rules(),
                  .hint = cloudflare::cloudflare_budget};
  }
  if (const auto* f = std::get_if<api::FlyAccess>(&credential.provider)) {
    const auto url = endpoints.fly.empty() ? fly::FlyOptions{}.base_url : endpoints.fly;
    return Access{.provider = "fly",
                  .base_url = url,
                  .host = url,
                  .token = f->token.secret_key_ref,
                  .account = "",
                  .rules = fly::fly_rate_rules(),
                  .hint = fly::fly_budget};
  }
  if (const auto* g = std::get_if<api::GitHubAccess>(&credential.provider)) {
    return access_of(*g, endpoints);
  }
  return fail(ErrorKind::unsupported,
              "Credential " + credential.metadata.name +
                  ": this release works with cloudflare, fly and github only");
}

Awaitable<Result<Secret>> read_token(Source& tokens, SourceKey key) {
  auto reading = tokens.get(key);
  CO_TRY(auto token, co_await std::move(reading));
  if (!token) {
    const auto why = tokens.why_missing(key);
    co_return fail(ErrorKind::unauthorized, "there is no token: Secret " + key.ns + "/" +
                                                key.secret + " has no key " + key.key +
                                                (why.empty() ? "" : ": " + why));
  }
  co_return std::move(*token);
}

}  // namespace

ProviderRegistry::ProviderRegistry(net::HttpClient& transport, const WriteFence& fence,
                                   Clock& clock, Random& random, Source& tokens, Metrics& metrics,
                                   EventLog& log, Endpoints endpoints, Files& files,
                                   RestedReader& reader, providers::dotenv::DotenvOptions dotenv)
    : transport_(transport),
      fence_(fence),
      clock_(clock),
      random_(random),
      tokens_(tokens),
      metrics_(metrics),
      log_(log),
      endpoints_(std::move(endpoints)),
      dotenv_(files, reader, clock, fence, std::move(dotenv)) {}

ProviderRegistry::~ProviderRegistry() = default;

Result<std::unique_ptr<ProviderRegistry::Connection>> ProviderRegistry::make(
    const api::Credential& credential) {
  TRY(const auto access, access_of(credential, endpoints_));
  const SourceKey token{credential.metadata.ns, access.token.name, access.token.key};
  auto& limits = limits_[access.provider + " " + token.ns + "/" + token.secret + " " + token.key +
                         " " + (access.app ? access.account : "")];
  if (!limits) limits = std::make_unique<net::RateLimits>(access.rules);

  const net::CallerLabels labels{
      .provider = access.provider,
      .credential = credential.metadata.ns + "/" + credential.metadata.name};
  std::vector<std::string> allowed = endpoints_.hosts;
  allowed.push_back(access.host);
  auto out = std::make_unique<Connection>();
  TRY(out->guard, net::HostGuard::make(transport_, allowed));
  out->fenced = std::make_unique<net::Fenced>(*out->guard, fence_);
  out->budgeted = std::make_unique<net::Budgeted>(
      *out->fenced, clock_, *limits,
      [hint = access.hint, &clock = clock_](const net::Response& response) {
        return hint(response, clock.wall());
      },
      metrics_, labels);
  out->out = std::make_unique<net::Measured>(*out->budgeted, clock_, metrics_, log_, labels);

  providers::TokenSource source = [&tokens = tokens_, token] { return read_token(tokens, token); };
  if (access.provider == "fly") {
    out->providers[PlaceKind::flyApp] = std::make_unique<fly::FlyProvider>(
        *out->out, clock_, source, fly::FlyOptions{.base_url = access.base_url});
  } else if (access.provider == "github") {
    net::HttpClient* way = out->out.get();
    if (access.app) {
      out->app = std::make_unique<github::AppTokens>(*out->out, clock_, source, access.base_url,
                                                     *access.app);
      out->app_out = std::make_unique<github::AppHttp>(*out->out, *out->app);
      way = out->app_out.get();
      source = [app = out->app.get()] { return app->get(); };
    }
    const github::GitHubOptions options{.base_url = access.base_url};
    for (const auto kind : {PlaceKind::githubRepository, PlaceKind::githubEnvironment}) {
      out->providers[kind] =
          std::make_unique<github::GitHubSecretsProvider>(*way, clock_, random_, source, options);
    }
    out->protections = std::make_unique<github::GitHubProtections>(*way, clock_, source, options);
  } else {
    const cloudflare::CloudflareOptions options{.base_url = access.base_url,
                                                .account_id = access.account};
    out->providers[PlaceKind::cloudflareWorker] =
        std::make_unique<cloudflare::CloudflareWorkerProvider>(*out->out, clock_, source, options);
    out->inspector =
        std::make_unique<cloudflare::CloudflareInspector>(*out->out, clock_, source, options);
  }
  return out;
}

Result<ProviderRegistry::Connection*> ProviderRegistry::connect(const api::Credential& credential) {
  TRY(const auto access, access_of(credential, endpoints_));
  const auto identity = credential.metadata.ns + "/" + credential.metadata.name + " " +
                        access.provider + " " + access.base_url + " " + access.account + " " +
                        access.token.name + " " + access.token.key;
  auto& connection = connections_[identity];
  if (!connection) {
    auto made = make(credential);
    if (!made) {
      connections_.erase(identity);
      return fail(made.error());
    }
    connection = std::move(*made);
  }
  return connection.get();
}

Result<Provider*> ProviderRegistry::find(PlaceKind kind, const api::Credential* credential) {
  const auto unsupported = [&] {
    return fail(ErrorKind::unsupported,
                std::string(to_string(kind)) + " places are not built in this release");
  };
  if (kind == PlaceKind::dotenvFile) return &dotenv_;
  if (!credential) return unsupported();
  TRY(auto* connection, connect(*credential));
  const auto found = connection->providers.find(kind);
  if (found == connection->providers.end()) return unsupported();
  return found->second.get();
}

Result<CredentialInspector*> ProviderRegistry::inspector(const api::Credential& credential) {
  TRY(auto* connection, connect(credential));
  if (!connection->inspector) {
    return fail(ErrorKind::unsupported, "this kind of credential has no account to look at");
  }
  return connection->inspector.get();
}

Result<ProtectionReader*> ProviderRegistry::protections(const api::Credential& credential) {
  TRY(auto* connection, connect(credential));
  if (!connection->protections) {
    return fail(ErrorKind::unsupported, "this kind of credential guards no environments");
  }
  return connection->protections.get();
}

}  // namespace lockstep
