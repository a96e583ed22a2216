// Setting up Cloudflare accounts, what people do in them, and what oracles look at.
#include <algorithm>

#include "sandbox/cloudflare_world.hpp"

namespace lockstep::sandbox {

namespace {

using namespace cloudflare;

Author author(const Person& person) {
  return {.id = person_id(person.email), .email = person.email, .source = person.source};
}

Binding plain(const WorkerBinding& binding) {
  Binding out{.type = binding.type, .fields = {}, .text = nullptr};
  for (const auto& [key, value] : binding.fields) out.fields[key] = value;
  return out;
}

const Worker& look(const World& world, const std::string& account, const std::string& script) {
  return world.time.current().accounts.at(account).workers.at(script);
}

std::optional<std::string_view> value_in(const Version& version, const std::string& name) {
  const auto found = version.bindings.find(name);
  if (found == version.bindings.end() || !found->second.text) return std::nullopt;
  return found->second.text->expose();
}

Worker& change(World& world, const std::string& account, const std::string& script, Wall now) {
  (void)look(world, account, script);
  return world.time.change(now).accounts.at(account).workers.at(script);
}

}  // namespace

void CloudflareEmulator::add_account(const std::string& account, const std::string& name) {
  auto& added = world_->time.direct().accounts[account];
  added.id = account;
  added.name = name;
}

void CloudflareEmulator::add_worker(const std::string& account, const std::string& script, Wall now,
                                    const std::vector<WorkerBinding>& bindings) {
  auto& worker = world_->time.direct().accounts.at(account).workers[script];
  worker = {};
  worker.name = script;
  worker.tag = world_->ids.hex(32);
  worker.created_on = now;
  Bindings first;
  for (const auto& binding : bindings) first[binding.name] = plain(binding);
  const Labels labels{.triggered_by = "upload"};
  auto version =
      add_version(*world_, worker, std::move(first), author({}), labels, now, world_->ids.hex(64));
  cloudflare::deploy(*world_, worker, {{.version = version, .percent = 100}}, author({}), labels,
                     now);
}

void CloudflareEmulator::seed_secret(const std::string& account, const std::string& script,
                                     const std::string& name, std::string_view value) {
  auto& worker = world_->time.direct().accounts.at(account).workers.at(script);
  auto version = std::make_shared<Version>(worker.latest());
  version->bindings[name] = {.type = "secret_text", .fields = {}, .text = share(value)};
  worker.versions.back() = version;
  worker.deployments.front().shares.front().version = version;
}

void CloudflareEmulator::add_resource(const std::string& account,
                                      const CloudflareResource& resource, Wall now) {
  const bool database = resource.kind == CloudflareResource::Kind::d1;
  auto id = database ? world_->ids.uuid() : world_->ids.hex(32);
  world_->time.direct().accounts.at(account).resources.push_back(
      {.id = std::move(id), .what = resource, .created_on = now});
}

void CloudflareEmulator::add_token(CloudflareToken token) {
  auto secret = token.secret;
  world_->tokens[std::move(secret)] = std::move(token);
}

void CloudflareEmulator::set_token_status(const std::string& id, CloudflareToken::Status status) {
  for (auto& [secret, token] : world_->tokens) {
    if (token.id == id) token.status = status;
  }
}

void CloudflareEmulator::delete_token(const std::string& id) {
  std::erase_if(world_->tokens, [&](const auto& entry) { return entry.second.id == id; });
}

std::string CloudflareEmulator::upload(const std::string& account, const std::string& script,
                                       const Person& person, const Upload& upload, Wall now) {
  auto& worker = change(*world_, account, script, now);
  auto bindings = worker.latest().bindings;
  for (const auto& name : upload.remove) bindings.erase(name);
  for (const auto& binding : upload.add) bindings[binding.name] = plain(binding);
  const Labels labels{.triggered_by = upload.deploy ? "upload" : "version_upload"};
  auto version = add_version(*world_, worker, std::move(bindings), author(person), labels, now,
                             world_->ids.hex(64));
  if (upload.deploy) {
    cloudflare::deploy(*world_, worker, {{.version = version, .percent = 100}}, author(person),
                       labels, now);
  }
  return version->id;
}

std::string CloudflareEmulator::put_secret(const std::string& account, const std::string& script,
                                           const std::string& name, std::string_view value,
                                           const Person& person, Wall now) {
  auto& worker = change(*world_, account, script, now);
  auto bindings = worker.latest().bindings;
  bindings[name] = {.type = "secret_text", .fields = {}, .text = share(value)};
  return add_and_deploy(*world_, worker, std::move(bindings), author(person),
                        {.triggered_by = "secret"}, now)
      ->id;
}

std::string CloudflareEmulator::delete_secret(const std::string& account, const std::string& script,
                                              const std::string& name, const Person& person,
                                              Wall now) {
  auto& worker = change(*world_, account, script, now);
  auto bindings = worker.latest().bindings;
  bindings.erase(name);
  return add_and_deploy(*world_, worker, std::move(bindings), author(person),
                        {.triggered_by = "secret"}, now)
      ->id;
}

void CloudflareEmulator::split_traffic(const std::string& account, const std::string& script,
                                       int percent, const Person& person, Wall now) {
  auto& worker = change(*world_, account, script, now);
  const auto active = worker.deployments.front().shares.front().version;
  cloudflare::deploy(*world_, worker,
                     {{.version = active, .percent = 100 - percent},
                      {.version = worker.versions.back(), .percent = percent}},
                     author(person), {.triggered_by = "promotion"}, now);
}

void CloudflareEmulator::deploy_latest(const std::string& account, const std::string& script,
                                       const Person& person, Wall now) {
  auto& worker = change(*world_, account, script, now);
  cloudflare::deploy(*world_, worker, {{.version = worker.versions.back(), .percent = 100}},
                     author(person), {.triggered_by = "promotion"}, now);
}

void CloudflareEmulator::rollback(const std::string& account, const std::string& script,
                                  std::size_t back, const Person& person, Wall now) {
  auto& worker = change(*world_, account, script, now);
  const auto number = worker.active().number;
  for (const auto& version : worker.versions) {
    if (version->number + back != number) continue;
    cloudflare::deploy(*world_, worker, {{.version = version, .percent = 100}}, author(person),
                       {.triggered_by = "rollback"}, now);
    return;
  }
  throw std::out_of_range("no version so far back");
}

void CloudflareEmulator::delete_worker(const std::string& account, const std::string& script,
                                       Wall now) {
  world_->time.change(now).accounts.at(account).workers.erase(script);
}

std::optional<std::string_view> CloudflareEmulator::value(const std::string& account,
                                                          const std::string& script,
                                                          const std::string& name) const {
  return value_in(look(*world_, account, script).active(), name);
}

std::vector<std::string> CloudflareEmulator::names(const std::string& account,
                                                   const std::string& script) const {
  std::vector<std::string> out;
  for (const auto& [name, binding] : look(*world_, account, script).active().bindings) {
    if (binding.secret()) out.push_back(name);
  }
  return out;
}

std::string CloudflareEmulator::active_deployment(const std::string& account,
                                                  const std::string& script) const {
  return look(*world_, account, script).deployments.front().id;
}

std::size_t CloudflareEmulator::version_count(const std::string& account,
                                              const std::string& script) const {
  return look(*world_, account, script).versions.size();
}

std::size_t CloudflareEmulator::deployment_count(const std::string& account,
                                                 const std::string& script) const {
  return look(*world_, account, script).deployments_made;
}

std::vector<std::string> CloudflareEmulator::workers(const std::string& account) const {
  std::vector<std::string> out;
  for (const auto& [name, worker] : world_->time.current().accounts.at(account).workers) {
    out.push_back(name);
  }
  return out;
}

bool CloudflareEmulator::undeployed_by_others(const std::string& account, const std::string& script,
                                              const std::string& email) const {
  const auto& worker = look(*world_, account, script);
  const auto active = worker.active().number;
  return std::ranges::any_of(worker.versions, [&](const VersionPtr& version) {
    return version->number > active && version->author.email != email;
  });
}

bool CloudflareEmulator::latest_is_deployed(const std::string& account,
                                            const std::string& script) const {
  return look(*world_, account, script).latest_is_deployed();
}

}  // namespace lockstep::sandbox
