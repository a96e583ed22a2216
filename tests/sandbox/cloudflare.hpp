// Cloudflare's API: Workers with secrets, versions and deployments; account resources; tokens.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/emulator_base.hpp"

namespace lockstep::sandbox {

namespace cloudflare {
struct World;
}

/// How this Cloudflare behaves where the real one is limited, slow or undocumented.
struct CloudflareOptions {
  std::uint64_t seed = 1;
  /// A read sees a write this much later.
  Nanos read_lag{};
  /// An edit holds the lock of its script this long; the answer comes when it is let go. Another
  /// edit within that time is refused (code 10013).
  Nanos edit_takes{};
  /// https://developers.cloudflare.com/fundamentals/api/reference/limits/: requests in a window;
  /// one more and everything is refused for `block`.
  std::uint64_t requests = 1200;
  Nanos window = std::chrono::minutes(5);
  Nanos block = std::chrono::minutes(5);
  /// The same page: 200 requests a second from one address. 0 is no limit, because most tests ask
  /// without pause.
  std::uint64_t requests_a_second = 0;
  /// https://developers.cloudflare.com/workers/platform/limits/#environment-variables
  std::size_t max_variables = 128;  ///< variables and secrets of one Worker; 64 on the free plan
  std::size_t max_value_bytes = 5 << 10;
  std::size_t max_bulk = 100;
  std::size_t deployments_listed = 10;
  /// What a version made by PATCH versions/latest says it was triggered by (undocumented).
  std::string latest_patch_trigger = "version_upload";
};

/// A token. `secret` is what a client sends.
struct CloudflareToken {
  enum class Kind { user, account };
  enum class Status { active, disabled };
  std::string id;
  std::string secret;
  Kind kind = Kind::user;
  Status status = Status::active;
  std::string owner_email = "owner@example.com";  ///< of a user token: the author of its edits
  std::vector<std::string> accounts = {};
  std::set<std::string> permissions = {};  ///< `Workers Scripts Write`; Write includes Read
  std::optional<Wall> expires_on = {};
};

/// A binding that is no secret.
struct WorkerBinding {
  std::string name;
  std::string type = "plain_text";
  std::map<std::string, std::string> fields = {};  ///< `text`, `namespace_id`, `id`, ...
};

/// Somebody who edits a Worker.
struct Person {
  std::string email = "dev@example.com";
  std::string source = "wrangler";  ///< or `dash`, `api`, `terraform`, ...
};

/// A code upload by a person; bindings that are not named stay.
struct Upload {
  std::vector<WorkerBinding> add = {};
  std::vector<std::string> remove = {};
  bool deploy = true;
};

/// An account resource that can be listed.
struct CloudflareResource {
  enum class Kind { d1, kv, r2, ai_gateway };
  Kind kind = Kind::kv;
  std::string name;  ///< database name, namespace title, bucket name, gateway id
};

/// Several Cloudflare accounts in memory, served under /client/v4.
class CloudflareEmulator final : public EmulatorBase {
 public:
  explicit CloudflareEmulator(CloudflareOptions options = {});
  ~CloudflareEmulator() override;
  bool serves(std::string_view path) const override;

  /// Setting up. Accounts have 32 hex digits.
  void add_account(const std::string& account, const std::string& name);
  /// Setting up: a Worker whose first version is deployed.
  void add_worker(const std::string& account, const std::string& script, Wall now,
                  const std::vector<WorkerBinding>& bindings = {});
  /// Setting up: a secret in a Worker's first version; no new version.
  void seed_secret(const std::string& account, const std::string& script, const std::string& name,
                   std::string_view value);
  void add_resource(const std::string& account, const CloudflareResource& resource, Wall now);
  void add_token(CloudflareToken token);
  void set_token_status(const std::string& id, CloudflareToken::Status status);
  /// The token answers like one that never was.
  void delete_token(const std::string& id);

  /// What a person does; gives the new version's id. Unknown accounts and Workers throw
  /// std::out_of_range.
  std::string upload(const std::string& account, const std::string& script, const Person& person,
                     const Upload& upload, Wall now);
  std::string put_secret(const std::string& account, const std::string& script,
                         const std::string& name, std::string_view value, const Person& person,
                         Wall now);
  std::string delete_secret(const std::string& account, const std::string& script,
                            const std::string& name, const Person& person, Wall now);
  /// Deploys the latest version to `percent` of the traffic, the one active now to the rest.
  void split_traffic(const std::string& account, const std::string& script, int percent,
                     const Person& person, Wall now);
  /// Gives the latest version all traffic.
  void deploy_latest(const std::string& account, const std::string& script, const Person& person,
                     Wall now);
  /// Deploys the version `back` numbers before the active one, as a forced rollback.
  void rollback(const std::string& account, const std::string& script, std::size_t back,
                const Person& person, Wall now);
  void delete_worker(const std::string& account, const std::string& script, Wall now);

  /// For oracles: the value in the active version; valid until the next change.
  std::optional<std::string_view> value(const std::string& account, const std::string& script,
                                        const std::string& name) const;
  /// For oracles: the secret names of the active version.
  std::vector<std::string> names(const std::string& account, const std::string& script) const;
  /// The id of the newest deployment.
  std::string active_deployment(const std::string& account, const std::string& script) const;
  std::size_t version_count(const std::string& account, const std::string& script) const;
  std::size_t deployment_count(const std::string& account, const std::string& script) const;
  std::vector<std::string> workers(const std::string& account) const;
  /// True when a version after the active one was made by anybody but `email`.
  bool undeployed_by_others(const std::string& account, const std::string& script,
                            const std::string& email) const;
  /// True when exactly the latest version has all the traffic.
  bool latest_is_deployed(const std::string& account, const std::string& script) const;

 protected:
  Reply answer(const Call& call, Wall now, bool stale) override;
  net::Response error_answer(const Call& call, int status) override;

 private:
  std::unique_ptr<cloudflare::World> world_;
};

}  // namespace lockstep::sandbox
