#include "providers/fly/machines.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "providers/common/fields.hpp"

namespace lockstep::providers::fly {

namespace {

constexpr std::size_t most_machines = 5000;
constexpr std::size_t most_parts = 1000;
/// How far the clocks of Fly.io's hosts may lie apart. What we updated ourselves must never look
/// older than the write that it came after.
constexpr Nanos clock_difference = std::chrono::seconds(2);

/// Groups of machines that run one command and go
/// (https://github.com/superfly/fly-go, machine_types.go).
bool is_short_lived(std::string_view group) {
  return group == "fly_app_release_command" || group == "fly_app_test_machine_command" ||
         group == "fly_app_console" || group == "release_command";
}

/// Checks that flyctl leaves behind for its own use
/// (https://github.com/superfly/flyctl, internal/machine/leasable_machine.go).
constexpr std::string_view compatibility_check = "bg_deployments_compat";

std::size_t size_of(const json::value* list) {
  if (list && list->is_object()) return list->get_object().size();
  return list && list->is_array() ? list->get_array().size() : 0;
}

/// The checks of the machine and those of its services.
Result<std::size_t> configured_checks(const Fields& config) {
  auto out = size_of(config.raw("checks"));
  const auto* services = config.raw("services");
  if (!services || services->is_null()) return out;
  TRY(const auto list, config.objects("services", most_parts));
  for (const auto& service : list) out += size_of(service.raw("checks"));
  return out;
}

Status read_config(const Fields& config, Machine& out) {
  TRY(out.check_count, configured_checks(config));
  out.standby = size_of(config.raw("standbys")) != 0;
  TRY(const auto metadata, config.maybe_object("metadata"));
  if (!metadata) return {};
  TRY(const auto platform, metadata->maybe_text("fly_platform_version"));
  TRY(const auto group, metadata->maybe_text("fly_process_group"));
  TRY(const auto old_group, metadata->maybe_text("process_group"));
  out.group = group.value_or(old_group.value_or(""));
  out.managed = platform == "v2" && !is_short_lived(group.value_or("")) &&
                !is_short_lived(old_group.value_or(""));
  return {};
}

Status read_checks(const Fields& machine, Machine& out) {
  const auto* checks = machine.raw("checks");
  if (!checks || checks->is_null()) return {};
  TRY(const auto list, machine.objects("checks", most_parts));
  for (const auto& check : list) {
    TRY(const auto name, check.text("name"));
    TRY(const auto status, check.text("status"));
    if (name.starts_with(compatibility_check)) continue;
    const auto* at = check.raw("updated_at");
    out.checks.push_back({.name = std::string(name),
                          .status = std::string(status),
                          .updated_at = at && at->is_string() ? parse_rfc3339(at->get_string())
                                                              : std::nullopt});
  }
  return {};
}

/// How the machine ended, by an event of type exit: `exit_event`, in older events wrapped in
/// `MonitorEvent` (https://github.com/superfly/fly-go, machine_types.go).
std::optional<MachineExit> read_exit(const json::value& event) {
  const auto* request = member(event, "request");
  if (!request) return std::nullopt;
  const auto* exit = member(*request, "exit_event");
  if (const auto* monitor = member(*request, "MonitorEvent")) exit = member(*monitor, "exit_event");
  if (!exit || !exit->is_object()) return std::nullopt;
  return MachineExit{.requested = bool_member(*exit, "requested_stop").value_or(false),
                     .restarting = bool_member(*exit, "restarting").value_or(false),
                     .restarts = int_member(*request, "restart_count").value_or(0),
                     .code = int_member(*exit, "exit_code").value_or(0)};
}

/// A time in milliseconds; nothing for what is none, so that no later sum can overflow.
std::optional<Wall> time_of(const json::value& event) {
  constexpr std::int64_t year_2100 = 4'102'444'800'000;
  const auto told = int_member(event, "timestamp");
  if (!told || *told < 0 || *told > year_2100) return std::nullopt;
  return Wall(std::chrono::milliseconds(*told));
}

/// Newest first; what is older than the newest update or launch is of an earlier life.
void read_events(const json::value& machine, Machine& out) {
  const auto* events = list_member(machine, "events");
  if (!events) return;
  for (const auto& event : *events) {
    const auto type = text_member(event, "type").value_or("");
    const auto at = time_of(event);
    if (type == "start" && !out.started_at) out.started_at = at;
    if (type == "exit" && !out.exit) out.exit = read_exit(event);
    if (type == "update" || type == "launch") {
      out.updated_at = at;
      return;
    }
  }
}

Result<Machine> machine_of(const Fields& fields, const json::value& document) {
  Machine out;
  TRY(const auto id, fields.text("id", 64));
  TRY(const auto instance, fields.text("instance_id", 64));
  TRY(const auto state, fields.text("state", 64));
  TRY(const auto region, fields.maybe_text("region", 64));
  TRY(const auto host, fields.maybe_text("host_status", 64));
  if (id.empty() || id.contains('/')) return fail(fields.misfit("id", "an id"));
  out.id = id;
  out.instance = instance;
  out.state = state;
  out.region = region.value_or("");
  out.gone = state == "destroyed" || state == "destroying";
  TRY(const auto config, fields.maybe_object("config"));
  TRY(const auto incomplete, fields.maybe_object("incomplete_config"));
  out.reachable = config && !incomplete && host.value_or("ok") == "ok";
  out.managed = true;  // as long as nothing says otherwise: it may run the old set
  if (config || incomplete) {
    out.managed = false;
    TRY_OK(read_config(config ? *config : *incomplete, out));
  }
  out.managed = out.managed && !out.gone;
  TRY_OK(read_checks(fields, out));
  read_events(document, out);
  return out;
}

/// The quote that ends the JSON text whose first quote is at `at`; npos when there is none.
std::size_t end_of_text(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at < text.size() ? at : std::string_view::npos;
}

/// One past the end of the JSON value that starts at `at`, in text that is known to be JSON.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_text(text, at);
      if (at == std::string_view::npos) return text.size();
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return at;
}

bool lists(const std::vector<Machine>& machines, std::string_view id) {
  return std::ranges::find(machines, id, &Machine::id) != machines.end();
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  const auto found = text.find_first_not_of(" \t\r\n,:", at);
  return found == std::string_view::npos ? text.size() : found;
}

}  // namespace

bool Machine::runs() const {
  return state == "started" || state == "starting" || state == "failed";
}

bool Machine::at_rest() const {
  return state == "stopped" || state == "suspended" || state == "created";
}

Result<Machine> read_machine(const json::value& document, const std::string& operation) {
  TRY(const auto fields, Fields::of(document, "Fly.io's answer to " + operation));
  return machine_of(fields, document);
}

Result<std::vector<Machine>> read_machines(const json::value& document,
                                           const std::string& operation) {
  std::vector<Machine> out;
  if (document.is_null()) return out;  // how a Go server writes an empty list
  TRY(const auto list,
      objects_in(document, "Fly.io's answer to " + operation, "the list", most_machines));
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto machine, machine_of(list[i], document.get_array()[i]));
    out.push_back(std::move(machine));
  }
  std::ranges::sort(out, {}, &Machine::id);
  return out;
}

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::ranges::find(list, one) != list.end();
}

std::optional<Wall> last_write(const PlaceRecord& memory) {
  std::optional<Wall> out;
  for (const auto& [name, known] : memory.names) {
    if (known.staged && known.updated_at > out) out = known.updated_at;
  }
  return out;
}

bool is_from_before(const Machine& machine, const std::optional<Wall>& written) {
  return written && machine.updated_at && *machine.updated_at + clock_difference < *written;
}

std::vector<std::string> old_entries(const std::vector<Machine>& machines,
                                     std::vector<std::string> then,
                                     const std::optional<Wall>& written) {
  if (then.empty()) return then;
  for (const auto& machine : machines) {
    if (machine.managed && is_from_before(machine, written)) then.push_back(machine.entry());
  }
  std::ranges::sort(then);
  then.erase(std::ranges::unique(then).begin(), then.end());
  return then;
}

std::vector<Machine> merged(const std::vector<Machine>& known, std::vector<Machine> listed) {
  auto out = std::move(listed);
  for (const auto& machine : known) {
    if (!lists(out, machine.id)) out.push_back(machine);
  }
  std::ranges::sort(out, {}, &Machine::id);
  return out;
}

std::vector<std::string> unlisted(const std::vector<Machine>& machines,
                                  const std::vector<std::string>& then) {
  std::vector<std::string> out;
  for (const auto& entry : then) {
    const auto id = entry.substr(0, entry.find('/'));
    if (entry != no_more && !lists(machines, id)) out.push_back(id);
  }
  return out;
}

std::vector<std::string> managed_entries(const std::vector<Machine>& machines) {
  std::vector<std::string> out;
  for (const auto& machine : machines) {
    if (machine.managed) out.push_back(machine.entry());
  }
  std::ranges::sort(out);
  return out;
}

RollOutScope scope_of(const std::vector<Machine>& machines, const std::vector<std::string>& old) {
  RollOutScope out;
  for (const auto& machine : machines) {
    if (machine.gone) continue;
    if (!machine.managed) {
      out.unmanaged.push_back(machine.id);
    } else if (old.empty() || has(old, machine.entry())) {
      ++(machine.runs() ? out.restarts : out.stopped);
    }
  }
  return out;
}

std::optional<std::string_view> raw_config(std::string_view body) {
  auto at = body.find('{');
  if (at == std::string_view::npos) return std::nullopt;
  for (at = skip_blanks(body, at + 1); at < body.size() && body[at] == '"';) {
    const auto key_end = end_of_text(body, at);
    if (key_end == std::string_view::npos) return std::nullopt;
    const auto key = body.substr(at + 1, key_end - at - 1);
    const auto value = skip_blanks(body, key_end + 1);
    const auto end = end_of_value(body, value);
    if (key == "config") return body.substr(value, end - value);
    at = skip_blanks(body, end);
  }
  return std::nullopt;
}

Liveness liveness(const std::vector<std::string>& then, const std::vector<std::string>& now) {
  if (now.empty()) return {.note = "staged for the first deployment: the app has no machine"};
  if (then.empty()) {
    return {.note = "staged: which of the " + count(now.size(), "machine") +
                    " started before the write is not known"};
  }
  const auto old = static_cast<std::size_t>(
      std::ranges::count_if(now, [&](const std::string& one) { return has(then, one); }));
  if (old == 0) return {.live = true, .note = {}};
  return {.note = std::to_string(old) + " of " + count(now.size(), "machine") +
                  (old == 1 ? " runs" : " run") + " the old set"};
}

std::string note_after_write(const std::string& app, const std::vector<std::string>& machines) {
  if (machines.empty()) return "staged for the first deployment: the app has no machine";
  return "staged: " + count(machines.size(), "machine") +
         (machines.size() == 1 ? " runs" : " run") + " the old set until `fly secrets sync -a " +
         app + "` and `fly secrets deploy -a " + app + "`, or the next deploy";
}

}  // namespace lockstep::providers::fly
