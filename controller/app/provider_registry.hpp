// One provider for each credential, with its own budget and its own way out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fence.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "net/budgeted.hpp"
#include "net/http.hpp"
#include "ports/provider.hpp"
#include "ports/source.hpp"
#include "providers/dotenv/provider.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace lockstep {

/// Where providers are: the public addresses, or what the admin put in their place.
struct Endpoints {
  std::string cloudflare;  ///< empty: the public one; so for the others
  std::string fly;
  std::string github;
  std::vector<std::string> hosts;  ///< extra origins that a credential may be sent to
};

/// Makes providers as Credentials ask for them. A Credential that changed gets a new one; those in
/// use stay alive. Credentials that name the same Secret and key share one budget (S10).
class ProviderRegistry final : public Providers {
 public:
  /// All references outlive this.
  ProviderRegistry(net::HttpClient& transport, const WriteFence& fence, Clock& clock,
                   Random& random, Source& tokens, Metrics& metrics, EventLog& log,
                   Endpoints endpoints, Files& files, RestedReader& reader,
                   providers::dotenv::DotenvOptions dotenv);
  ~ProviderRegistry() override;

  Result<Provider*> find(PlaceKind kind, const api::Credential* credential) override;
  Result<CredentialInspector*> inspector(const api::Credential& credential) override;
  Result<ProtectionReader*> protections(const api::Credential& credential) override;

 private:
  struct Connection;
  Result<Connection*> connect(const api::Credential& credential);
  Result<std::unique_ptr<Connection>> make(const api::Credential& credential);

  net::HttpClient& transport_;
  const WriteFence& fence_;
  Clock& clock_;
  Random& random_;
  Source& tokens_;
  Metrics& metrics_;
  EventLog& log_;
  Endpoints endpoints_;
  providers::dotenv::DotenvProvider dotenv_;
  std::map<std::string, std::unique_ptr<net::RateLimits>> limits_;
  std::map<std::string, std::unique_ptr<Connection>> connections_;
};

}  // namespace lockstep
