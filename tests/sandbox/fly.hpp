// Fly.io's Machines API: app secrets and the machines that carry them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/emulator_base.hpp"

namespace lockstep::sandbox {

namespace fly {
struct World;
}

/// How this Fly behaves where the real one is configurable, limited or undocumented.
struct FlyOptions {
  std::uint64_t seed = 1;
  /// A read sees a write this much later.
  Nanos read_lag{};
  /// Every so-many-th read comes from a replica that is up to date; 0: none does.
  std::uint32_t fresh_every = 0;
  /// A machine is `starting` this long after an update.
  Nanos start_time{};
  /// Checks answer this long after a start; until then they show what they said before it.
  Nanos check_time{};
  /// Whether a lease names the instance that it was given for.
  bool leases_tell_instance = true;
  /// https://fly.io/docs/machines/api/working-with-machines-api/#rate-limits
  Pace machine_actions{.every = Seconds(1), .burst = 3};
  Pace get_machine{.every = std::chrono::milliseconds(200), .burst = 10};
  /// Not documented for secrets: as other actions, per app and action.
  Pace secret_actions{.every = Seconds(1), .burst = 3};
  /// Whether writing the value that is there moves updated_at (undocumented).
  bool same_value_touches = true;
  /// Whether the answer of a bulk write lists all secrets or those it set (undocumented).
  bool bulk_lists_all = false;
  std::size_t max_value_bytes = 64 << 10;
  std::size_t max_secrets = 300;
};

/// A token of the emulated organisation. `secret` is what a client sends.
struct FlyToken {
  std::string id;
  std::string secret;
  std::string organization = "personal";
  std::vector<std::string> apps = {};  ///< empty: every app of the organisation
  bool read_only = false;
  bool revoked = false;
};

/// A machine to set up.
struct FlyMachine {
  std::string region = "iad";
  std::string image = "registry.fly.io/app:deployment-01HXA0000000000000000000";
  bool started = true;
  /// Carries fly_platform_version=v2: what flyctl deploys; others it skips silently.
  bool fly_launch = true;
  std::string group = "app";  ///< of processes
  bool suspended = false;     ///< where not started: suspended instead of stopped
  bool standby = false;
  bool checked = false;  ///< has a check of its own, `http`
};

/// How a machine takes its next start.
enum class FlyStart {
  well,
  critical,  ///< runs, and its check never passes
  crashes,   ///< ends with code 1 again and again
  hangs,     ///< stays `starting`
  dies,      ///< ends with code 1 after 4 s and stays down
  stumbles,  ///< ends so once, is started again 2 s later and then runs
};

/// One Fly.io organisation set in memory, served under /v1.
class FlyEmulator final : public EmulatorBase {
 public:
  explicit FlyEmulator(FlyOptions options = {});
  ~FlyEmulator() override;
  bool serves(std::string_view path) const override;

  /// Setting up: an app without machines or secrets.
  void add_app(const std::string& app, const std::string& organization = "personal");
  /// Setting up: a machine with the app's present secrets; gives its id.
  std::string add_machine(const std::string& app, const FlyMachine& machine, Wall now);
  void add_token(FlyToken token);
  /// Setting up: the machine started before there was any secret.
  void forget_secrets(const std::string& app, const std::string& machine);

  /// What another person does. Each throws std::out_of_range when the app does not exist.
  std::uint64_t set_secret(const std::string& app, const std::string& name, std::string_view value,
                           Wall now);
  std::uint64_t unset_secret(const std::string& app, const std::string& name, Wall now);
  /// Updates every Fly-Launch machine with the latest secrets, as `fly deploy` does.
  void deploy(const std::string& app, Wall now);
  /// From here on every start of the machine goes like that; `well` also mends the present one.
  void set_start(const std::string& app, const std::string& machine, FlyStart how);
  /// Updates one machine with the latest secrets.
  void deploy_machine(const std::string& app, const std::string& machine, Wall now);
  /// The proxy stops an idle machine, and starts it when requests come.
  void stop_machine(const std::string& app, const std::string& machine, Wall now);
  void start_machine(const std::string& app, const std::string& machine, Wall now);
  void destroy_machine(const std::string& app, const std::string& machine, Wall now);
  /// Another person takes the lease of a machine, whoever has it now.
  void lease_machine(const std::string& machine, Nanos span, Wall now);
  /// The machine's host is unreachable, or reachable again: then its config is not told.
  void set_reachable(const std::string& app, const std::string& machine, bool reachable);
  void revoke_token(const std::string& id);
  /// From here on the app answers 400 "could not find app".
  void destroy_app(const std::string& app, Wall now);

  /// For oracles: the stored value; valid until the next change. Nothing: no such secret.
  std::optional<std::string_view> value(const std::string& app, const std::string& name) const;
  std::vector<std::string> names(const std::string& app) const;
  /// For oracles: what a machine got when it was last updated.
  std::optional<std::string_view> live_value(const std::string& app, const std::string& machine,
                                             const std::string& name) const;
  std::vector<std::string> machines(const std::string& app) const;
  /// For oracles: whether the machine was told to run.
  bool runs(const std::string& app, const std::string& machine) const;
  /// For oracles: whether it was told to run, does, and is healthy.
  bool well(const std::string& app, const std::string& machine, Wall now) const;
  /// For oracles: whether somebody holds a lease of the machine.
  bool leased(const std::string& machine, Wall now) const;
  std::string instance_id(const std::string& app, const std::string& machine) const;
  std::uint64_t secrets_version(const std::string& app) const;
  bool has_app(const std::string& app) const;

 protected:
  Reply answer(const Call& call, Wall now, bool stale) override;
  net::Response error_answer(const Call& call, int status) override;

 private:
  std::unique_ptr<fly::World> world_;
};

}  // namespace lockstep::sandbox
