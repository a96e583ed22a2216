// Machines of an app: https://fly.io/docs/machines/api/machines-resource/.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "sandbox/fly_world.hpp"

namespace lockstep::sandbox::fly {

namespace {

constexpr std::string_view kNonce = "fly-machine-lease-nonce";

const Machine* find(const App& app, std::string_view id) {
  for (const auto& machine : app.machines) {
    if (machine.id == id) return &machine;
  }
  return nullptr;
}

Reply no_machine() {
  return {.response = error(404, "machine not found")};
}

/// `registry/repository:tag`, taken apart.
json::object image_ref(const std::string& image) {
  const auto slash = image.find('/');
  const auto colon = image.find(':', slash);
  return {{"registry", image.substr(0, slash)},
          {"repository", image.substr(slash + 1, colon - slash - 1)},
          {"tag", colon == std::string::npos ? "latest" : image.substr(colon + 1)},
          {"labels", nullptr}};
}

json::object describe(const World& world, const Machine& machine, Wall now) {
  json::object out{{"id", machine.id},
                   {"name", "machine-" + machine.id},
                   {"state", state_of(machine, now)},
                   {"region", machine.region},
                   {"image_ref", image_ref(machine.image)},
                   {"instance_id", machine.instance_id},
                   {"private_ip", machine.private_ip},
                   {"created_at", timestamp(machine.created_at)},
                   {"updated_at", timestamp(machine.updated_at)},
                   {"config", machine.config},
                   {"events", events_of(machine, now)},
                   {"checks", checks_of(world, machine, now)},
                   {"host_status", machine.reachable ? "ok" : "unreachable"},
                   {"cordoned", false}};
  if (!machine.reachable) {
    out["config"] = nullptr;
    out["incomplete_config"] = {{"metadata", *member(machine.config, "metadata")}};
  }
  return out;
}

/// The refusal when somebody else holds the machine; nothing when the way is free.
std::optional<net::Response> held(const World& world, const Ask& ask, const std::string& id) {
  const auto lease = world.leases.find(id);
  if (lease == world.leases.end() || lease->second.expires_at <= ask.now) return std::nullopt;
  if (lease->second.nonce == ask.call.header(kNonce)) return std::nullopt;
  return error(409, "machine ID " + id + " lease currently held by " + lease->second.owner);
}

/// The version of a lease is the instance that it was given for, by the machine's own host:
/// https://github.com/superfly/flyctl, internal/machine.
json::object describe(const World& world, const Lease& lease) {
  json::object data{{"nonce", lease.nonce},
                    {"expires_at", unix_seconds(lease.expires_at)},
                    {"owner", lease.owner},
                    {"description", lease.description}};
  if (world.options.leases_tell_instance) data["version"] = lease.instance;
  return {{"status", "success"}, {"data", std::move(data)}};
}

}  // namespace

Machine* find_machine(App& app, std::string_view id) {
  return const_cast<Machine*>(find(app, id));
}

void update_machine(World& world, Machine& machine, json::value config, const Secrets& secrets,
                    bool launch, Wall now) {
  end_life(machine, now);
  if (is_well(machine, now) && machine.started) machine.checks_before = now;
  machine.config = std::move(config);
  machine.instance_id = "01" + world.ids.hex(24);
  machine.updated_at = now;
  machine.live = secrets;
  remember(machine, {.type = "update", .status = launch ? "started" : "stopped", .at = now});
  machine.started = false;
  if (launch) begin_life(machine, now + world.options.start_time);
}

Reply list_machines(World& world, const Ask& ask) {
  json::array list;
  for (const auto& machine : ask.app.machines) {
    if (!machine.destroyed) list.push_back(describe(world, machine, ask.now));
  }
  return {.response = json_response(200, list)};
}

Reply get_machine(World& world, const Ask& ask) {
  const auto* machine = find(ask.app, ask.arguments[1]);
  if (!machine) return no_machine();
  return {.response = json_response(200, describe(world, *machine, ask.now))};
}

Reply post_machine(World& world, const Ask& ask) {
  const auto& id = ask.arguments[1];
  const auto* before = find(ask.app, id);
  if (!before || before->destroyed) return no_machine();
  if (!before->reachable) return {.response = error(500, "the host is unreachable")};
  const auto body = parse_json(ask.call.body());
  const auto* config = body ? member(*body, "config") : nullptr;
  if (!config || !config->is_object()) {
    return {.response = error(400, "invalid request: the whole config is required")};
  }
  if (auto refused = held(world, ask, id)) return {.response = std::move(*refused)};
  if (const auto current = text_member(*body, "current_version");
      current && *current != before->instance_id) {
    return {.response = error(412, "machine version is not " + std::string(*current))};
  }
  const auto wanted = int_member(*body, "min_secrets_version").value_or(0);
  if (wanted > static_cast<std::int64_t>(ask.app.version)) {
    return {.response = error(412, "secrets version is not available yet")};
  }
  // Without the wanted version a host may start the machine from an older copy of the secrets:
  // https://github.com/superfly/flyctl/pull/4535.
  const auto& late = world.time.seen_at(ask.now, world.options.read_lag, ask.stale).apps;
  const auto late_app = late.find(ask.app.name);
  const bool late_enough =
      late_app != late.end() && static_cast<std::int64_t>(late_app->second.version) >= wanted;
  const auto secrets = late_enough ? late_app->second.secrets : ask.app.secrets;
  const bool skip = bool_member(*body, "skip_secrets").value_or(false);
  const bool launch = !bool_member(*body, "skip_launch").value_or(false);
  auto& machine = *find_machine(world.time.change(ask.now).apps.at(ask.app.name), id);
  const auto kept = machine.live;
  update_machine(world, machine, *config, skip ? kept : secrets, launch, ask.now);
  return {.response = json_response(200, describe(world, machine, ask.now))};
}

Reply wait_machine(World&, const Ask& ask) {
  const auto* machine = find(ask.app, ask.arguments[1]);
  if (!machine) return no_machine();
  const auto wanted = ask.call.parameter("state").value_or("started");
  const auto instance = ask.call.parameter("instance_id");
  if (wanted == "stopped" && !instance) {
    return {.response = error(400, "instance_id is required to wait for stopped")};
  }
  const Nanos timeout =
      Seconds(std::min<std::uint64_t>(ask.call.number("timeout").value_or(60), 60));
  const bool other = instance && *instance != machine->instance_id;
  const auto reached = machine->started ? std::max(machine->started_at, ask.now) : ask.now;
  const bool comes = !other && state_of(*machine, reached) == wanted;
  if (!comes || reached - ask.now > timeout) {
    return {.response = error(408, "timeout reached waiting for machine to " + wanted),
            .takes = timeout};
  }
  return {.response = json_response(200, json::object{{"ok", true}}), .takes = reached - ask.now};
}

Reply take_lease(World& world, const Ask& ask) {
  const auto& id = ask.arguments[1];
  const auto* machine = find(ask.app, id);
  if (!machine || machine->destroyed) return no_machine();
  if (auto refused = held(world, ask, id)) return {.response = std::move(*refused)};
  const auto body = parse_json(ask.call.body());
  auto ttl = ask.call.number("ttl").value_or(0);
  if (ttl == 0 && body) ttl = static_cast<std::uint64_t>(int_member(*body, "ttl").value_or(120));
  auto& lease = world.leases[id];
  const bool refresh = lease.expires_at > ask.now;
  if (!refresh) {
    lease.nonce = world.ids.hex(12);
    lease.instance = machine->instance_id;
  }
  lease.owner = "sandbox@example.com";
  lease.expires_at = ask.now + Seconds(std::clamp<std::uint64_t>(ttl, 1, 3600));
  if (const auto text = body ? text_member(*body, "description") : std::nullopt) {
    lease.description = std::string(*text);
  }
  return {.response = json_response(200, describe(world, lease))};
}

Reply show_lease(World& world, const Ask& ask) {
  const auto lease = world.leases.find(ask.arguments[1]);
  if (lease == world.leases.end() || lease->second.expires_at <= ask.now) {
    return {.response = error(404, "lease not found")};
  }
  return {.response = json_response(200, describe(world, lease->second))};
}

Reply drop_lease(World& world, const Ask& ask) {
  const auto& id = ask.arguments[1];
  if (auto refused = held(world, ask, id)) return {.response = std::move(*refused)};
  if (world.leases.erase(id) == 0) return {.response = error(404, "lease not found")};
  return {.response =
              json_response(200, json::object{{"status", "success"}, {"data", {{"ok", true}}}})};
}

Reply list_processes(World&, const Ask& ask) {
  const auto* machine = find(ask.app, ask.arguments[1]);
  if (!machine) return no_machine();
  json::array list;
  if (state_of(*machine, ask.now) == "started") {
    list.push_back({{"pid", 1}, {"command", "/app/server"}, {"listen_sockets", json::array()}});
  }
  return {.response = json_response(200, list)};
}

}  // namespace lockstep::sandbox::fly
