#include "app/provider_registry.hpp"

#include "local/git_index.hpp"
#include "net/fenced.hpp"
#include "net/host_guard.hpp"
#include "net/measured.hpp"
#include "providers/cloudflare/inspector.hpp"
#include "providers/cloudflare/worker.hpp"
#include "providers/fly/provider.hpp"

namespace lockstep {

namespace cloudflare = providers::cloudflare;
namespace fly = providers::fly;

/// A credential's way out, from the outside in: count, wait for the budget, ask the fence, check
/// the host, send. The fence stands below the wait, so a lock lost while waiting still counts.
struct ProviderRegistry::Connection {
  std::unique_ptr<net::HostGuard> guard;
  std::unique_ptr<net::Fenced> fenced;
  std::unique_ptr<net::Budgeted> budgeted;
  std::unique_ptr<net::Measured> out;
  std::map<PlaceKind, std::unique_ptr<Provider>> providers;
  std::unique_ptr<CredentialInspector> inspector;
  std::unique_ptr<ProtectionReader> protections;
};

namespace {

/// What a kind of credential needs to be connected.
struct Access {
  std::string provider;
  std::string base_url;
  api::SecretKeyRef token;
  std::string account;
  net::RateBudget::Options budget;
  net::BudgetHint (*hint)(const net::Response&, Wall);
};

Result<Access> access_of(const api::Credential& credential, const Endpoints& endpoints) {
  if (const auto* c = std::get_if<api::CloudflareAccess>(&credential.provider)) {
    return Access{.provider = "cloudflare",
                  .base_url = endpoints.cloudflare.empty() ? std::string(cloudflare::public_url)
                                                           : endpoints.cloudflare,
                  .token = c->token.secret_key_ref,
                  .account = c->account_id,
                  .budget = cloudflare::cloudflare_budget_options(),
                  .hint = cloudflare::cloudflare_budget};
  }
  if (const auto* f = std::get_if<api::FlyAccess>(&credential.provider)) {
    return Access{.provider = "fly",
                  .base_url = endpoints.fly.empty() ? fly::FlyOptions{}.base_url : endpoints.fly,
                  .token = f->token.secret_key_ref,
                  .account = "",
                  .budget = fly::fly_budget_options(),
                  .hint = fly::fly_budget};
  }
  return fail(ErrorKind::unsupported, "Credential " + credential.metadata.name +
                                          ": this release works with cloudflare and fly only");
}

Awaitable<Result<Secret>> read_token(Source& tokens, SourceKey key) {
  auto reading = tokens.get(key);
  CO_TRY(auto token, co_await std::move(reading));
  if (!token) {
    co_return fail(ErrorKind::unauthorized, "there is no token: Secret " + key.ns + "/" +
                                                key.secret + " has no key " + key.key);
  }
  co_return std::move(*token);
}

}  // namespace

ProviderRegistry::ProviderRegistry(net::HttpClient& transport, const WriteFence& fence,
                                   Clock& clock, Source& tokens, Metrics& metrics, EventLog& log,
                                   Endpoints endpoints, Files& files, Path dotenv_root)
    : transport_(transport),
      fence_(fence),
      clock_(clock),
      tokens_(tokens),
      metrics_(metrics),
      log_(log),
      endpoints_(std::move(endpoints)),
      dotenv_(files, clock, fence,
              {.root = std::move(dotenv_root),
               .tracked = [&files](const Path& file) { return tracked_by_git(files, file); }}) {}

ProviderRegistry::~ProviderRegistry() = default;

Result<std::unique_ptr<ProviderRegistry::Connection>> ProviderRegistry::make(
    const api::Credential& credential) {
  TRY(const auto access, access_of(credential, endpoints_));
  const SourceKey token{credential.metadata.ns, access.token.name, access.token.key};
  auto& budget = budgets_[access.provider + " " + token.ns + "/" + token.secret + " " + token.key];
  if (!budget) budget = std::make_unique<net::RateBudget>(access.budget);

  const net::CallerLabels labels{
      .provider = access.provider,
      .credential = credential.metadata.ns + "/" + credential.metadata.name};
  std::vector<std::string> allowed = endpoints_.hosts;
  allowed.push_back(access.base_url);
  auto out = std::make_unique<Connection>();
  TRY(out->guard, net::HostGuard::make(transport_, allowed));
  out->fenced = std::make_unique<net::Fenced>(*out->guard, fence_);
  out->budgeted = std::make_unique<net::Budgeted>(
      *out->fenced, clock_, *budget,
      [hint = access.hint, &clock = clock_](const net::Response& response) {
        return hint(response, clock.wall());
      },
      metrics_, labels);
  out->out = std::make_unique<net::Measured>(*out->budgeted, clock_, metrics_, log_, labels);

  const providers::TokenSource source = [&tokens = tokens_, token] {
    return read_token(tokens, token);
  };
  if (access.provider == "fly") {
    out->providers[PlaceKind::flyApp] = std::make_unique<fly::FlyProvider>(
        *out->out, clock_, source, fly::FlyOptions{.base_url = access.base_url});
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
                        access.provider + " " + access.account + " " + access.token.name + " " +
                        access.token.key;
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
