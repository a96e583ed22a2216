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

std::string state_of(const Machine& machine, Wall now) {
  if (!machine.started) return machine.suspended ? "suspended" : "stopped";
  if (machine.start == FlyStart::hangs) return "starting";
  return now < machine.started_at ? "starting" : "started";
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

/// What the checks of a config say: all of the machine, or of its services, in one list.
json::array checks_of(const Machine& machine, Wall now) {
  json::array out;
  const auto* checks = member(machine.config, "checks");
  if (!checks || !checks->is_object() || !machine.started || now < machine.started_at) return out;
  for (const auto& check : checks->get_object()) {
    out.push_back({{"name", check.key()},
                   {"status", machine.start == FlyStart::critical ? "critical" : "passing"},
                   {"output", "connect: FAKE"},
                   {"updated_at", timestamp(now)}});
  }
  return out;
}

json::object describe(const World& world, const Machine& machine, Wall now) {
  json::array events;
  for (const auto& event : machine.events) {
    json::object one{{"type", event.type},
                     {"status", event.status},
                     {"source", "flyd"},
                     {"timestamp", unix_seconds(event.at) * 1000}};
    if (event.type == "exit") {
      one["request"] = {{"restart_count", 3},
                        {"exit_event",
                         {{"exit_code", event.exit_code},
                          {"requested_stop", event.exit_code == 0},
                          {"restarting", event.exit_code != 0}}}};
    }
    events.push_back(std::move(one));
  }
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
                   {"events", std::move(events)},
                   {"checks", checks_of(machine, now)},
                   {"host_status", machine.reachable ? "ok" : "unreachable"},
                   {"cordoned", false}};
  if (!machine.reachable) {
    out["config"] = nullptr;
    out["incomplete_config"] = {{"metadata", *member(machine.config, "metadata")}};
  }
  const auto lease = world.leases.find(machine.id);
  if (lease != world.leases.end() && lease->second.expires_at > now) {
    out["nonce"] = lease->second.nonce;
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

json::object describe(const Lease& lease) {
  return {{"status", "success"},
          {"data",
           {{"nonce", lease.nonce},
            {"expires_at", unix_seconds(lease.expires_at)},
            {"owner", lease.owner},
            {"description", lease.description},
            {"version", lease.nonce}}}};
}

}  // namespace

Machine* find_machine(App& app, std::string_view id) {
  return const_cast<Machine*>(find(app, id));
}

void update_machine(World& world, Machine& machine, json::value config, const Secrets& secrets,
                    bool launch, Wall now) {
  machine.config = std::move(config);
  machine.instance_id = "01" + world.ids.hex(24);
  machine.updated_at = now;
  machine.live = secrets;
  machine.events.insert(machine.events.begin(),
                        {.type = "update", .status = launch ? "started" : "stopped", .at = now});
  if (launch && machine.start == FlyStart::crashes) {
    machine.events.insert(machine.events.begin(),
                          {.type = "exit", .status = "stopped", .at = now, .exit_code = 1});
  }
  while (machine.events.size() > 5) machine.events.pop_back();
  machine.started = launch;
  machine.started_at = now + world.options.start_time;
}

Reply list_machines(World& world, const Ask& ask) {
  json::array list;
  for (const auto& machine : ask.app.machines) list.push_back(describe(world, machine, ask.now));
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
  if (!before) return no_machine();
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
  if (!find(ask.app, id)) return no_machine();
  if (auto refused = held(world, ask, id)) return {.response = std::move(*refused)};
  const auto body = parse_json(ask.call.body());
  auto ttl = ask.call.number("ttl").value_or(0);
  if (ttl == 0 && body) ttl = static_cast<std::uint64_t>(int_member(*body, "ttl").value_or(120));
  auto& lease = world.leases[id];
  const bool refresh = lease.expires_at > ask.now;
  if (!refresh) lease.nonce = world.ids.hex(12);
  lease.owner = "sandbox@example.com";
  lease.expires_at = ask.now + Seconds(std::clamp<std::uint64_t>(ttl, 1, 3600));
  if (const auto text = body ? text_member(*body, "description") : std::nullopt) {
    lease.description = std::string(*text);
  }
  return {.response = json_response(200, describe(lease))};
}

Reply show_lease(World& world, const Ask& ask) {
  const auto lease = world.leases.find(ask.arguments[1]);
  if (lease == world.leases.end() || lease->second.expires_at <= ask.now) {
    return {.response = error(404, "lease not found")};
  }
  return {.response = json_response(200, describe(lease->second))};
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
