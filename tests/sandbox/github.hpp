// GitHub's REST API: Actions secrets of repositories and environments, and what guards them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/emulator_base.hpp"

namespace lockstep::sandbox {

namespace github {
struct World;
}

/// How this GitHub behaves where the real one is limited, slow or undocumented.
struct GitHubOptions {
  std::uint64_t seed = 1;
  /// A read sees a write this much later.
  Nanos read_lag{};
  /// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api; 0: no limit.
  std::uint64_t requests_per_hour = 5000;  ///< per user or installation; a 304 does not count
  std::uint64_t points_per_minute = 900;   ///< a read is one point, a write five
  std::uint64_t content_per_minute = 80;   ///< writes
  std::uint64_t content_per_hour = 500;    ///< writes
  Nanos secondary_block = Seconds(60);     ///< every request is refused that long
  bool secondary_says_retry_after = true;  ///< else the client must know to wait a minute
  int limit_status = 403;                  ///< or 429: the documentation names both
  bool etags = true;                       ///< shown for variables; not documented for secrets
  std::size_t max_value_bytes = 48'000;    ///< "48 KB"
  std::size_t max_secrets = 100;           ///< per repository and per environment
};

/// A personal access token with fine-grained permissions. `secret` is what a client sends.
struct GitHubToken {
  std::string id;
  std::string secret;
  std::string user = "octocat";                         ///< whose limits it uses up
  std::vector<std::string> repositories = {};           ///< owner/name; empty: every repository
  std::map<std::string, std::string> permissions = {};  ///< {"secrets", "write"}; write has read
  std::optional<Wall> expires_at = {};
};

/// A GitHub App with one installation; it signs with the key that belongs to `public_key`.
struct GitHubApp {
  std::string id;
  std::string client_id;
  std::string public_key;  ///< RSA, PEM
  std::string installation;
  std::vector<std::string> repositories = {};  ///< owner/name; empty: every repository
  std::map<std::string, std::string> permissions = {};
};

/// What guards an environment.
struct GitHubProtection {
  struct Reviewer {
    std::string name;  ///< a user's login or a team's slug
    bool team = false;
  };
  enum class Branches { all, protected_only, custom };
  std::vector<Reviewer> reviewers = {};
  bool prevent_self_review = false;
  int wait_timer = 0;  ///< minutes
  Branches branches = Branches::all;
  std::vector<std::string> patterns = {};  ///< of a custom policy
  bool admins_may_bypass = true;
};

/// Where secrets are: in a repository, or in one of its environments.
struct GitHubScope {
  std::string repository;        ///< owner/name
  std::string environment = "";  ///< empty: the repository's own
};

/// Repositories in memory, served at the root (api.github.com) and under /api/v3 (GitHub
/// Enterprise Server). Admin functions throw std::out_of_range for what does not exist.
class GitHubEmulator final : public EmulatorBase {
 public:
  explicit GitHubEmulator(GitHubOptions options = {});
  ~GitHubEmulator() override;
  bool serves(std::string_view path) const override;

  /// Setting up. Tokens and apps come after the repositories that they name.
  void add_repository(const std::string& full_name, Wall now, bool is_private = true);
  void add_environment(const std::string& repository, const std::string& environment, Wall now,
                       const GitHubProtection& protection = {});
  void add_branch(const std::string& repository, const std::string& branch, bool is_protected);
  void add_token(const GitHubToken& token);
  void add_app(const GitHubApp& app);

  /// What another person does.
  void set_secret(const GitHubScope& scope, const std::string& name, std::string_view value,
                  Wall now);
  void unset_secret(const GitHubScope& scope, const std::string& name, Wall now);
  void change_protection(const std::string& repository, const std::string& environment,
                         const GitHubProtection& protection, Wall now);
  /// With its secrets and its protection.
  void delete_environment(const std::string& repository, const std::string& environment, Wall now);
  /// A workflow's run names the environment: where it is missing it comes to be, unprotected.
  void run_workflow(const std::string& repository, const std::string& environment, Wall now);
  /// Renames or transfers; the old name redirects until someone takes it.
  void move_repository(const std::string& repository, const std::string& to, Wall now);
  void delete_repository(const std::string& repository, Wall now);
  void revoke_token(const std::string& id);
  /// From here on only boxes for the new key open.
  void rotate_key(const GitHubScope& scope);

  /// For oracles: the stored value; valid until the next change. Nothing: no such secret.
  std::optional<std::string_view> value(const GitHubScope& scope, const std::string& name) const;
  std::vector<std::string> names(const GitHubScope& scope) const;
  std::vector<std::string> repositories() const;
  std::vector<std::string> environments(const std::string& repository) const;
  const GitHubProtection& protection(const std::string& repository,
                                     const std::string& environment) const;
  /// Requests that were refused by a documented limit: a paced client has none.
  std::size_t throttled() const;
  /// Calls that replace an environment's settings: one that only checks has none.
  std::size_t environment_puts() const;

 protected:
  Reply answer(const Call& call, Wall now, bool stale) override;
  net::Response error_answer(const Call& call, int status) override;

 private:
  std::unique_ptr<github::World> world_;
};

}  // namespace lockstep::sandbox
