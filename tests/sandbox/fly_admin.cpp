// Setting up a Fly organisation, what another person does in it, and what oracles look at.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "sandbox/fly_world.hpp"

namespace lockstep::sandbox {

namespace {

const fly::Machine& machine_of(const fly::App& app, const std::string& id) {
  for (const auto& machine : app.machines) {
    if (machine.id == id) return machine;
  }
  throw std::out_of_range("no machine " + id);
}

std::optional<std::string_view> value_in(const fly::Secrets& secrets, const std::string& name) {
  const auto found = secrets.find(name);
  if (found == secrets.end()) return std::nullopt;
  return found->second.value->expose();
}

}  // namespace

void FlyEmulator::add_app(const std::string& app, const std::string& organization) {
  auto& added = world_->time.direct().apps[app];
  added.id = world_->ids.hex(16);
  added.name = app;
  added.organization = organization;
  added.version = 1000;
}

std::string FlyEmulator::add_machine(const std::string& app, const FlyMachine& machine, Wall now) {
  auto& owner = world_->time.direct().apps.at(app);
  json::object metadata;
  if (machine.fly_launch) {
    metadata["fly_platform_version"] = "v2";
    metadata["fly_process_group"] = machine.group;
  }
  fly::Machine added;
  added.id = world_->ids.hex(14);
  added.region = machine.region;
  added.image = machine.image;
  added.instance_id = "01" + world_->ids.hex(24);
  added.private_ip = "fdaa:0:1::" + added.id.substr(0, 4);
  added.started = machine.started;
  added.checks_before = now;
  added.suspended = machine.suspended;
  added.started_at = now;
  added.created_at = now;
  added.updated_at = now;
  added.config = json::object{{"image", machine.image},
                              {"metadata", std::move(metadata)},
                              {"guest", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 512}}},
                              {"env", {{"PRIMARY_REGION", machine.region}}}};
  if (machine.checked) {
    added.config.as_object()["checks"] = {{"http", {{"type", "http"}, {"port", 8080}}}};
  }
  if (machine.standby) added.config.as_object()["standbys"] = json::array{"3d8d9d00000000"};
  added.events = {{.type = "start", .status = "started", .at = now},
                  {.type = "launch", .status = "created", .at = now}};
  added.live = owner.secrets;
  owner.machines.push_back(std::move(added));
  return owner.machines.back().id;
}

void FlyEmulator::forget_secrets(const std::string& app, const std::string& machine) {
  fly::find_machine(world_->time.direct().apps.at(app), machine)->live.clear();
}

void FlyEmulator::add_token(FlyToken token) {
  auto secret = token.secret;
  world_->tokens[std::move(secret)] = std::move(token);
}

std::uint64_t FlyEmulator::set_secret(const std::string& app, const std::string& name,
                                      std::string_view value, Wall now) {
  return fly::apply_values(*world_, app, {{name, share(value)}}, now);
}

std::uint64_t FlyEmulator::unset_secret(const std::string& app, const std::string& name, Wall now) {
  return fly::apply_values(*world_, app, {{name, nullptr}}, now);
}

void FlyEmulator::deploy(const std::string& app, Wall now) {
  auto& deployed = world_->time.change(now).apps.at(app);
  const auto number = std::to_string(fly::add_release(*world_, deployed, now).version);
  for (auto& machine : deployed.machines) {
    auto config = machine.config;
    auto* metadata = config.as_object().if_contains("metadata");
    if (!metadata || text_member(*metadata, "fly_platform_version") != "v2") continue;
    metadata->as_object()["fly_release_version"] = number;
    update_machine(*world_, machine, std::move(config), deployed.secrets, machine.started, now);
  }
}

void FlyEmulator::deploy_machine(const std::string& app, const std::string& id, Wall now) {
  auto& deployed = world_->time.change(now).apps.at(app);
  auto& machine = *fly::find_machine(deployed, id);
  update_machine(*world_, machine, machine.config, deployed.secrets, machine.started, now);
}

void FlyEmulator::stop_machine(const std::string& app, const std::string& id, Wall now) {
  auto& machine = *fly::find_machine(world_->time.change(now).apps.at(app), id);
  end_life(machine, now);
  machine.started = false;
  remember(machine, {.type = "exit", .status = "stopped", .at = now});
}

void FlyEmulator::start_machine(const std::string& app, const std::string& id, Wall now) {
  auto& machine = *fly::find_machine(world_->time.change(now).apps.at(app), id);
  if (!machine.started) begin_life(machine, now + world_->options.start_time);
}

void FlyEmulator::destroy_machine(const std::string& app, const std::string& id, Wall now) {
  auto& machine = *fly::find_machine(world_->time.change(now).apps.at(app), id);
  machine.destroyed = true;
  machine.started = false;
}

void FlyEmulator::lease_machine(const std::string& machine, Nanos span, Wall now) {
  world_->leases[machine] = {.nonce = world_->ids.hex(12),
                             .expires_at = now + span,
                             .owner = "someone@example.com",
                             .description = "",
                             .instance = ""};
}

void FlyEmulator::set_start(const std::string& app, const std::string& machine, FlyStart how) {
  auto& found = *fly::find_machine(world_->time.direct().apps.at(app), machine);
  found.start = how;
  if (how == FlyStart::well) found.life = how;
}

void FlyEmulator::set_reachable(const std::string& app, const std::string& machine,
                                bool reachable) {
  fly::find_machine(world_->time.direct().apps.at(app), machine)->reachable = reachable;
}

bool FlyEmulator::runs(const std::string& app, const std::string& machine) const {
  return machine_of(world_->time.current().apps.at(app), machine).started;
}

bool FlyEmulator::well(const std::string& app, const std::string& id, Wall now) const {
  const auto& machine = machine_of(world_->time.current().apps.at(app), id);
  return machine.started && is_well(machine, now);
}

bool FlyEmulator::leased(const std::string& machine, Wall now) const {
  const auto lease = world_->leases.find(machine);
  return lease != world_->leases.end() && lease->second.expires_at > now;
}

void FlyEmulator::revoke_token(const std::string& id) {
  for (auto& [secret, token] : world_->tokens) {
    if (token.id == id) token.revoked = true;
  }
}

void FlyEmulator::destroy_app(const std::string& app, Wall now) {
  auto& gone = world_->time.change(now).apps.at(app);
  gone.destroyed = true;
  gone.secrets.clear();
  gone.machines.clear();
}

std::optional<std::string_view> FlyEmulator::value(const std::string& app,
                                                   const std::string& name) const {
  return value_in(world_->time.current().apps.at(app).secrets, name);
}

std::vector<std::string> FlyEmulator::names(const std::string& app) const {
  std::vector<std::string> out;
  for (const auto& [name, secret] : world_->time.current().apps.at(app).secrets) {
    out.push_back(name);
  }
  return out;
}

std::optional<std::string_view> FlyEmulator::live_value(const std::string& app,
                                                        const std::string& machine,
                                                        const std::string& name) const {
  return value_in(machine_of(world_->time.current().apps.at(app), machine).live, name);
}

std::vector<std::string> FlyEmulator::machines(const std::string& app) const {
  std::vector<std::string> out;
  for (const auto& machine : world_->time.current().apps.at(app).machines) {
    if (!machine.destroyed) out.push_back(machine.id);
  }
  return out;
}

std::string FlyEmulator::instance_id(const std::string& app, const std::string& machine) const {
  return machine_of(world_->time.current().apps.at(app), machine).instance_id;
}

std::uint64_t FlyEmulator::secrets_version(const std::string& app) const {
  return world_->time.current().apps.at(app).version;
}

bool FlyEmulator::has_app(const std::string& app) const {
  const auto& apps = world_->time.current().apps;
  const auto found = apps.find(app);
  return found != apps.end() && !found->second.destroyed;
}

}  // namespace lockstep::sandbox
