#include "providers/fly/machines.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "providers/common/fields.hpp"

namespace lockstep::providers::fly {

namespace {

constexpr std::size_t most_machines = 5000;

/// Groups of machines that run one command and go
/// (https://github.com/superfly/fly-go, machine_types.go).
bool is_short_lived(std::string_view group) {
  return group == "fly_app_release_command" || group == "fly_app_test_machine_command" ||
         group == "fly_app_console" || group == "release_command";
}

/// Whether Fly Launch would give this machine new secrets at a deploy. A machine whose
/// configuration is not told (its host is not reachable) counts: it may run the old set.
Result<bool> is_managed(const Fields& machine) {
  TRY(const auto state, machine.text("state"));
  if (state == "destroyed" || state == "destroying") return false;
  TRY(auto config, machine.maybe_object("config"));
  if (!config) {
    TRY(config, machine.maybe_object("incomplete_config"));
  }
  if (!config) return true;
  TRY(const auto metadata, config->maybe_object("metadata"));
  if (!metadata) return false;
  TRY(const auto platform, metadata->maybe_text("fly_platform_version"));
  TRY(const auto group, metadata->maybe_text("fly_process_group"));
  TRY(const auto old_group, metadata->maybe_text("process_group"));
  return platform == "v2" && !is_short_lived(group.value_or("")) &&
         !is_short_lived(old_group.value_or(""));
}

}  // namespace

Result<std::vector<std::string>> read_machines(const json::value& document,
                                               const std::string& operation) {
  std::vector<std::string> out;
  if (document.is_null()) return out;  // how a Go server writes an empty list
  TRY(const auto machines,
      objects_in(document, "Fly.io's answer to " + operation, "the list", most_machines));
  for (const auto& machine : machines) {
    TRY(const auto id, machine.text("id", 64));
    TRY(const auto instance, machine.text("instance_id", 64));
    if (id.empty()) return fail(machine.misfit("id", "an id"));
    TRY(const auto managed, is_managed(machine));
    if (managed) out.push_back(std::string(id) + "/" + std::string(instance));
  }
  std::sort(out.begin(), out.end());
  return out;
}

Liveness liveness(const std::vector<std::string>& then, const std::vector<std::string>& now) {
  if (now.empty()) return {.note = "staged for the first deployment: the app has no machine"};
  if (then.empty()) {
    return {.note = "staged: which of the " + count(now.size(), "machine") +
                    " started before the write is not known"};
  }
  const auto old =
      static_cast<std::size_t>(std::count_if(now.begin(), now.end(), [&](const std::string& one) {
        return std::find(then.begin(), then.end(), one) != then.end();
      }));
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
