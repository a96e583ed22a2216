// Inside the Fly emulator: the account and its handlers.
#pragma once

#include <boost/json/array.hpp>

#include "sandbox/fly.hpp"

namespace lockstep::sandbox::fly {

struct StoredSecret {
  SharedSecret value;
  std::string digest;
  Wall created_at{};
  Wall updated_at{};
};
using Secrets = std::map<std::string, StoredSecret>;

struct Lease {
  std::string nonce;
  Wall expires_at{};
  std::string owner;
  std::string description;
  std::string instance;  ///< of the machine when it was given
};

struct MachineEvent {
  std::string type;
  std::string status;
  Wall at{};          ///< it is shown from then on
  int exit_code = 0;  ///< of an exit; 0: it was asked for
  int restarts = 0;   ///< of an exit; 0: it is not started again
};

struct Machine {
  std::string id;
  std::string region;
  std::string image;
  std::string instance_id;
  std::string private_ip;
  bool started = true;
  bool suspended = false;
  bool reachable = true;
  bool destroyed = false;
  std::optional<Wall> checks_before;  ///< when they passed, before the last start
  FlyStart start = FlyStart::well;  ///< how its next start goes
  FlyStart life = FlyStart::well;   ///< how its last one went
  Wall started_at{};  ///< `starting` before it, where started
  Wall created_at{};
  Wall updated_at{};
  json::value config;
  std::vector<MachineEvent> events;  ///< newest first
  Secrets live;                      ///< what it booted with
};

/// What flyctl records of a deployment at the service that it calls UIEX.
struct Release {
  std::string id;
  std::uint64_t version = 0;
  std::string status;
  std::string strategy;
  std::string image;
  json::value definition;  ///< the app's config, or null where nobody gave one
  Wall created_at{};
};

struct App {
  std::string id;
  std::string name;
  std::string organization;
  bool destroyed = false;
  std::uint64_t version = 0;      ///< of the secrets; clients must take it as opaque
  std::vector<Release> releases;  ///< oldest first
  Secrets secrets;
  std::vector<Machine> machines;
};

struct State {
  std::map<std::string, App> apps;
};

struct World {
  explicit World(FlyOptions given) : options(given), ids(given.seed) {}
  FlyOptions options;
  IdMaker ids;
  Timeline<State> time;
  std::map<std::string, FlyToken> tokens;  ///< by secret
  std::map<std::string, Lease> leases;     ///< by machine id
  std::uint64_t reads = 0;
  Pacer pacer;
};

/// One request after authentication. `view` is what a read may see of the account.
struct Ask {
  const Call& call;
  const std::vector<std::string>& arguments;
  Wall now;
  const State& view;
  const App& app;  ///< as of `view` for reads, as it is for writes
  bool stale = false;
};

/// A change of secrets: a value, or nothing to remove the name.
using Values = std::map<std::string, SharedSecret>;

net::Response error(int status, const std::string& text);
/// The tokens of a request that exist and are not revoked.
std::vector<const FlyToken*> live_tokens(const World& world, const Call& call);
/// Whether one of them reaches the app.
bool allowed(const std::vector<const FlyToken*>& tokens, const App& app, bool write);
std::string timestamp(Wall when);
/// Sets and removes; gives the new version. Shared by the API and the admin functions.
std::uint64_t apply_values(World& world, const std::string& app, const Values& values, Wall now);
/// Gives a machine a new config and the secrets of `secrets`; it reboots when `launch`.
void update_machine(World& world, Machine& machine, json::value config, const Secrets& secrets,
                    bool launch, Wall now);
Machine* find_machine(App& app, std::string_view id);
/// Fly.io's word for what the machine does.
std::string state_of(const Machine& machine, Wall now);
/// Whether a machine that was told to run does so, without an end in sight.
bool is_well(const Machine& machine, Wall now);
void remember(Machine& machine, MachineEvent event);
/// The machine starts, and whatever comes of that.
void begin_life(Machine& machine, Wall starts);
/// What would have come of its last start does not come any more.
void end_life(Machine& machine, Wall now);
json::array events_of(const Machine& machine, Wall now);
/// All of the machine, in one list.
json::array checks_of(const World& world, const Machine& machine, Wall now);
/// Why a change of secrets is refused; nothing when it is fine.
std::optional<net::Response> refuse_values(World& world, const App& app, const Values& values);
/// Appends a release of the next number.
Release& add_release(World& world, App& app, Wall now);

Reply list_secrets(World& world, const Ask& ask);
Reply get_secret(World& world, const Ask& ask);
Reply set_secret(World& world, const Ask& ask);
Reply delete_secret(World& world, const Ask& ask);
Reply bulk_secrets(World& world, const Ask& ask);

Reply list_machines(World& world, const Ask& ask);
Reply get_machine(World& world, const Ask& ask);
Reply post_machine(World& world, const Ask& ask);
Reply wait_machine(World& world, const Ask& ask);
Reply take_lease(World& world, const Ask& ask);
Reply show_lease(World& world, const Ask& ask);
Reply drop_lease(World& world, const Ask& ask);
Reply list_processes(World& world, const Ask& ask);

Reply list_volumes(World& world, const Ask& ask);
Reply list_addresses(World& world, const Ask& ask);
Reply list_releases(World& world, const Ask& ask);

/// `/api/v1/releases`, whose app is not in the path; nothing: another path.
std::optional<net::Response> release_route(World& world, const Call& call, Wall now);
/// `/graphql`; nothing: another path.
std::optional<net::Response> graphql_route(World& world, const Call& call, Wall now);

}  // namespace lockstep::sandbox::fly
