#include "clients/flyctl_replay.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

namespace lockstep::clients {

namespace {

using Steps = std::vector<FlyctlStep>;

const FlyctlStep app_compact{
    "POST",
    "api",
    "/graphql",
    R"({"query":"query ($appName: String!) { appcompact:app(name: $appName) { id internalNumericId name hostname cnameTarget deployed network status appUrl platformVersion organization { id internalNumericId slug paidPlan } postgresAppRole: role { name } } }","variables":{"appName":"{app}"}})",
    {{"platform", "/data/appcompact/platformVersion"}, {"app id", "/data/appcompact/id"}}};
const FlyctlStep bulk{
    "POST", "flaps", "/v1/apps/{app}/secrets", R"({"values":{values}})", {{"version", "/version"}}};
const FlyctlStep machines{"GET", "flaps", "/v1/apps/{app}/machines", "", {}};

/// Before the first machine. The config of the last release is null where machines were made by
/// themselves: then flyctl asks for them again and puts one together.
Steps before_machines() {
  return {
      machines,
      {"POST",
       "api",
       "/graphql",
       R"({"query":"query FlyctlConfigCurrentRelease ($appName: String!) { app(name: $appName) { currentReleaseUnprocessed { configDefinition } } }","variables":{"appName":"{app}"}})",
       {{"release before", "/data/app/currentReleaseUnprocessed"}}},
      machines,
      {"GET", "flaps", "/v1/apps/{app}", "", {{"status", "/status"}}},
      machines,
      {"POST",
       "api",
       "/graphql",
       R"({"query":"query LatestImage ($appName: String!) { app(name: $appName) { currentReleaseUnprocessed { id version imageRef } } }","variables":{"appName":"{app}"}})",
       {{"image before", "/data/app/currentReleaseUnprocessed"}}},
      {"POST",
       "uiex",
       "/api/v1/releases",
       R"({"app_name":"{app}","build_id":0,"definition":{"app":"{app}"},"image":"registry.fly.io/app:latest","strategy":"ROLLING"})",
       {{"release", "/release/id"}, {"release version", "/release/version"}}},
      {"PATCH",
       "uiex",
       "/api/v1/releases/{release}",
       R"({"status":"running"})",
       {{"release status", "/status"}}},
  };
}

const Steps one_machine = {
    {"POST",
     "flaps",
     "/v1/apps/{app}/machines/{machine}/lease?ttl=13",
     "",
     {{"nonce", "/data/nonce"}}},
    {"POST",
     "flaps",
     "/v1/apps/{app}/machines/{machine}",
     R"({"config":{config},"region":"{region}","skip_launch":false,"skip_secrets":false{fence}})",
     {{"instance", "/instance_id"}}},
    {"POST",
     "flaps",
     "/v1/apps/{app}/machines/{machine}/lease?ttl=13",
     "",
     {{"nonce", "/data/nonce"}}},
    {"GET",
     "flaps",
     "/v1/apps/{app}/machines/{machine}/wait?instance_id={instance}&state=started&timeout=60",
     "",
     {{"started", "/ok"}}},
    {"GET", "flaps", "/v1/apps/{app}/machines/{machine}", "", {{"state", "/state"}}},
    {"GET", "flaps", "/v1/apps/{app}/machines/{machine}/ps", "", {}},
    {"DELETE", "flaps", "/v1/apps/{app}/machines/{machine}/lease", "", {}},
};

const Steps after_machines = {
    {"PATCH",
     "uiex",
     "/api/v1/releases/{release}",
     R"({"status":"complete","metadata":{"post_deployment_info":{"flyctl_version":"0.4.6","error":""}}})",
     {{"release status", "/status"}}},
    {"GET", "flaps", "/v1/apps/{app}/ip_assignments", "", {{"addresses", "/ips"}}},
};

std::string as_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

const json::value* at(const json::value& whole, std::string_view pointer) {
  boost::system::error_code missing;
  return whole.find_pointer(pointer, missing);
}

bool is_managed(const json::value& machine) {
  const auto* platform = at(machine, "/config/metadata/fly_platform_version");
  return platform && *platform == "v2";
}

}  // namespace

FlyctlReplay::FlyctlReplay(const SandboxProcess& sandbox, std::string app, std::string token)
    : sandbox_(sandbox), token_(std::move(token)) {
  known_["app"] = std::move(app);
  known_["flaps"] = sandbox.url("fly");
  known_["api"] = sandbox.url("fly_api");
  known_["uiex"] = sandbox.url("fly_uiex");
}

std::string FlyctlReplay::version() const {
  const auto found = known_.find("version");
  return found == known_.end() ? "" : found->second;
}

std::string FlyctlReplay::fill(std::string_view pattern) const {
  std::string out(pattern);
  for (const auto& [name, text] : known_) {
    const auto place = "{" + name + "}";
    for (auto found = out.find(place); found != std::string::npos;
         found = out.find(place, found + text.size())) {
      out.replace(found, place.size(), text);
    }
  }
  return out;
}

json::value FlyctlReplay::ask(const FlyctlStep& step, std::string& status) const {
  const auto url = known_.at(std::string(step.base)) + fill(step.path);
  std::vector<std::string> words{"curl",
                                 "--silent",
                                 "--show-error",
                                 "--cacert",
                                 sandbox_.ca_file(),
                                 "--request",
                                 std::string(step.method),
                                 "--header",
                                 "Authorization: Bearer " + token_,
                                 "--header",
                                 "User-Agent: flyctl/0.4.6",
                                 "--write-out",
                                 "\n%{http_code}"};
  if (const auto nonce = known_.find("nonce"); nonce != known_.end()) {
    words.insert(words.end(), {"--header", "fly-machine-lease-nonce: " + nonce->second});
  }
  if (!step.body.empty()) {
    words.insert(words.end(),
                 {"--header", "Content-Type: application/json", "--data-raw", fill(step.body)});
  }
  words.push_back(url);
  const auto ended =
      run_program(words, {.folder = sandbox_.folder(), .environment = {}, .input = ""});
  const auto end = ended.out.rfind('\n');
  status = end == std::string::npos ? ended.err : ended.out.substr(end + 1);
  auto body = parse_json(std::string_view(ended.out).substr(0, std::min(end, ended.out.size())));
  return body ? std::move(*body) : json::value();
}

std::string FlyctlReplay::run(const Steps& steps) {
  for (const auto& step : steps) {
    std::string status;
    last_ = ask(step, status);
    const auto said = std::string(step.method) + " " + fill(step.path) + ": " + status + " " +
                      json::serialize(last_);
    if (status != "200" && status != "201") return said;
    if (at(last_, "/errors")) return said;
    for (const auto& [name, pointer] : step.keep) {
      const auto* found = at(last_, pointer);
      if (!found) return said + " has no " + pointer;
      known_[name] = as_text(*found);
    }
  }
  return "";
}

std::string FlyctlReplay::write(const std::string& values, bool stage) {
  known_["values"] = values;
  if (auto refused = run({app_compact, bulk}); !refused.empty() || stage) return refused;
  return roll_out();
}

std::string FlyctlReplay::deploy() {
  if (auto refused = run({app_compact, machines}); !refused.empty()) return refused;
  return roll_out();
}

std::string FlyctlReplay::sync() {
  known_["values"] = R"({"BogusDummySecret_0123456789abcdef":null})";
  return run({bulk});
}

std::string FlyctlReplay::roll_out() {
  if (auto refused = run({machines}); !refused.empty()) return refused;
  const auto there = last_;
  if (auto refused = run(before_machines()); !refused.empty()) return refused;
  // Only who wrote from this configuration knows the version that a machine must wait for.
  known_["fence"] = version().empty() ? "" : R"(,"min_secrets_version":)" + version();
  for (const auto& machine : there.as_array()) {
    if (!is_managed(machine)) continue;
    auto config = machine.at("config");
    auto& metadata = config.at("metadata").as_object();
    metadata["fly_release_id"] = known_.at("release");
    metadata["fly_release_version"] = known_.at("release version");
    metadata["fly_flyctl_version"] = "0.4.6";
    known_["machine"] = as_text(machine.at("id"));
    known_["region"] = as_text(machine.at("region"));
    known_["config"] = json::serialize(config);
    if (auto refused = run(one_machine); !refused.empty()) return refused;
    known_.erase("nonce");
  }
  return run(after_machines);
}

std::map<std::string, std::string> FlyctlReplay::list() {
  const auto fence = version().empty() ? "" : "?version=" + version();
  const auto path = "/v1/apps/{app}/secrets" + fence;
  if (auto refused = run({{"GET", "flaps", path, "", {}}}); !refused.empty()) return {};
  const auto secrets = last_;
  if (auto refused = run({machines}); !refused.empty()) return {};
  const auto there = last_;
  auto refused = run({{"GET", "uiex", "/api/v1/apps/{app}/releases?limit=20", "", {}}});
  if (!refused.empty()) return {};

  std::map<std::string, std::string> made;  // when each release was
  for (const auto& release : last_.at("releases").as_array()) {
    made[as_text(release.at("version"))] = as_text(release.at("created_at"));
  }
  std::map<std::string, std::string> out;
  for (const auto& secret : secrets.at("secrets").as_array()) {
    const auto written = as_text(secret.at("updated_at"));
    const auto has = [&](const json::value& machine) {
      const auto* number = at(machine, "/config/metadata/fly_release_version");
      return number && made.contains(as_text(*number)) && written <= made[as_text(*number)];
    };
    const auto& list = there.as_array();
    const auto managed = std::ranges::count_if(list, is_managed);
    const auto with = std::ranges::count_if(
        list, [&](const auto& machine) { return is_managed(machine) && has(machine); });
    out[as_text(secret.at("name"))] = with == 0         ? "Staged"
                                      : with == managed ? "Deployed"
                                                        : "Partial";
  }
  return out;
}

}  // namespace lockstep::clients
